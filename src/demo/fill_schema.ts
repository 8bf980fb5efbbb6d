import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import type { PromptHints } from "./prompt_hints.ts";

/** Below this, only what a schema requires is filled, and lists stay as short as they may. */
const FULL_DEPTH = 6;
/** A schema that requires itself has no value; it is given up here. */
const DEEPEST = 40;

/**
 * A value that a JSON schema takes, from the words of a prompt where they fit, else from the schema's own defaults and
 * examples, else made up. The same schema and hints give the same value. Patterns are not followed.
 *
 * @param sparing leaves out what an object does not require, unless the prompt names one of its choices: as a model
 * fills the arguments of a tool. An object that requires nothing is filled whole
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function fillSchema(schema: unknown, hints: PromptHints, sparing = false): unknown {
  const root = isRecord(schema) ? schema : {};
  return fill(root, "value", 0);

  function fill(given: unknown, name: string, depth: number): unknown {
    if (!isRecord(given) || depth > DEEPEST) return null;
    const here = merged(resolve(given));
    if ("const" in here) return here["const"];
    const choices = listAt(here, "enum");
    if (choices !== undefined && choices.length > 0) return hints.firstNamed(choices) ?? choices[0];
    const variants = listAt(here, "anyOf") ?? listAt(here, "oneOf");
    if (variants !== undefined && variants.length > 0) {
      const isEmpty = (variant: unknown) => isRecord(variant) && variant["type"] === "null";
      const wanted = depth < FULL_DEPTH
        ? variants.find((variant) => !isEmpty(variant))
        : variants.find(isEmpty);
      return fill(wanted ?? variants[0], name, depth + 1);
    }
    switch (typeOf(here, depth)) {
      case "object":
        return fillObject(here, depth);
      case "array":
        return fillArray(here, name, depth);
      case "string":
        return fillText(here, name, hints);
      case "integer":
      case "number":
        return fillNumber(here, hints);
      case "boolean":
        return typeof here["default"] === "boolean" ? here["default"] : true;
      case "null":
        return null;
      default:
        return here["default"] ?? listAt(here, "examples")?.[0] ?? hints.nextText() ?? `demo ${name}`;
    }
  }

  /** Follows `$ref` within the schema; keys next to it stay. */
  function resolve(given: JsonObject): JsonObject {
    let here = given;
    for (let hops = 0; hops < DEEPEST; hops++) {
      const { $ref: reference, ...rest } = here;
      if (typeof reference !== "string" || !reference.startsWith("#")) return here;
      let target: unknown = root;
      for (const part of reference.split("/").slice(1)) {
        const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
        target = isRecord(target) ? target[key] : undefined;
      }
      here = isRecord(target) ? { ...target, ...rest } : rest;
    }
    return here;
  }

  function merged(here: JsonObject): JsonObject {
    const parts = listAt(here, "allOf");
    if (parts === undefined) return here;
    const { allOf: _, ...rest } = here;
    return parts.filter(isRecord).map(resolve).reduce<JsonObject>((whole, part) => ({
      ...whole,
      ...part,
      properties: { ...recordAt(whole, "properties"), ...recordAt(part, "properties") },
      required: [...listAt(whole, "required") ?? [], ...listAt(part, "required") ?? []],
    }), rest);
  }

  function fillObject(here: JsonObject, depth: number): JsonObject {
    const required = listAt(here, "required") ?? [];
    const value: JsonObject = {};
    for (const [key, inner] of Object.entries(recordAt(here, "properties") ?? {})) {
      const isLeftOut = sparing && required.length > 0 ? !isNamed(inner) : depth >= FULL_DEPTH;
      if (!isLeftOut || required.includes(key)) value[key] = fill(inner, key, depth + 1);
    }
    return value;
  }

  function isNamed(inner: unknown): boolean {
    const choices = isRecord(inner) ? listAt(inner, "enum") : undefined;
    return choices !== undefined && hints.firstNamed(choices) !== undefined;
  }

  function fillArray(here: JsonObject, name: string, depth: number): unknown[] {
    const fixed = listAt(here, "prefixItems");
    if (fixed !== undefined) return fixed.map((inner) => fill(inner, name, depth + 1));
    const least = numberAt(here, "minItems") ?? 0;
    const most = numberAt(here, "maxItems") ?? Infinity;
    const count = Math.min(most, Math.max(least, depth < FULL_DEPTH ? 2 : 0), 100);
    return Array.from({ length: count }, () => fill(here["items"] ?? {}, name, depth + 1));
  }
}

/** The type, of several the first that is not null. */
function typeOf(here: JsonObject, depth: number): unknown {
  const { type } = here;
  if (Array.isArray(type)) {
    return depth >= FULL_DEPTH && type.includes("null")
      ? "null"
      : type.find((one) => one !== "null") ?? "null";
  }
  if (type !== undefined) return type;
  if ("properties" in here) return "object";
  return "items" in here ? "array" : undefined;
}

/** What texts of a known format look like. */
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-01T12:00:00Z",
  date: "2026-01-01",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "demo@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function fillText(here: JsonObject, name: string, hints: PromptHints): string {
  const format = FORMATS[textAt(here, "format") ?? ""];
  if (format !== undefined) return format;
  const example = listAt(here, "examples")?.find((one) => typeof one === "string");
  const text = hints.nextText() ?? textAt(here, "default") ??
    (typeof example === "string" ? example : `demo ${name}`);
  const least = Math.min(numberAt(here, "minLength") ?? 0, 10_000);
  const most = numberAt(here, "maxLength") ?? Infinity;
  return text.padEnd(least, ".").slice(0, most);
}

function fillNumber(here: JsonObject, hints: PromptHints): number {
  const isWhole = here["type"] === "integer" ||
    Array.isArray(here["type"]) && here["type"].includes("integer");
  const step = numberAt(here, "multipleOf") ?? (isWhole ? 1 : undefined);
  const unit = step ?? 1;
  const above = numberAt(here, "exclusiveMinimum");
  const below = numberAt(here, "exclusiveMaximum");
  const least = Math.max(
    numberAt(here, "minimum") ?? -Infinity,
    above === undefined ? -Infinity : above + unit,
  );
  const most = Math.min(numberAt(here, "maximum") ?? Infinity, below === undefined ? Infinity : below - unit);
  const fits = (value: number) =>
    value >= least && value <= most && (step === undefined || Number.isInteger(value / step)) &&
    (!isWhole || Number.isInteger(value));
  const told = hints.nextNumber(fits);
  if (told !== undefined) return told;
  const byDefault = numberAt(here, "default");
  if (byDefault !== undefined) return byDefault;
  if (fits(unit)) return unit;
  const nearest = Math.min(most, Math.max(least, unit));
  return step === undefined ? nearest : Math.ceil(nearest / step) * step;
}
