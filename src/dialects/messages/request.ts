import { isRecord, type JsonObject } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { Problem } from "../../problem.ts";
import { type Draft, type ReadSettings, UNSAID, UNSAID_WANT } from "../../ask/draft.ts";
import { agreed } from "../../ask/agreed.ts";
import { conversationKey } from "../../ask/cache_key.ts";
import { countInput } from "../../ask/count_input.ts";
import { editContext } from "../../ask/edit_context.ts";
import {
  badField,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
} from "../../ask/fields.ts";
import { createNameMap, type NameMap } from "../../ask/names.ts";
import { isJsonFormat, readText } from "../../ask/options.ts";
import { withoutNullKeywords } from "../../ask/schema_nulls.ts";
import { completeStrictFormat } from "../../ask/strict_schema.ts";
import { readStop, readStopTexts } from "../../ask/stop.ts";
import { readCompactionWish } from "./compaction.ts";
import { readEdits } from "./context_edits.ts";
import { sessionOfMetadata } from "./conversation_name.ts";
import { readSystem, toInputItems } from "./content.ts";
import { isCompaction } from "./server_blocks.ts";
import { readParams } from "../read_params.ts";
import { readThinking } from "./thinking.ts";
import { changedTools } from "./tool_changes.ts";
import { fitsStrict, readMessageTools } from "./tools.ts";
import { nestedWishes } from "./wishes.ts";

/**
 * Reads the body of `POST …/messages`, also that of `…/messages/count_tokens`.
 *
 * `max_tokens`, which Anthropic requires, may be left out: the backend needs no limit.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function readMessagesRequest(body: JsonObject, settings: ReadSettings): Draft {
  const names = createNameMap();
  const { ignored, propagated } = readParams("messages", body, settings.unsupportedParams);
  const { tools, toolChoice, parallelToolCalls, searches, ignored: ignoredOfTools } = readMessageTools(
    body,
    changedTools(body),
    names,
  );
  const thinking = readThinking(body);
  const shows = thinking.blocks && settings.reasoningOutput !== "none";
  const text = readFormats(body);
  const session = sessionOfMetadata(body["metadata"]);
  const clientInstructions = readSystem(body["system"]);
  const input = readMessages(body, names, settings.onlyCounts === true);
  const { edits, ...editsWish } = readEdits(body, names);
  const request = { instructions: clientInstructions, input, tools, earlier: 0 };
  const compaction = readCompactionWish(
    body,
    { edits, ...editsWish },
    () => countInput({ ...request, ...editContext(request, edits ?? []) }),
  );
  const compacts = compaction.compacts === "alone";
  return {
    ...UNSAID,
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    clientInstructions,
    input: compacts ? [...input, ...compaction.request] : input,
    edits,
    compactsFirst: compaction.compacts === "first" ? compaction.request : undefined,
    tools,
    toolChoice,
    parallelToolCalls,
    effort: thinking.effort,
    summary: shows && thinking.text ? "auto" : undefined,
    include: searches ? ["web_search_call.action.sources"] : [],
    promptCacheKey: optionalText(body, "prompt_cache_key") ??
      (session === undefined ? undefined : conversationKey(session)),
    sent: { text, service_tier: body["speed"] === "fast" ? "priority" : undefined },
    ignored: [
      ...ignored,
      ...ignoredOfTools,
      ...thinking.ignored,
      ...nestedWishes(body),
      ...editsWish.ignored,
      ...compaction.ignored,
    ],
    propagated,
    // What was compacted stays as it was remembered: the client goes on with the block, or without it.
    memory: compacts ? { ...UNSAID.memory, store: false } : UNSAID.memory,
    want: {
      ...UNSAID_WANT,
      jsonFormat: isJsonFormat(text),
      stop: [...readStopTexts(body["stop_sequences"], "stop_sequences"), ...readStop(body["stop"])],
      maxOutputTokens: agreed([
        // 0 asks for an answer without content: it only warms the cache.
        ["max_tokens", optionalInteger(body, "max_tokens", 0)],
        ["max_completion_tokens", optionalInteger(body, "max_completion_tokens", 1)],
        ["max_output_tokens", optionalInteger(body, "max_output_tokens", 1)],
      ]),
      names,
      objectArguments: true,
      compacts,
      reasoningOutput: shows && !compacts ? "field" : "none",
    },
  };
}

/** The conversation. It cannot end with the assistant: the backend answers with a new message, it continues none. */
function readMessages(body: JsonObject, names: NameMap, onlyCounts: boolean): InputItem[] {
  const messages = optionalList(body, "messages");
  if (messages === undefined) throw badField("messages", undefined, "an array of messages");
  const last = messages.at(-1);
  if (last === undefined) {
    throw new Problem("bad_request", '"messages" must have at least one message: found none', {
      param: "messages",
    });
  }
  if (!onlyCounts && isRecord(last) && last["role"] === "assistant" && !endsCompacted(last["content"])) {
    throw new Problem(
      "bad_request",
      '"messages" must end with a message of the user: the backend cannot continue one of the assistant',
      { param: `messages[${messages.length - 1}].role` },
    );
  }
  return toInputItems(messages, names);
}

/** A conversation that was compacted while the assistant was at work goes on from there. */
function endsCompacted(content: unknown): boolean {
  return Array.isArray(content) && isCompaction(content.at(-1));
}

/** The format of the answer in the words of `text`, by whichever of its names; several have to agree. */
function readFormats(body: JsonObject): JsonObject | undefined {
  const config = optionalRecord(body, "output_config") ?? {};
  const text = readText(body);
  const format = agreed<unknown>([
    ["output_config.format", readFormat(config, "format", "output_config.format")],
    ["output_format", readFormat(body, "output_format", "output_format")],
    ["response_format", text?.["format"]],
  ]);
  return format === undefined ? text : { ...text, format };
}

/** A format in Anthropic's words. */
function readFormat(holder: JsonObject, key: string, param: string): JsonObject | undefined {
  const format = optionalRecord(holder, key, param);
  if (format === undefined) return undefined;
  const { type } = format;
  const schema = isRecord(format["schema"]) ? withoutNullKeywords(format["schema"]) : format["schema"];
  if (type !== "json_schema") throw badField(`${param}.type`, type, '"json_schema"');
  if (!isRecord(schema)) throw badField(`${param}.schema`, schema, "a JSON schema object");
  const read = { type, name: "response", schema, strict: fitsStrict(schema) };
  return completeStrictFormat(read, `${param}.schema`);
}
