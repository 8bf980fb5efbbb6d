/**
 * What the backend refuses in `tools`, `tool_choice` and JSON schemas (backend.md#tool-forms, #lite-hosted-tools,
 * #web-search-preview).
 */
import { isRecord, type JsonObject } from "../wire/json.ts";
import {
  detail,
  firstAmong,
  firstOf,
  invalid,
  missing,
  notAmong,
  type Refusal,
  tooLong,
  unknownKey,
  wrongType,
} from "./refusal.ts";

const NAME = /^[a-zA-Z0-9_-]+$/;

const HOSTED_TOOLS = ["web_search", "image_generation", "local_shell"];

/** Checks a list of tools at this place of the body. */
export function refuseTools(tools: unknown, at = "tools"): Refusal | undefined {
  if (tools === undefined) return undefined;
  if (!Array.isArray(tools)) return wrongType(tools, "array", at);
  const names = new Set<unknown>();
  return firstAmong(tools, (tool, i) => {
    if (!isRecord(tool)) return wrongType(tool, "object", `${at}[${i}]`);
    if (tool["type"] === "function" && names.has(tool["name"])) {
      return invalid(`Duplicate tool name '${tool["name"]}' in '${at}'.`, at, "invalid_value");
    }
    names.add(tool["name"]);
    return refuseTool(tool, `${at}[${i}]`);
  });
}

function refuseTool(tool: JsonObject, at: string): Refusal | undefined {
  switch (tool["type"]) {
    case "function":
      return firstOf(
        () => unknownKey(tool, ["type", "name", "description", "parameters", "strict", "output_schema"], at),
        () => refuseName(tool["name"], `${at}.name`),
        () => "parameters" in tool && tool["parameters"] !== null ? undefined : missing(`${at}.parameters`),
        () => wrongType(tool["parameters"], "object", `${at}.parameters`),
        () => refuseFunctionSchema(tool, at),
      );
    case "custom":
      return firstOf(
        () => unknownKey(tool, ["type", "name", "description", "format"], at),
        () => refuseName(tool["name"], `${at}.name`),
        () => refuseGrammar(tool["format"], `${at}.format`),
      );
    case "namespace":
      return firstOf(
        () => refuseName(tool["name"], `${at}.name`),
        () => refuseTools(tool["tools"], `${at}.tools`),
      );
    case "tool_search":
      return undefined;
    default:
      return HOSTED_TOOLS.includes(`${tool["type"]}`)
        ? undefined
        : detail(`Unsupported tool type: ${tool["type"]}`);
  }
}

function refuseFunctionSchema(tool: JsonObject, at: string): Refusal | undefined {
  const schema = isRecord(tool["parameters"]) ? tool["parameters"] : {};
  const name = `${tool["name"]}`;
  if (schema["type"] !== "object") {
    const found = schema["type"] === undefined ? "None" : `"${schema["type"]}"`;
    return invalid(
      `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: ${found}'.`,
      `${at}.parameters`,
      "invalid_function_parameters",
    );
  }
  const fault = tool["strict"] === true ? strictFault(schema, []) : undefined;
  return fault === undefined ? undefined : invalid(
    `Invalid schema for function '${name}': ${fault}`,
    `${at}.parameters`,
    "invalid_function_parameters",
  );
}

function refuseGrammar(format: unknown, at: string): Refusal | undefined {
  if (format === undefined) return undefined;
  if (!isRecord(format)) return wrongType(format, "object", at);
  return firstOf(
    () => notAmong(format["type"], ["text", "grammar"], `${at}.type`),
    () =>
      format["type"] === "text" ? undefined : notAmong(format["syntax"], ["lark", "regex"], `${at}.syntax`),
    () =>
      format["type"] === "text" ? undefined : wrongType(format["definition"], "string", `${at}.definition`),
  );
}

/** Checks a tool's name: 1 to 64 characters of `a-zA-Z0-9_-`. */
export function refuseName(name: unknown, at: string): Refusal | undefined {
  if (name === undefined) return missing(at);
  if (typeof name !== "string") return wrongType(name, "string", at);
  if (name === "") {
    return invalid(
      `Invalid '${at}': empty string. Expected a string with minimum length 1, but got an empty string instead.`,
      at,
      "empty_string",
    );
  }
  return tooLong(name, 64, at) ?? (NAME.test(name) ? undefined : invalid(
    `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    at,
    "invalid_value",
  ));
}

/** Checks `tool_choice` against the tools that are there. */
export function refuseToolChoice(choice: unknown, tools: unknown): Refusal | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === "string") return notAmong(choice, ["none", "auto", "required"], "tool_choice");
  if (!isRecord(choice)) return wrongType(choice, "object", "tool_choice");
  const list = Array.isArray(tools) ? tools.filter(isRecord) : [];
  if (choice["type"] === "function" || choice["type"] === "custom") {
    if (choice["name"] === undefined) return missing("tool_choice.name");
    if (list.some((tool) => tool["name"] === choice["name"])) return undefined;
    return invalid(`Tool choice '${choice["name"]}' not found in 'tools' parameter.`, "tool_choice", null);
  }
  if (choice["type"] === "allowed_tools") return undefined;
  return list.some((tool) => tool["type"] === choice["type"])
    ? undefined
    : invalid(`Tool choice '${choice["type"]}' not found in 'tools' parameter.`, "tool_choice", null);
}

/** Checks `text`: verbosity and structured output. */
export function refuseText(text: unknown, input: unknown): Refusal | undefined {
  if (text === undefined) return undefined;
  if (!isRecord(text)) return wrongType(text, "object", "text");
  const format = text["format"];
  return firstOf(
    () => unknownKey(text, ["verbosity", "format"], "text"),
    () =>
      text["verbosity"] === undefined
        ? undefined
        : notAmong(text["verbosity"], ["low", "medium", "high"], "text.verbosity"),
    () => format === undefined ? undefined : refuseFormat(format, input),
  );
}

function refuseFormat(format: unknown, input: unknown): Refusal | undefined {
  const at = "text.format";
  if (!isRecord(format)) return wrongType(format, "object", at);
  switch (format["type"]) {
    case "text":
      return unknownKey(format, ["type"], at);
    case "json_object":
      return /json/i.test(JSON.stringify(input)) ? undefined : invalid(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        "input",
      );
    case "json_schema": {
      const schema = format["schema"];
      return firstOf(
        () => unknownKey(format, ["type", "name", "description", "schema", "strict"], at),
        () => refuseName(format["name"], `${at}.name`),
        () => schema === undefined ? missing(`${at}.schema`) : wrongType(schema, "object", `${at}.schema`),
        () => {
          const fault = format["strict"] === true && isRecord(schema) ? strictFault(schema, []) : undefined;
          return fault === undefined ? undefined : invalid(
            `Invalid schema for response_format '${format["name"]}': ${fault}`,
            `${at}.schema`,
            "invalid_json_schema",
          );
        },
      );
    }
    default:
      return notAmong(format["type"], ["text", "json_object", "json_schema"], `${at}.type`);
  }
}

/** What strict mode finds wrong with a schema: every object closed, every property required. */
export function strictFault(schema: unknown, path: readonly string[]): string | undefined {
  if (!isRecord(schema)) return undefined;
  const context = `In context=(${path.map((part) => `'${part}'`).join(", ")}${path.length === 1 ? "," : ""})`;
  const types = [schema["type"]].flat();
  if (types.includes("object")) {
    if (schema["additionalProperties"] !== false) {
      return `${context}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const lacking = Object.keys(isRecord(schema["properties"]) ? schema["properties"] : {})
      .find((name) => !required.includes(name));
    if (lacking !== undefined) {
      return `${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${lacking}'.`;
    }
  }
  for (const key of ["properties", "$defs", "definitions"]) {
    const group = schema[key];
    if (!isRecord(group)) continue;
    for (const [name, inner] of Object.entries(group)) {
      const fault = strictFault(inner, [...path, key, name]);
      if (fault !== undefined) return fault;
    }
  }
  const variants = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [];
  const inner = [
    strictFault(schema["items"], [...path, "items"]),
    ...variants.map((variant, i) => strictFault(variant, [...path, "anyOf", `${i}`])),
  ];
  return inner.find((fault) => fault !== undefined);
}
