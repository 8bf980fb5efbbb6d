import { isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { badField, optionalBoolean, optionalList, requiredText } from "../../ask/fields.ts";
import type { NameMap } from "../../ask/names.ts";
import { withoutNullKeywords } from "../../ask/schema_nulls.ts";
import { completeStrictSchema } from "../../ask/strict_schema.ts";
import { readTool } from "../../ask/tools.ts";

/** The tools of a request. */
export interface MessageTools {
  readonly tools: JsonObject[] | undefined;
  readonly toolChoice: unknown;
  readonly parallelToolCalls: boolean | undefined;
  /** the backend's own web search is among them */
  readonly searches: boolean;
  /** wishes about tools that have no effect */
  readonly ignored: string[];
}

/** Wishes about web search that the backend has no word for. */
const SEARCH_LIMITS = ["max_uses", "blocked_domains"] as const;

/**
 * Reads `tools` and `tool_choice`.
 *
 * Tools with a schema are functions; the web search of Anthropic's servers becomes the backend's own. A search among
 * tools is left out, because all tools are sent at once. Other tools of Anthropic's have no schema that could be sent
 * (they are known to its models only), so they are refused.
 *
 * @param given the tools of the turn, as changedTools() gives them
 * @throws Problem bad_request or unsupported_parameter naming the tool
 */
export function readMessageTools(body: JsonObject, given: unknown, names: NameMap): MessageTools {
  const list = optionalList({ tools: given }, "tools");
  const ignored = new Set<string>();
  const searchNames = new Set<unknown>();
  const tools = list?.flatMap((tool, index): JsonObject[] => {
    const param = `tools[${index}]`;
    if (!isRecord(tool)) throw badField(param, tool, "an object");
    const type = tool["type"] ?? "custom";
    if (typeof type !== "string") throw badField(`${param}.type`, type, "a string");
    if (type === "custom") return [readFunction(tool, param, names)];
    if (type.startsWith("tool_search_tool_")) return [];
    if (!type.startsWith("web_search_")) {
      throw new Problem(
        "unsupported_parameter",
        `"${param}.type" is ${
          JSON.stringify(type.slice(0, 64))
        }: the backend has tools with an "input_schema", and ` +
          "web search",
        { param: `${param}.type` },
      );
    }
    searchNames.add(tool["name"]);
    for (const limit of SEARCH_LIMITS) {
      const value = tool[limit];
      if (value !== undefined && value !== null) ignored.add(`web_search.${limit}`);
    }
    return [readSearch(tool)];
  });
  const choice = readChoice(body["tool_choice"], names, searchNames);
  return { tools, ...choice, searches: searchNames.size > 0, ignored: [...ignored] };
}

function readFunction(tool: JsonObject, param: string, names: NameMap): JsonObject {
  const name = requiredText(tool, "name", `${param}.name`);
  const given = tool["input_schema"];
  if (!isRecord(given)) throw badField(`${param}.input_schema`, given, "a JSON schema object");
  const schema = withoutNullKeywords(given);
  return readTool(
    {
      type: "function",
      name,
      ...(typeof tool["description"] === "string" ? { description: tool["description"] } : {}),
      parameters: schema,
      strict: tool["strict"] === true && fitsStrict(schema),
    },
    param,
    { names, defaultStrict: false },
  );
}

/**
 * Whether the backend's strict mode takes a schema. Anthropic's knows optional properties, the backend's does not:
 * what does not fit is sent without strict, and the model follows it all the same, only not by force.
 */
export function fitsStrict(schema: JsonObject): boolean {
  try {
    completeStrictSchema(schema, { kind: "function", name: "", param: "" });
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

function readSearch(tool: JsonObject): JsonObject {
  const allowed = tool["allowed_domains"];
  const location = tool["user_location"];
  return {
    type: "web_search",
    ...(Array.isArray(allowed) && allowed.length > 0 ? { filters: { allowed_domains: allowed } } : {}),
    ...(isRecord(location) ? { user_location: location } : {}),
  };
}

function readChoice(
  choice: unknown,
  names: NameMap,
  searchNames: ReadonlySet<unknown>,
): { toolChoice: unknown; parallelToolCalls: boolean | undefined } {
  if (choice === undefined || choice === null) return { toolChoice: undefined, parallelToolCalls: undefined };
  if (!isRecord(choice)) throw badField("tool_choice", choice, "an object");
  const single = optionalBoolean(
    choice,
    "disable_parallel_tool_use",
    "tool_choice.disable_parallel_tool_use",
  );
  return {
    toolChoice: toChoice(choice, names, searchNames),
    parallelToolCalls: single === undefined ? undefined : !single,
  };
}

function toChoice(choice: JsonObject, names: NameMap, searchNames: ReadonlySet<unknown>): unknown {
  const type = requiredText(choice, "type", "tool_choice.type");
  switch (type) {
    case "auto":
    case "none":
      return type;
    case "any":
      return "required";
    case "tool": {
      const name = requiredText(choice, "name", "tool_choice.name");
      return searchNames.has(name) ? { type: "web_search" } : { type: "function", name: names.tool(name) };
    }
    default:
      throw badField("tool_choice.type", type, '"auto", "any", "tool" or "none"');
  }
}
