import { isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import type { Draft, ReasoningOutput } from "../../ask/draft.ts";
import {
  badField,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
} from "../../ask/fields.ts";
import { createNameMap } from "../../ask/names.ts";
import { sortParams, type UnsupportedParams } from "../../ask/params.ts";
import { readInput } from "../../ask/input.ts";
import { completeStrictFormat } from "../../ask/strict_schema.ts";
import { readTool, readToolChoice } from "../../ask/tools.ts";
import { RESPONSES_PARAMETERS } from "./params.ts";

/** Settings that bear on reading a request. */
export interface ReadSettings {
  readonly unsupportedParams: UnsupportedParams;
  readonly reasoningOutput: ReasoningOutput;
}

/** Request parameters that a Responses object repeats as the client gave them. */
const ECHOED = [
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "safety_identifier",
  "service_tier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_p",
  "truncation",
  "user",
  "background",
  "conversation",
] as const;

/**
 * Reads the body of `POST …/responses`.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export function readResponsesRequest(body: JsonObject, settings: ReadSettings): Draft {
  const names = createNameMap();
  const { ignored, propagated } = sortParams(body, RESPONSES_PARAMETERS, settings.unsupportedParams);
  const tools = optionalList(body, "tools");
  const reasoning = optionalRecord(body, "reasoning");
  const text = readTextOptions(body);
  return {
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    clientInstructions: optionalText(body, "instructions"),
    input: readInput(body["input"], names),
    tools: tools?.map((tool, index) =>
      readTool(tool, `tools[${index}]`, { names, defaultStrict: undefined })
    ),
    toolChoice: readToolChoice(body["tool_choice"], names),
    parallelToolCalls: optionalBoolean(body, "parallel_tool_calls"),
    effort: reasoning === undefined ? undefined : optionalText(reasoning, "effort", "reasoning.effort"),
    summary: readSummary(reasoning),
    text,
    include: readInclude(body),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    serviceTier: readServiceTier(body),
    clientMetadata: optionalRecord(body, "client_metadata"),
    ignored,
    propagated,
    memory: {
      store: optionalBoolean(body, "store"),
      previousResponseId: optionalText(body, "previous_response_id"),
      conversation: readConversation(body["conversation"]),
      background: optionalBoolean(body, "background") ?? false,
    },
    want: {
      includeUsage: false,
      jsonFormat: isJsonFormat(text),
      stop: [],
      maxOutputTokens: optionalInteger(body, "max_output_tokens", 1) ??
        optionalInteger(body, "max_completion_tokens", 1) ?? optionalInteger(body, "max_tokens", 1),
      names,
      legacyFunctions: false,
      reasoningOutput: settings.reasoningOutput,
      echo: pick(body, ECHOED),
    },
  };
}

/** `reasoning.summary`, also under its older name `generate_summary`. */
export function readSummary(reasoning: JsonObject | undefined): string | undefined {
  if (reasoning === undefined) return undefined;
  return optionalText(reasoning, "summary", "reasoning.summary") ??
    optionalText(reasoning, "generate_summary", "reasoning.generate_summary");
}

/** `text`, with a strict schema completed; undefined when it says nothing. */
export function readTextOptions(body: JsonObject): JsonObject | undefined {
  const text = optionalRecord(body, "text");
  if (text === undefined || Object.keys(text).length === 0) return undefined;
  const format = optionalRecord(text, "format", "text.format");
  return format === undefined
    ? text
    : { ...text, format: completeStrictFormat(format, "text.format.schema") };
}

/** `priority` where the client asks for it; the backend takes no other tier (upstream.md 5.3). */
export function readServiceTier(body: JsonObject): string | undefined {
  const tier = optionalText(body, "service_tier");
  return tier === "priority" || tier === "fast" ? "priority" : undefined;
}

/** The texts of `include`. */
export function readInclude(body: JsonObject): string[] {
  return (optionalList(body, "include") ?? []).map((entry, index) => {
    if (typeof entry !== "string") throw badField(`include[${index}]`, entry, "a string");
    if (entry === "message.output_text.logprobs") {
      throw new Problem(
        "unsupported_parameter",
        '"include" asks for log probabilities: the backend gives none',
        {
          param: `include[${index}]`,
        },
      );
    }
    return entry;
  });
}

/** True when the answer has to be JSON: `text.format` of type `json_object` or `json_schema`. */
export function isJsonFormat(text: JsonObject | undefined): boolean {
  const format = text?.["format"];
  return isRecord(format) && (format["type"] === "json_object" || format["type"] === "json_schema");
}

/** `conversation` is an id, or an object with one. */
function readConversation(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (isRecord(value) && typeof value["id"] === "string") return value["id"];
  throw badField("conversation", value, 'a conversation id, or an object with "id"');
}

function pick(body: JsonObject, keys: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const key of keys) if (body[key] !== undefined) picked[key] = body[key];
  return picked;
}
