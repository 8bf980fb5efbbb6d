import { isRecord } from "../wire/json.ts";

/** Characters of a prompt that the page shows. */
const LENGTH = 500;

/** The last words of the user in the input of a request, cut; undefined when there are none. */
export function promptWords(input: unknown): string | undefined {
  if (typeof input === "string") return input.slice(0, LENGTH);
  if (!Array.isArray(input)) return undefined;
  const last: unknown = input.findLast((item: unknown) => isRecord(item) && item["role"] === "user");
  const content = isRecord(last) ? last["content"] : undefined;
  if (typeof content === "string") return content.slice(0, LENGTH);
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((part: unknown) =>
    isRecord(part) && typeof part["text"] === "string" ? [part["text"].slice(0, LENGTH)] : []
  );
  return texts.length === 0 ? undefined : texts.join("\n").slice(0, LENGTH);
}
