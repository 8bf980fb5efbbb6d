import type { JsonObject } from "../../wire/json.ts";
import type { OutputItem } from "../../wire/responses.ts";

/** How items and parts of an answer are announced before their deltas, as the public API does it. */

/** What an item of this type holds before its deltas. */
export const EMPTY_BODIES: Readonly<Record<string, JsonObject>> = {
  message: { content: [] },
  reasoning: { summary: [] },
  function_call: { arguments: "" },
  custom_tool_call: { input: "" },
  image_generation_call: { result: null },
};

/** Items that can be announced from a delta alone. */
export const ANNOUNCED: Readonly<Record<string, OutputItem>> = {
  output_text: { type: "message", role: "assistant", content: [] },
  refusal: { type: "message", role: "assistant", content: [] },
  reasoning_summary: { type: "reasoning", summary: [] },
};

/** How a content part of text is announced. */
export const PARTS_OF_TEXT = {
  event: "response.content_part.added",
  key: "content_index",
  body: { type: "output_text", text: "", annotations: [], logprobs: [] },
} as const;

/** Parts that have to be announced before their deltas (clients.md#stream-checks). */
export const PARTS: Readonly<Record<string, { event: string; key: string; body: JsonObject }>> = {
  output_text: PARTS_OF_TEXT,
  refusal: { ...PARTS_OF_TEXT, body: { type: "refusal", refusal: "" } },
  reasoning_text: { ...PARTS_OF_TEXT, body: { type: "reasoning_text", text: "" } },
  reasoning_summary: {
    event: "response.reasoning_summary_part.added",
    key: "summary_index",
    body: { type: "summary_text", text: "" },
  },
};

/** The kind of part that an event belongs to: `output_text` for `response.output_text.delta`. */
export function partOf(type: string): string {
  const kind = type.split(".", 2)[1] ?? "";
  if (kind === "reasoning_summary_text" || kind === "reasoning_summary_part") return "reasoning_summary";
  return kind;
}
