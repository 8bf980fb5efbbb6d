/** What the backend says when it refuses (backend.md#error-bodies), in its two shapes. */
import type { JsonObject } from "../wire/json.ts";

/** A refusal: status and JSON body. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** The shape of the outer service: `{"detail": …}`. */
export function detail(text: string, status = 400): Refusal {
  return { status, body: { detail: text } };
}

/** The shape of the inner service: `{"error": {message, type, param, code}}`. */
export function invalid(
  message: string,
  param: string | null = null,
  code: string | null = null,
  status = 400,
): Refusal {
  return { status, body: { error: { message, type: "invalid_request_error", param, code } } };
}

/** The first refusal of these checks, each made only when the ones before passed. */
export function firstOf(...checks: readonly (() => Refusal | undefined)[]): Refusal | undefined {
  for (const check of checks) {
    const refusal = check();
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The refusal of the first entry that is refused. */
export function firstAmong<T>(
  list: readonly T[],
  check: (entry: T, index: number) => Refusal | undefined,
): Refusal | undefined {
  return firstOf(...list.map((entry, index) => () => check(entry, index)));
}

/** Refuses keys that are not in the list. */
export function unknownKey(value: JsonObject, known: readonly string[], at: string): Refusal | undefined {
  const key = Object.keys(value).find((name) => !known.includes(name));
  if (key === undefined) return undefined;
  return invalid(`Unknown parameter: '${at}.${key}'.`, `${at}.${key}`, "unknown_parameter");
}

/** Refuses a value that is not among these. */
export function notAmong(value: unknown, allowed: readonly string[], at: string): Refusal | undefined {
  if (typeof value === "string" && allowed.includes(value)) return undefined;
  const list = allowed.map((entry) => `'${entry}'`);
  const last = list.pop();
  const choices = list.length === 0 ? last : `${list.join(", ")}, and ${last}`;
  return invalid(
    `Invalid value: '${
      typeof value === "string" ? value : JSON.stringify(value)
    }'. Supported values are: ${choices}.`,
    at,
    "invalid_value",
  );
}

/** Refuses a text over the limit, in characters. */
export function tooLong(value: unknown, limit: number, at: string): Refusal | undefined {
  if (typeof value !== "string" || value.length <= limit) return undefined;
  return invalid(
    `Invalid '${at}': string too long. Expected a string with maximum length ${limit}, but got a string with length ${value.length} instead.`,
    at,
    "string_above_max_length",
  );
}

/** Refuses a value of another type. */
export function wrongType(
  value: unknown,
  wanted: "string" | "object" | "array" | "boolean",
  at: string,
): Refusal | undefined {
  const found = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (found === wanted) return undefined;
  const article = /^[ao]/.test(wanted) ? "an" : "a";
  const got = found === "null" || found === "undefined"
    ? found
    : `${/^[ao]/.test(found) ? "an" : "a"} ${found}`;
  return invalid(
    `Invalid type for '${at}': expected ${article} ${wanted}, but got ${got} instead.`,
    at,
    "invalid_type",
  );
}

/** A required parameter that is not there. */
export function missing(at: string): Refusal {
  return invalid(`Missing required parameter: '${at}'.`, at, "missing_required_parameter");
}
