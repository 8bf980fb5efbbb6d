import { isRecord, type JsonObject } from "../wire/json.ts";

/** Keywords of JSON Schema that hold values, not schemas: null is a value there. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);
/** Keywords that hold schemas by names, which may be the words of keywords. */
const MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);

/**
 * A schema without the keywords that are null, at any depth: MCP servers written in Go write empty maps and lists so
 * (`properties: null`, `required: null`), and the backend refuses them. Null is no value of any keyword that is
 * removed.
 *
 * @returns the same object when there is none
 */
export function withoutNullKeywords(schema: JsonObject): JsonObject {
  let changed = false;
  const kept = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (VALUES.has(key)) return [[key, value]];
    if (value === null) {
      changed = true;
      return [];
    }
    const clean = MAPS.has(key) && isRecord(value) ? mapped(value) : inside(value);
    if (clean !== value) changed = true;
    return [[key, clean]];
  });
  return changed ? Object.fromEntries(kept) : schema;
}

function mapped(schemas: JsonObject): JsonObject {
  const clean = Object.entries(schemas).map(([name, schema]) => [name, inside(schema)] as const);
  return clean.some(([name, schema]) => schema !== schemas[name]) ? Object.fromEntries(clean) : schemas;
}

function inside(value: unknown): unknown {
  if (isRecord(value)) return withoutNullKeywords(value);
  if (!Array.isArray(value)) return value;
  const clean = value.map(inside);
  return clean.some((entry, index) => entry !== value[index]) ? clean : value;
}
