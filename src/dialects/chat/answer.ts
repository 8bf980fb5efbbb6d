import { isRecord, type JsonObject, listAt, textAt } from "../../wire/json.ts";
import type { ResponsesObject } from "../../wire/responses.ts";
import type { Want } from "../../ask/draft.ts";
import { reasoningTexts } from "../../answer/reasoning_text.ts";
import { type ClientCall, readCallText, readClientCall } from "../../answer/client_call.ts";
import { readUsage } from "../../answer/usage.ts";
import { toChatAnnotation } from "./annotations.ts";
import type { ChatIdentity } from "./chunks.ts";
import { toFinishReason } from "./finish_reason.ts";
import { toChatPicture, toldInChat } from "./pictures.ts";
import { CLOSE_TAG, OPEN_TAG, planReasoning } from "./thinking.ts";
import { toChatUsage } from "./usage.ts";

/**
 * The `chat.completion` of an answer that was not streamed. Holds what folding the streamed chunks of the same
 * answer gives (tests/golden_test.ts compares them for every case), and every key that generated clients require
 * (clients.md#required-keys).
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function toChatCompletion(response: ResponsesObject, identity: ChatIdentity, want: Want): JsonObject {
  const plan = planReasoning(want.reasoningOutput, want.jsonFormat);
  let content = "";
  let refusal = "";
  const shown: string[] = [];
  const all: string[] = [];
  const calls: SaidCall[] = [];
  const annotations: JsonObject[] = [];
  const images: JsonObject[] = [];
  let visible = false;
  const prefix = () => (plan.inTags && shown.length > 0 ? OPEN_TAG + shown.join("\n\n") + CLOSE_TAG : "");
  for (const item of response.output) {
    if (item.type === "reasoning") {
      const parts = reasoningTexts(item);
      all.push(...parts);
      // In tag mode reasoning stands in front of the answer or nowhere.
      if (!visible) shown.push(...parts);
    } else if (item.type === "message") {
      for (const part of listAt(item, "content") ?? []) {
        if (!isRecord(part)) continue;
        const text = part["type"] === "output_text" ? textAt(part, "text") ?? "" : "";
        const said = part["type"] === "refusal" ? textAt(part, "refusal") ?? "" : "";
        visible ||= text !== "" || said !== "";
        const citations = listAt(part, "annotations") ?? [];
        const offset = citations.length === 0 ? 0 : [...prefix(), ...content].length;
        for (const entry of citations) {
          const annotation = toChatAnnotation(entry, offset);
          if (annotation === undefined) continue;
          visible = true;
          annotations.push(annotation);
        }
        content += text;
        refusal += said;
      }
    } else {
      const picture = toChatPicture(item, images.length);
      if (picture !== undefined) {
        visible = true;
        images.push(picture);
        continue;
      }
      const call = readClientCall(item);
      if (call === undefined) continue;
      visible = true;
      calls.push({ call, text: readCallText(item) ?? "" });
    }
  }
  if (!visible) content += toldInChat(response) ?? "";
  const whole = prefix() + content;
  const reasoning = all.join("\n\n");
  const legacyCall = want.legacyFunctions ? legacyCallOf(calls[0], want) : undefined;
  const called = calls.length === 0 ? "nothing" : want.legacyFunctions ? "function" : "tool";
  return {
    id: identity.id,
    object: "chat.completion",
    created: identity.created,
    model: identity.model,
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        // null where there is nothing but calls or a refusal; "" where the model said nothing (translation.md#t91).
        content: whole === "" && (called !== "nothing" || refusal !== "") ? null : whole,
        refusal: refusal === "" ? null : refusal,
        ...(plan.inField && reasoning !== "" ? { reasoning_content: reasoning } : {}),
        ...(annotations.length === 0 ? {} : { annotations }),
        ...(images.length === 0 ? {} : { images }),
        ...(legacyCall !== undefined
          ? { function_call: legacyCall }
          : calls.length === 0
          ? {}
          : { tool_calls: calls.map((call) => toToolCall(call, want)) }),
      },
      logprobs: null,
      finish_reason: toFinishReason(response["incomplete_details"], called),
    }],
    usage: toChatUsage(readUsage(response)),
  };
}

interface SaidCall {
  readonly call: ClientCall;
  /** JSON arguments, or the input of a custom tool */
  readonly text: string;
}

function toToolCall({ call, text }: SaidCall, want: Want): JsonObject {
  const id = want.names.restore(call.callId);
  const name = want.names.restore(call.name);
  return call.kind === "custom"
    ? { id, type: "custom", custom: { name, input: text } }
    : { id, type: "function", function: { name, arguments: text } };
}

/** The form before tools: it has room for the first call only. */
function legacyCallOf(said: SaidCall | undefined, want: Want): JsonObject | undefined {
  return said === undefined ? undefined : { name: want.names.restore(said.call.name), arguments: said.text };
}
