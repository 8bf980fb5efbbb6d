import { errorText } from "../error_text.ts";
import { Problem, type ProblemCode } from "../problem.ts";

/** Problems of the store as a whole; an item that cannot be kept (`not_storable`) is none of them. */
const STORE_PROBLEMS = [
  "memory_unavailable",
  "memory_busy",
  "memory_full",
  "memory_read_only",
  "memory_damaged",
] as const satisfies readonly ProblemCode[];

/** Why the store cannot be used. */
export type StoreCause = typeof STORE_PROBLEMS[number];

/** The cause when the store itself failed, undefined for everything else. */
export function storeCause(error: unknown): StoreCause | undefined {
  return error instanceof Problem ? STORE_PROBLEMS.find((code) => code === error.code) : undefined;
}

/** True when nothing can be written, though what is there can still be read. */
export function isOnlyWriteLost(error: unknown): boolean {
  const cause = storeCause(error);
  return cause === "memory_busy" || cause === "memory_full" || cause === "memory_read_only";
}

/**
 * A failure of an engine as a problem that says which and why, by the engine's own words (node:sqlite gives no code
 * for a statement without parameters).
 *
 * @param where the file or the address, without a password
 * @see https://sqlite.org/rescode.html
 */
export function storeProblem(where: string, error: unknown, hint?: string): Problem {
  if (error instanceof Problem) return error;
  if (isStackOverflow(error)) return tooDeep(error);
  const reason = errorText(error);
  return new Problem(codeOf(reason), `${where}: ${reason}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function codeOf(reason: string): StoreCause | "not_storable" {
  return WORDS.find(([pattern]) => pattern.test(reason))?.[1] ?? "memory_unavailable";
}

/** SQLite's words, V8's for a text beyond its limit, and the first word of Redis' errors. */
const WORDS: readonly (readonly [RegExp, StoreCause | "not_storable"])[] = [
  [/database (?:table |schema )?is locked|^(?:BUSY|LOADING|TRYAGAIN)\b/, "memory_busy"],
  [/database or disk is full|^OOM\b|no space left/i, "memory_full"],
  [/readonly database|^(?:READONLY|MISCONF|NOREPLICAS)\b/, "memory_read_only"],
  [/image is malformed|is not a database|malformed database/, "memory_damaged"],
  [/string or blob too big|Invalid string length|longer than 0x1fffffe8/, "not_storable"],
];

/**
 * An item larger than this is not kept, and its batch with it. The largest file that can be uploaded, 32 MiB, has
 * 43 Mi characters in base64: a message that names it is kept.
 */
const VALUE_LIMIT_CHARACTERS = 48 * 1024 * 1024;

/** A head or an item as text. @throws Problem not_storable when it is too large or nested too deeply */
export function encodeValue(value: unknown): string {
  const text = stringify(value);
  if (text.length <= VALUE_LIMIT_CHARACTERS) return text;
  throw tooLarge(text.length);
}

/**
 * What {@linkcode encodeValue} will say of an item whose texts alone are too large; undefined for any other. Without the
 * cost of writing it, so that it can be told before the answer begins.
 */
export function tooLargeAmong(items: readonly unknown[]): Problem | undefined {
  const found = items.map(textCharacters).find((characters) => characters > VALUE_LIMIT_CHARACTERS);
  return found === undefined ? undefined : tooLarge(found);
}

function textCharacters(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, each) => sum + textCharacters(each), 0);
}

function tooLarge(characters: number): Problem {
  return new Problem(
    "not_storable",
    `an item has ${characters} characters; at most ${VALUE_LIMIT_CHARACTERS} are kept`,
    { status: 413 },
  );
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw isStackOverflow(error) ? tooDeep(error) : error;
  }
}

/** What V8 throws for a value that is nested deeper than its stack. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === "Maximum call stack size exceeded";
}

function tooDeep(cause: unknown): Problem {
  return new Problem("not_storable", "an item is nested too deeply", { cause });
}
