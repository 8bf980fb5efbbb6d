import { isRecord, type JsonObject } from "../../wire/json.ts";
import { type Draft, type MemoryWish, type ReadSettings, UNSAID, UNSAID_WANT } from "../../ask/draft.ts";
import { badField, optionalBoolean, optionalRecord, optionalText } from "../../ask/fields.ts";
import { createNameMap } from "../../ask/names.ts";
import {
  isJsonFormat,
  readInclude,
  readInstructions,
  readMaxTokens,
  readServiceTier,
  readText,
} from "../../ask/options.ts";
import { readInput } from "../../ask/input.ts";
import { readReasoning } from "../../ask/reasoning_wish.ts";
import { readChoice, readTools } from "../../ask/tools.ts";
import { readParams } from "../read_params.ts";
import { echoOf } from "./echo.ts";

/**
 * Reads the body of `POST …/responses`.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export function readResponsesRequest(body: JsonObject, settings: ReadSettings): Draft {
  const names = createNameMap();
  const { ignored, propagated } = readParams("responses", body, settings.unsupportedParams);
  const reasoning = readReasoning(body);
  const text = readText(body);
  const memory = readMemory(body);
  const cache = readCacheOptions(body);
  const tools = readTools(body, { names, defaultStrict: undefined });
  const toolChoice = readChoice(body, names);
  if (isAbsent(body["input"]) && !continues(memory)) {
    throw badField("input", undefined, "a text or an array of items");
  }
  return {
    ...UNSAID,
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    clientInstructions: readInstructions(body),
    input: readInput(body["input"], names),
    tools,
    toolChoice,
    parallelToolCalls: optionalBoolean(body, "parallel_tool_calls"),
    effort: reasoning.effort,
    summary: reasoning.summary,
    include: readInclude(body),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    sent: {
      text,
      service_tier: readServiceTier(body),
      client_metadata: optionalRecord(body, "client_metadata"),
    },
    ignored: [...ignored, ...reasoning.ignored, ...cache.ignored],
    propagated,
    memory,
    want: {
      ...UNSAID_WANT,
      jsonFormat: isJsonFormat(text),
      maxOutputTokens: readMaxTokens(body, "max_output_tokens", "max_completion_tokens", "max_tokens"),
      names,
      reasoningOutput: settings.reasoningOutput,
      comparedResponse: cache.comparedResponse,
      echo: echoOf(body, { text, tools, toolChoice, names }),
    },
  };
}

function readMemory(body: JsonObject): MemoryWish {
  return {
    store: optionalBoolean(body, "store"),
    previousResponseId: optionalText(body, "previous_response_id"),
    conversation: readConversation(body["conversation"]),
    background: optionalBoolean(body, "background") ?? false,
  };
}

/** The backend has no such options; comparing is done here. */
function readCacheOptions(body: JsonObject): { comparedResponse: string | undefined; ignored: string[] } {
  const options = optionalRecord(body, "prompt_cache_options") ?? {};
  return {
    comparedResponse: optionalText(options, "comparison_response_id"),
    ignored: Object.keys(options)
      .filter((key) => key !== "comparison_response_id")
      .map((key) => `prompt_cache_options.${key}`),
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** True for a request that has something to answer even without an input of its own. */
function continues({ previousResponseId, conversation }: MemoryWish): boolean {
  return previousResponseId !== undefined || conversation !== undefined;
}

/** `conversation` is an id, or an object with one. */
function readConversation(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === "string") return value;
  if (isRecord(value) && typeof value["id"] === "string") return value["id"];
  throw badField("conversation", value, 'a conversation id, or an object with "id"');
}
