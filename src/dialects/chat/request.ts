import { defined, isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { type Draft, type ReadSettings, UNSAID, UNSAID_WANT } from "../../ask/draft.ts";
import {
  badField,
  optionalBoolean,
  optionalList,
  optionalRecord,
  optionalText,
  requiredText,
} from "../../ask/fields.ts";
import { createNameMap, type NameMap } from "../../ask/names.ts";
import {
  isJsonFormat,
  readInclude,
  readIncludeUsage,
  readMaxTokens,
  readServiceTier,
  readSummary,
  readTextOptions,
} from "../../ask/options.ts";
import { sortParams } from "../../ask/params.ts";
import { readInput } from "../../ask/input.ts";
import { completeStrictFormat } from "../../ask/strict_schema.ts";
import { readTool, readToolChoice } from "../../ask/tools.ts";
import { readStop } from "../../ask/stop.ts";
import { toInputItems } from "./messages.ts";
import { CHAT_PARAMETERS } from "./params.ts";

/**
 * Reads the body of `POST …/chat/completions`. Also a body with `input` instead of `messages`, which Cursor sends.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function readChatRequest(body: JsonObject, settings: ReadSettings): Draft {
  const names = createNameMap();
  const { ignored, propagated } = sortParams(body, CHAT_PARAMETERS, settings.unsupportedParams);
  const reasoning = optionalRecord(body, "reasoning");
  const text = readText(body);
  const tools = readTools(body, names);
  return {
    ...UNSAID,
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    clientInstructions: optionalText(body, "instructions"),
    input: readMessages(body, names),
    tools,
    toolChoice: readToolChoice(body["tool_choice"] ?? legacyChoice(body["function_call"]), names),
    parallelToolCalls: optionalBoolean(body, "parallel_tool_calls"),
    effort: readEffort(body, reasoning),
    summary: readSummary(reasoning) ?? (settings.reasoningOutput === "none" ? undefined : "auto"),
    include: readInclude(body),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    sent: { text, service_tier: readServiceTier(body) },
    ignored,
    propagated,
    memory: { ...UNSAID.memory, store: optionalBoolean(body, "store") },
    want: {
      ...UNSAID_WANT,
      includeUsage: readIncludeUsage(body),
      jsonFormat: isJsonFormat(text),
      stop: readStop(body["stop"]),
      maxOutputTokens: readMaxTokens(body, "max_completion_tokens", "max_tokens", "max_output_tokens"),
      names,
      legacyFunctions: body["functions"] !== undefined && body["tools"] === undefined,
      reasoningOutput: settings.reasoningOutput,
    },
  };
}

function readMessages(body: JsonObject, names: NameMap): Draft["input"] {
  const messages = optionalList(body, "messages");
  if (messages === undefined || messages.length === 0) {
    if (body["input"] !== undefined && body["input"] !== null) return readInput(body["input"], names);
    if (messages === undefined) throw badField("messages", undefined, "an array of messages");
    throw new Problem("bad_request", '"messages" must have at least one message: found none', {
      param: "messages",
    });
  }
  return toInputItems(messages, names);
}

/** `tools`, else the older `functions`, and the tool that `web_search_options` asks for. */
function readTools(body: JsonObject, names: NameMap): JsonObject[] | undefined {
  const context = { names, defaultStrict: false };
  const tools =
    optionalList(body, "tools")?.map((tool, index) => readTool(tool, `tools[${index}]`, context)) ??
      optionalList(body, "functions")?.map((definition, index) =>
        readTool({ type: "function", function: definition }, `functions[${index}]`, context)
      );
  const search = optionalRecord(body, "web_search_options");
  if (search === undefined) return tools;
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

/** The older `function_call` in the words of `tool_choice`. */
function legacyChoice(choice: unknown): unknown {
  return isRecord(choice) ? { type: "function", name: choice["name"] } : choice;
}

/** `response_format` and `verbosity` in the words of `text`; a `text` object of its own is taken as it is. */
function readText(body: JsonObject): JsonObject | undefined {
  const format = optionalRecord(body, "response_format");
  const text = {
    ...readTextOptions(body),
    ...defined({
      verbosity: optionalText(body, "verbosity"),
      format: format === undefined ? undefined : readFormat(format),
    }),
  };
  return Object.keys(text).length === 0 ? undefined : text;
}

function readFormat(format: JsonObject): JsonObject {
  const type = requiredText(format, "type", "response_format.type");
  if (type === "text" || type === "json_object") return { type };
  if (type !== "json_schema") {
    throw badField("response_format.type", type, '"text", "json_object" or "json_schema"');
  }
  const nested = optionalRecord(format, "json_schema", "response_format.json_schema") ?? format;
  const schema = nested["schema"];
  if (!isRecord(schema)) throw badField("response_format.json_schema.schema", schema, "a JSON schema object");
  const read = defined({
    type,
    name: optionalText(nested, "name", "response_format.json_schema.name") ?? "response",
    schema,
    strict: nested["strict"] ?? undefined,
    description: nested["description"],
  });
  return completeStrictFormat(read, "response_format.json_schema.schema");
}

/**
 * The effort, from whichever of its spellings the client used: `reasoning_effort`, `reasoning.effort`,
 * `enable_thinking: false`, `thinking: {type: "disabled"}`.
 */
function readEffort(body: JsonObject, reasoning: JsonObject | undefined): string | undefined {
  const effort = optionalText(body, "reasoning_effort") ??
    (reasoning === undefined ? undefined : optionalText(reasoning, "effort", "reasoning.effort"));
  if (effort !== undefined) return effort;
  if (body["enable_thinking"] === false) return "none";
  const thinking = body["thinking"];
  return isRecord(thinking) && thinking["type"] === "disabled" ? "none" : undefined;
}
