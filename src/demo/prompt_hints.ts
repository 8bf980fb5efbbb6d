import { toolPattern } from "./tool_pattern.ts";

/** The words and numbers of a prompt that may fill arguments, each taken once. */
export interface PromptHints {
  /** The next text in quotes, else the next name: a capitalised word that does not begin a sentence. */
  nextText(): string | undefined;
  /** The next number that this accepts. */
  nextNumber(accepts: (value: number) => boolean): number | undefined;
  /** The first of these that the prompt names. */
  firstNamed(values: readonly unknown[]): unknown;
}

/**
 * Finds what a prompt gives for arguments: `what is the weather in Paris` has one text, `add 2 and 40` two numbers.
 *
 * @param without words that are no arguments: the names of the tools
 */
export function createHints(prompt: string, without: readonly string[] = []): PromptHints {
  const bare = without.reduce((text, name) => text.replaceAll(toolPattern(name), ","), prompt);
  const quoted = [
    ...bare.matchAll(/"([^"\n]{1,200})"|“([^”\n]{1,200})”|`([^`\n]{1,200})`|(?<!\w)'([^'\n]{1,200})'(?!\w)/g),
  ]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? "");
  const names = [...bare.matchAll(/(?<=[\p{L}\d,:;] {1,4})\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)*/gu)].map((
    [name],
  ) => name);
  const texts = [...quoted, ...names.filter((name) => name !== "I")];
  const numbers = [...bare.matchAll(/(?<![\w.])-?\d{1,15}(?:\.\d{1,10})?(?!\w)/g)].map(([digits]) =>
    Number(digits)
  );
  const lower = prompt.toLowerCase();
  return {
    nextText: () => texts.shift(),
    nextNumber(accepts) {
      const at = numbers.findIndex(accepts);
      return at === -1 ? undefined : numbers.splice(at, 1)[0];
    },
    firstNamed: (values) =>
      values.find((value) =>
        typeof value === "string" && value !== "" && lower.includes(value.toLowerCase())
      ),
  };
}
