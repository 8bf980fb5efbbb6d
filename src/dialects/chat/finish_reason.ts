import { cutReason } from "../../answer/cut_reason.ts";

/**
 * The `finish_reason` of a choice.
 *
 * An answer that was cut says so, whatever it holds; otherwise a call to a client's tool wins over text.
 *
 * @param incompleteDetails `incomplete_details` of the response, when its status is incomplete
 * @param called what the model called: nothing, a tool, or a function in the form before tools
 */
export function toFinishReason(incompleteDetails: unknown, called: "nothing" | "tool" | "function"): string {
  const cut = cutReason(incompleteDetails);
  if (cut !== undefined) return cut;
  if (called === "nothing") return "stop";
  return called === "tool" ? "tool_calls" : "function_call";
}
