import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { withoutNullKeywords } from "./schema_nulls.ts";

/** What a schema is for: it decides the wording and the code of a refusal, which are those of OpenAI's API. */
export interface SchemaUse {
  readonly kind: "function" | "response_format";
  readonly name: string;
  /** the request parameter that holds the schema */
  readonly param: string;
}

/**
 * Checks and completes a schema for strict mode, as OpenAI's API does: every object lists all of its properties as
 * required and allows no others. A missing `additionalProperties` is completed; what would change the meaning is
 * refused before the backend sees it, in words that name the place.
 *
 * @returns the same object when nothing had to be completed
 * @throws Problem bad_request with code `invalid_function_parameters` or `invalid_json_schema`
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function completeStrictSchema(schema: JsonObject, use: SchemaUse): JsonObject {
  return complete(
    schema,
    "()",
    (detail, context) =>
      new Problem(
        "bad_request",
        `Invalid schema for ${use.kind} ${JSON.stringify(use.name)}: in context ${context}, ${detail}`,
        {
          param: use.param,
          apiCode: use.kind === "function" ? "invalid_function_parameters" : "invalid_json_schema",
          hint: 'Correct the schema, or set "strict" to false',
        },
      ),
  );
}

/**
 * `text.format` with its schema without null keywords, and completed when it is a strict one.
 *
 * @param param the request parameter that holds the schema
 * @throws Problem bad_request with code `invalid_json_schema`
 */
export function completeStrictFormat(format: JsonObject, param: string): JsonObject {
  const { schema } = format;
  if (format["type"] !== "json_schema" || !isRecord(schema)) return format;
  const clean = withoutNullKeywords(schema);
  const name = textAt(format, "name") ?? "";
  const completed = format["strict"] === true
    ? completeStrictSchema(clean, { kind: "response_format", name, param })
    : clean;
  return completed === schema ? format : { ...format, schema: completed };
}

type Refuse = (detail: string, context: string) => Problem;

const LISTS = ["anyOf", "oneOf", "allOf"] as const;
const MAPS = ["$defs", "definitions"] as const;

function complete(schema: JsonObject, context: string, refuse: Refuse): JsonObject {
  const changed: JsonObject = {};
  const properties = schema["properties"];
  const isObject = schema["type"] === "object" ||
    (Array.isArray(schema["type"]) && schema["type"].includes("object")) || isRecord(properties);
  if (isObject) {
    const additional = schema["additionalProperties"];
    if (additional === undefined) changed["additionalProperties"] = false;
    else if (additional !== false) throw refuse('"additionalProperties" must be false', context);
    const names = isRecord(properties) ? Object.keys(properties) : [];
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const missing = names.filter((key) => !required.includes(key));
    if (missing.length > 0) {
      throw refuse(
        `"required" must be an array with every key in "properties": missing ${JSON.stringify(missing[0])}`,
        context,
      );
    }
  }
  if (isRecord(properties)) {
    assign(changed, "properties", properties, completeMap(properties, context, refuse));
  }
  for (const key of MAPS) {
    const map = schema[key];
    if (isRecord(map)) assign(changed, key, map, completeMap(map, context, refuse));
  }
  const items = schema["items"];
  if (isRecord(items)) assign(changed, "items", items, complete(items, within(context, "items"), refuse));
  for (const key of LISTS) {
    const list = schema[key];
    if (!Array.isArray(list)) continue;
    const next = list.map((entry, index) =>
      isRecord(entry) ? complete(entry, within(context, `${key}[${index}]`), refuse) : entry
    );
    if (next.some((entry, index) => entry !== list[index])) changed[key] = next;
  }
  return Object.keys(changed).length === 0 ? schema : { ...schema, ...changed };
}

function completeMap(map: JsonObject, context: string, refuse: Refuse): JsonObject {
  // From entries: assigning a property that is called "__proto__" would lose it.
  const entries = Object.entries(map).map(([key, value]) =>
    [key, isRecord(value) ? complete(value, within(context, key), refuse) : value] as const
  );
  return entries.some(([key, value]) => value !== map[key]) ? Object.fromEntries(entries) : map;
}

function assign(changed: JsonObject, key: string, before: JsonObject, after: JsonObject): void {
  if (after !== before) changed[key] = after;
}

function within(context: string, key: string): string {
  return context === "()" ? `(${key})` : `${context.slice(0, -1)}, ${key})`;
}
