import { type JsonObject, textAt } from "../../wire/json.ts";
import type { StopReason } from "../../wire/anthropic.ts";
import { cutReason } from "../../answer/cut_reason.ts";

/** Why a message ended, and with which of the client's stop sequences. */
export interface MessageEnd {
  readonly stop_reason: StopReason;
  readonly stop_sequence: string | null;
}

/**
 * The end of a message. One that was cut says so, whatever it holds; then a stop sequence, a refusal and a call of
 * a client's tool win over plain text, in this order.
 *
 * @param response the final object; `stop_sequence` is the limiter's
 */
export function toMessageEnd(
  response: JsonObject,
  held: { readonly calls: boolean; readonly refusal: boolean; readonly compaction: boolean },
): MessageEnd {
  const cut = cutReason(response["incomplete_details"]);
  if (cut !== undefined) {
    return { stop_reason: cut === "length" ? "max_tokens" : "refusal", stop_sequence: null };
  }
  const sequence = textAt(response, "stop_sequence");
  if (sequence !== undefined) return { stop_reason: "stop_sequence", stop_sequence: sequence };
  if (held.compaction) return { stop_reason: "compaction", stop_sequence: null };
  const reason = held.refusal ? "refusal" : held.calls ? "tool_use" : "end_turn";
  return { stop_reason: reason, stop_sequence: null };
}
