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

/** Names the JSON type of a value for messages: `null`, `array`, `object`, `string`, `number`, `boolean`. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value === undefined ? "nothing" : typeof value;
}

/** Parses JSON; undefined instead of an exception for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
