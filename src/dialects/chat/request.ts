import type { JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { type Draft, type ReadSettings, UNSAID, UNSAID_WANT } from "../../ask/draft.ts";
import { badField, optionalBoolean, optionalList, optionalText } from "../../ask/fields.ts";
import { createNameMap, type NameMap } from "../../ask/names.ts";
import {
  isJsonFormat,
  readInclude,
  readIncludeUsage,
  readInstructions,
  readMaxTokens,
  readServiceTier,
  readText,
} from "../../ask/options.ts";
import { readInput } from "../../ask/input.ts";
import { readReasoning } from "../../ask/reasoning_wish.ts";
import { readChoice, readTools, usesFunctions } from "../../ask/tools.ts";
import { readStop } from "../../ask/stop.ts";
import { toInputItems } from "./messages.ts";
import { readParams } from "../read_params.ts";

/**
 * Reads the body of `POST …/chat/completions`. Also a body with `input` instead of `messages`, which Cursor sends.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function readChatRequest(body: JsonObject, settings: ReadSettings): Draft {
  const names = createNameMap();
  const { ignored, propagated } = readParams("chat", body, settings.unsupportedParams);
  const reasoning = readReasoning(body);
  const text = readText(body);
  const tools = readTools(body, { names, defaultStrict: false });
  refuseClientRun(tools);
  return {
    ...UNSAID,
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    clientInstructions: readInstructions(body),
    input: readMessages(body, names),
    tools,
    toolChoice: readChoice(body, names),
    parallelToolCalls: optionalBoolean(body, "parallel_tool_calls"),
    effort: reasoning.effort,
    summary: reasoning.summary ?? (settings.reasoningOutput === "none" ? undefined : "auto"),
    include: readInclude(body),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    sent: { text, service_tier: readServiceTier(body) },
    ignored: [...ignored, ...reasoning.ignored],
    propagated,
    memory: { ...UNSAID.memory, store: optionalBoolean(body, "store") },
    want: {
      ...UNSAID_WANT,
      includeUsage: readIncludeUsage(body),
      jsonFormat: isJsonFormat(text),
      stop: readStop(body["stop"]),
      maxOutputTokens: readMaxTokens(body, "max_completion_tokens", "max_tokens", "max_output_tokens"),
      names,
      legacyFunctions: usesFunctions(body),
      reasoningOutput: reasoning.hidden ? "none" : settings.reasoningOutput,
    },
  };
}

function readMessages(body: JsonObject, names: NameMap): Draft["input"] {
  const messages = optionalList(body, "messages");
  const input = body["input"] ?? undefined;
  if (messages === undefined || messages.length === 0) {
    if (input !== undefined) return readInput(input, names);
    if (messages === undefined) throw badField("messages", undefined, "an array of messages");
    throw new Problem("bad_request", '"messages" must have at least one message: found none', {
      param: "messages",
    });
  }
  if (input !== undefined) {
    throw new Problem("bad_request", '"input" and "messages" cannot both be given: send one of them', {
      param: "input",
    });
  }
  return toInputItems(messages, names);
}

/** Built-in tools whose calls the client carries out: Chat Completions has no form for such a call. */
const CLIENT_RUN: ReadonlySet<unknown> = new Set([
  ...["local_shell", "shell", "apply_patch", "computer", "computer_use_preview", "tool_search"],
]);

function refuseClientRun(tools: readonly JsonObject[] | undefined): void {
  const index = tools?.findIndex((tool) => CLIENT_RUN.has(tool["type"])) ?? -1;
  if (index === -1) return;
  const type = String(tools?.[index]?.["type"]);
  throw new Problem("unsupported_parameter", `Chat Completions has no form for the calls of "${type}"`, {
    param: `tools[${index}].type`,
    hint: "Use POST /responses for this tool",
  });
}
