import { NESTING_LIMIT } from "../bounds.ts";

/** What JSON text can hold. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object with unknown members. */
export interface JsonObject {
  [key: string]: unknown;
}

/** True for a JSON object: not null, not a list. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object without its members that are undefined: what may be undefined may be absent. */
type Defined<T> =
  & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] }
  & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** The object without its members that are undefined, in the same order. */
export function defined<T extends object>(from: T): Defined<T> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** The string at `key`, or undefined when there is none or it is of another type. */
export function textAt(record: JsonObject, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" ? value : undefined;
}

/** The finite number at `key`, or undefined when there is none or it is of another type. */
export function numberAt(record: JsonObject, key: string): number | undefined {
  const value = record[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The object at `key`, or undefined when there is none or it is of another type. */
export function recordAt(record: JsonObject, key: string): JsonObject | undefined {
  const value = record[key];
  return isRecord(value) ? value : undefined;
}

/** The list at `key`, or undefined when there is none or it is of another type. */
export function listAt(record: JsonObject, key: string): unknown[] | undefined {
  const value = record[key];
  return Array.isArray(value) ? value : undefined;
}

/** A moment as a Date can hold it; undefined for one that is none, or so far away that it must be a mistake. */
export function momentMs(atMs: number | undefined): number | undefined {
  return atMs !== undefined && Math.abs(atMs) <= 8.64e15 ? atMs : undefined;
}

/**
 * About how many characters a value has as JSON: what is escaped counts once. Takes no time for a picture of 4 MB, where
 * writing it down to see how long it is takes 6 ms (performance.md#one-hash).
 */
export function roughLength(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  if (Array.isArray(value)) return value.reduce((sum: number, member) => sum + roughLength(member) + 1, 2);
  return Object.entries(value).reduce((sum, [key, member]) => sum + key.length + 4 + roughLength(member), 2);
}

/**
 * True for values of JSON that JSON.stringify writes alike, keys in the same order. What both share is not looked into: of
 * a picture of 4 MB the one is made from the other, and to write both down takes 14 ms (performance.md#picture-item).
 */
export function isWrittenAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((member, index) => isWrittenAlike(member, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return keys.length === others.length &&
    keys.every((key, index) => key === others[index] && isWrittenAlike(a[key], b[key]));
}

/** Names the JSON type of a value for messages: `null`, `array`, `object`, `string`, `number`, `boolean`. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value === undefined ? "nothing" : typeof value;
}

/**
 * Parses JSON; undefined instead of an exception for text that is not JSON, or is nested deeper than
 * `NESTING_LIMIT`: V8 parses such a text, and whatever walks through the value afterwards overflows the stack.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * True for JSON text that is nested deeper than `NESTING_LIMIT`. Short texts cannot be; strings are jumped over, so
 * that a picture costs nothing.
 */
export function isTooDeep(text: string): boolean {
  if (text.length < 2 * NESTING_LIMIT) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = stringEnd(text, at);
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > NESTING_LIMIT) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** The index of the quote that ends the string beginning at `start`; the text's end when none does. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}
