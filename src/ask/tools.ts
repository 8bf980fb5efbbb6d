import { defined, isRecord, type JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { agreed, contradiction } from "./agreed.ts";
import { badField, optionalList, optionalRecord, requiredText } from "./fields.ts";
import type { NameMap } from "./names.ts";
import { completeStrictSchema } from "./strict_schema.ts";

/**
 * Tool definitions and `tool_choice`, in the forms of both APIs: Chat Completions nests (`{type, function: {…}}`),
 * Responses is flat. Cursor sends flat ones to the chat route, so both are read everywhere (translation.md#t9 to #t20).
 */

/** What reading tools needs to know. */
export interface ToolContext {
  readonly names: NameMap;
  /**
   * `strict` of a function that does not say. Chat Completions means false; in Responses absence is left as it is,
   * because the backend has its own default (clients.md#tools-without-strict).
   */
  readonly defaultStrict: boolean | undefined;
}

/** True for a body whose tools are in `functions`, the form before `tools`. */
export function usesFunctions(body: JsonObject): boolean {
  return (optionalList(body, "functions") ?? []).length > 0;
}

/**
 * `tools`, or the older `functions`, and the tool that `web_search_options` asks for. An answer calls in the one form or
 * in the other, so that not both can be given.
 *
 * @throws Problem bad_request
 */
export function readTools(body: JsonObject, context: ToolContext): JsonObject[] | undefined {
  const given = optionalList(body, "tools")?.map((tool, index) => readTool(tool, `tools[${index}]`, context));
  const old = optionalList(body, "functions")?.map((definition, index) =>
    readTool({ type: "function", function: definition }, `functions[${index}]`, context)
  );
  if (given !== undefined && given.length > 0 && usesFunctions(body)) {
    throw contradiction("tools", "functions");
  }
  const tools = usesFunctions(body) ? old : given ?? old;
  const search = optionalRecord(body, "web_search_options");
  if (search === undefined) return tools;
  if (tools?.some(({ type }) => type === "web_search")) throw contradiction("tools", "web_search_options");
  const location = optionalRecord(search, "user_location", "web_search_options.user_location");
  const approximate = isRecord(location?.["approximate"]) ? location["approximate"] : undefined;
  return [
    ...tools ?? [],
    defined({
      type: "web_search",
      search_context_size: search["search_context_size"],
      user_location: location === undefined ? undefined : { type: "approximate", ...approximate ?? location },
    }),
  ];
}

/** One tool definition as the backend takes it. @throws Problem bad_request naming the parameter */
export function readTool(tool: unknown, param: string, context: ToolContext): JsonObject {
  if (!isRecord(tool)) throw badField(param, tool, "an object");
  const type = requiredText(tool, "type", `${param}.type`);
  if (type === "function") return readFunction(tool, param, context);
  if (type === "custom") return readCustom(tool, param, context.names);
  return { ...tool, type: builtInType(type) };
}

/** A function definition, nested or flat. */
function readFunction(tool: JsonObject, param: string, context: ToolContext): JsonObject {
  const nested = isRecord(tool["function"]);
  const definition = isRecord(tool["function"]) ? tool["function"] : tool;
  const at = nested ? `${param}.function` : param;
  const name = requiredText(definition, "name", `${at}.name`);
  if (name === "") throw badField(`${at}.name`, name, "a name of at least one character");
  const strict = definition["strict"] ?? context.defaultStrict;
  const parameters = completeParameters(definition["parameters"], `${at}.parameters`);
  return defined({
    type: "function",
    name: context.names.tool(name),
    description: definition["description"],
    parameters: strict === true
      ? completeStrictSchema(parameters, { kind: "function", name, param: `${at}.parameters` })
      : parameters,
    strict: strict ?? undefined,
  });
}

/** A schema without properties is refused by the backend: both keys are always there. */
function completeParameters(parameters: unknown, param: string): JsonObject {
  if (parameters === undefined || parameters === null) return { type: "object", properties: {} };
  if (!isRecord(parameters)) throw badField(param, parameters, "a JSON schema object");
  return completeProperties(withoutNullLists(parameters));
}

/**
 * The schema without `properties: null` and `required: null`, at any depth: MCP servers written in Go write an empty
 * map and an empty list so, and the backend refuses both.
 */
function withoutNullLists(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([key, value]) =>
    value !== null || (key !== "properties" && key !== "required")
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, VALUES.has(key) ? value : withoutNulls(value)]));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isRecord(value) ? withoutNullLists(value) : value;
}

/** Keywords of JSON Schema that hold values, not schemas. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);

/** Both keys are there, unless the schema says otherwise in words of its own. */
function completeProperties(parameters: JsonObject): JsonObject {
  if (parameters["type"] !== undefined && parameters["type"] !== "object") return parameters;
  if (isRecord(parameters["properties"]) && parameters["type"] === "object") return parameters;
  const isPlain = ["$ref", "anyOf", "oneOf", "allOf"].every((key) => parameters[key] === undefined);
  if (!isPlain) return parameters;
  return { type: "object", properties: {}, ...parameters };
}

/** A custom (free text or grammar) tool, nested or flat; Chat Completions also nests the grammar. */
function readCustom(tool: JsonObject, param: string, names: NameMap): JsonObject {
  const definition = isRecord(tool["custom"]) ? tool["custom"] : tool;
  const at = definition === tool ? param : `${param}.custom`;
  const name = requiredText(definition, "name", `${at}.name`);
  const { format } = definition;
  const grammar = isRecord(format) && isRecord(format["grammar"]) ? format["grammar"] : undefined;
  return defined({
    type: "custom",
    name: names.tool(name),
    description: definition["description"],
    format: grammar === undefined ? format ?? undefined : { type: "grammar", ...grammar },
  });
}

/** The backend refuses the preview names of web search (backend.md#web-search-preview). */
function builtInType(type: string): string {
  return type.startsWith("web_search_preview") ? "web_search" : type;
}

/** `tool_choice`, or the older `function_call`, as the backend takes it. @throws Problem bad_request */
export function readChoice(body: JsonObject, names: NameMap): unknown {
  const old = body["function_call"];
  const named = isRecord(old) ? { type: "function", name: old["name"] } : old;
  return agreed([
    ["tool_choice", readToolChoice(body["tool_choice"], names)],
    ["function_call", readToolChoice(named, names)],
  ]);
}

/** One of them as the backend takes it. @throws Problem bad_request naming the parameter */
function readToolChoice(choice: unknown, names: NameMap): unknown {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") {
    if (choice === "none" || choice === "auto" || choice === "required") return choice;
    throw new Problem(
      "bad_request",
      `"tool_choice" must be "none", "auto", "required" or an object: found ${JSON.stringify(choice)}`,
      { param: "tool_choice" },
    );
  }
  if (!isRecord(choice)) throw badField("tool_choice", choice, "a string or an object");
  return readChosenTool(choice, "tool_choice", names);
}

function readChosenTool(choice: JsonObject, param: string, names: NameMap): JsonObject {
  const type = requiredText(choice, "type", `${param}.type`);
  if (type === "function" || type === "custom") {
    const nested = choice[type];
    const holder = isRecord(nested) ? nested : choice;
    const at = holder === choice ? param : `${param}.${type}`;
    return { type, name: names.tool(requiredText(holder, "name", `${at}.name`)) };
  }
  if (type === "allowed_tools") {
    const nested = choice["allowed_tools"];
    const holder = isRecord(nested) ? nested : choice;
    const tools = holder["tools"];
    if (!Array.isArray(tools)) throw badField(`${param}.tools`, tools, "an array of tools");
    return {
      type,
      mode: holder["mode"] ?? "auto",
      tools: tools.map((tool, index) => {
        if (!isRecord(tool)) throw badField(`${param}.tools[${index}]`, tool, "an object");
        return readChosenTool(tool, `${param}.tools[${index}]`, names);
      }),
    };
  }
  return { ...choice, type: builtInType(type) };
}
