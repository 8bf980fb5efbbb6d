import { isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";

/**
 * Checks and completes a schema for strict mode, as OpenAI's API does: every object lists all of its properties as
 * required and allows no others. A missing `additionalProperties` is completed; what would change the meaning is
 * refused before the backend sees it, in words that name the place.
 *
 * @returns the same object when nothing had to be completed
 * @throws Problem bad_request with code `invalid_function_parameters`
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function completeStrictSchema(schema: JsonObject, name: string, param: string): JsonObject {
  return complete(
    schema,
    "()",
    (detail, context) =>
      new Problem(
        "bad_request",
        `Invalid schema for function ${JSON.stringify(name)}: in context ${context}, ${detail}`,
        {
          param,
          apiCode: "invalid_function_parameters",
          hint: 'Correct the schema, or set "strict" to false',
        },
      ),
  );
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
  let changed = false;
  const next: JsonObject = {};
  for (const [key, value] of Object.entries(map)) {
    next[key] = isRecord(value) ? complete(value, within(context, key), refuse) : value;
    changed ||= next[key] !== value;
  }
  return changed ? next : map;
}

function assign(changed: JsonObject, key: string, before: JsonObject, after: JsonObject): void {
  if (after !== before) changed[key] = after;
}

function within(context: string, key: string): string {
  return context === "()" ? `(${key})` : `${context.slice(0, -1)}, ${key})`;
}
