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

/** A text, or undefined when not given. @throws Problem bad_request */
export function optionalText(body: JsonObject, key: string, param: string = key): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw badField(param, value, "a string");
  return value;
}

/** A text that must be there. @throws Problem bad_request */
export function requiredText(body: JsonObject, key: string, param: string = key): string {
  const value = body[key];
  if (typeof value !== "string") throw badField(param, value, "a string");
  return value;
}

/** A boolean, or undefined when not given. @throws Problem bad_request */
export function optionalBoolean(body: JsonObject, key: string, param: string = key): boolean | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw badField(param, value, "true or false");
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

/** An object, or undefined when not given. @throws Problem bad_request */
export function optionalRecord(body: JsonObject, key: string, param: string = key): JsonObject | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw badField(param, value, "an object");
  return value;
}

/** A list, or undefined when not given. @throws Problem bad_request */
export function optionalList(body: JsonObject, key: string, param: string = key): unknown[] | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw badField(param, value, "an array");
  return value;
}
