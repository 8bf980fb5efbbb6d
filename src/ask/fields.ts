import { isRecord, type JsonObject, typeName } from "../wire/json.ts";
import { Problem } from "../problem.ts";

/**
 * Readers for one field of a client's body. `null` counts as not given, as in OpenAI's API; any other wrong type is
 * a `bad_request` that names the parameter, what was found and what is needed.
 */

/** A `bad_request` for one parameter: `found` is described, `needed` says what would be right. */
export function badField(param: string, found: unknown, needed: string): Problem {
  const shown = typeof found === "string" && found.length <= 60 ? JSON.stringify(found) : typeName(found);
  return new Problem("bad_request", `"${param}" must be ${needed}: found ${shown}`, { param });
}

/** A reader of one kind of value. @param param how the field is named to the client; its key by default */
type OptionalReader<T> = (body: JsonObject, key: string, param?: string) => T | undefined;

function optional<T>(isIt: (value: unknown) => value is T, needed: string): OptionalReader<T> {
  return (body, key, param = key) => {
    const value = body[key];
    if (value === undefined || value === null) return undefined;
    if (!isIt(value)) throw badField(param, value, needed);
    return value;
  };
}

/** A text, or undefined when not given. @throws Problem bad_request */
export const optionalText = optional((value) => typeof value === "string", "a string");
/** A boolean, or undefined when not given. @throws Problem bad_request */
export const optionalBoolean = optional((value) => typeof value === "boolean", "true or false");
/** An object, or undefined when not given. @throws Problem bad_request */
export const optionalRecord = optional(isRecord, "an object");
/** A list, or undefined when not given. @throws Problem bad_request */
export const optionalList = optional((value): value is unknown[] => Array.isArray(value), "an array");

/** A text that must be there. @throws Problem bad_request */
export function requiredText(body: JsonObject, key: string, param: string = key): string {
  const value = body[key];
  if (typeof value !== "string") throw badField(param, value, "a string");
  return value;
}

/** A whole number of at least `min`, or undefined when not given. @throws Problem bad_request */
export function optionalInteger(
  body: JsonObject,
  key: string,
  min: number,
  param: string = key,
): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min) {
    const found = typeof value === "number" ? value : typeName(value);
    throw new Problem("bad_request", `"${param}" must be a whole number of at least ${min}: found ${found}`, {
      param,
    });
  }
  return value;
}
