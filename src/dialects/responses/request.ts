import { isRecord, type JsonObject } from "../../wire/json.ts";
import { type Draft, type ReadSettings, UNSAID_WANT } from "../../ask/draft.ts";
import { badField, optionalBoolean, optionalList, optionalRecord, optionalText } from "../../ask/fields.ts";
import { createNameMap } from "../../ask/names.ts";
import {
  isJsonFormat,
  readInclude,
  readMaxTokens,
  readServiceTier,
  readSummary,
  readTextOptions,
} from "../../ask/options.ts";
import { sortParams } from "../../ask/params.ts";
import { readInput } from "../../ask/input.ts";
import { readTool, readToolChoice } from "../../ask/tools.ts";
import { RESPONSES_PARAMETERS } from "./params.ts";

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
    include: readInclude(body),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    sent: {
      text,
      service_tier: readServiceTier(body),
      client_metadata: optionalRecord(body, "client_metadata"),
    },
    ignored,
    propagated,
    memory: {
      store: optionalBoolean(body, "store"),
      previousResponseId: optionalText(body, "previous_response_id"),
      conversation: readConversation(body["conversation"]),
      background: optionalBoolean(body, "background") ?? false,
    },
    want: {
      ...UNSAID_WANT,
      jsonFormat: isJsonFormat(text),
      maxOutputTokens: readMaxTokens(body, "max_output_tokens", "max_completion_tokens", "max_tokens"),
      names,
      reasoningOutput: settings.reasoningOutput,
      echo: pick(body, ECHOED),
    },
  };
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
