import { type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import type { ResponsesEvent } from "../wire/responses_events.ts";

/** Items of an answer while they are being cut (limiter.ts): what is known of them, and the events that end them. */

/** One text or refusal of a message. */
export interface OpenPart {
  readonly kind: "text" | "refusal";
  /** what was let through */
  text: string;
  /** what may be the beginning of a stop text */
  held: string;
  readonly annotations: unknown[];
}

/** An item that is not done, as far as it was let through. */
export interface OpenItem {
  readonly outputIndex: number;
  readonly itemId: string | undefined;
  /** as `added` had it */
  item: JsonObject | undefined;
  readonly parts: Map<number, OpenPart>;
  /** arguments or input of a call, as far as they came */
  piece: string;
}

/** A text as the end of its part or message tells it. */
export interface WholeText {
  readonly contentIndex: number;
  readonly kind: OpenPart["kind"];
  readonly whole: string;
}

/** The whole texts that the end of a part or of a message tells. */
export function wholeTexts(event: ResponsesEvent): WholeText[] {
  const contentIndex = numberAt(event, "content_index") ?? 0;
  if (event.type === "response.output_text.done") {
    return [{ contentIndex, kind: "text", whole: textAt(event, "text") ?? "" }];
  }
  if (event.type === "response.refusal.done") {
    return [{ contentIndex, kind: "refusal", whole: textAt(event, "refusal") ?? "" }];
  }
  const item = recordAt(event, "item");
  if (event.type !== "response.output_item.done" || item?.["type"] !== "message") return [];
  return (listAt(item, "content") ?? []).flatMap((part, index): WholeText[] => {
    const record = recordAt({ part }, "part");
    return record?.["type"] === "output_text"
      ? [{ contentIndex: index, kind: "text", whole: textAt(record, "text") ?? "" }]
      : [];
  });
}
function placeOf(item: OpenItem, contentIndex: number): JsonObject {
  const id = item.itemId ?? textAt(item.item ?? {}, "id");
  return {
    ...(id === undefined ? {} : { item_id: id }),
    output_index: item.outputIndex,
    content_index: contentIndex,
  };
}

/** A delta of this part, without its text. */
export function deltaEvent(item: OpenItem, contentIndex: number, kind: OpenPart["kind"]): ResponsesEvent {
  const type = kind === "refusal" ? "response.refusal.delta" : "response.output_text.delta";
  return { type, ...placeOf(item, contentIndex) };
}

function partJson(part: OpenPart): JsonObject {
  return part.kind === "text"
    ? { type: "output_text", annotations: part.annotations, logprobs: [], text: part.text }
    : { type: "refusal", refusal: part.text };
}

/** The events that end an item where it was cut. */
export function closingEvents(open: OpenItem, status: string): JsonObject[] {
  const parts = [...open.parts].sort(([a], [b]) => a - b);
  const type = open.item?.["type"] ?? (parts.length > 0 ? "message" : undefined);
  // Reasoning and hosted calls are finished from their own events; of a call that was never named nothing can be said.
  if (type !== "message" && type !== "function_call" && type !== "custom_tool_call") return [];
  const item = { ...open.item ?? { id: open.itemId, type, role: "assistant" } };
  const partEnds = parts.flatMap(([index, part]): JsonObject[] => [
    part.kind === "text"
      ? { type: "response.output_text.done", ...placeOf(open, index), text: part.text, logprobs: [] }
      : { type: "response.refusal.done", ...placeOf(open, index), refusal: part.text },
    { type: "response.content_part.done", ...placeOf(open, index), part: partJson(part) },
  ]);
  const body = type === "message"
    ? { content: parts.map(([, part]) => partJson(part)) }
    : type === "function_call"
    ? { arguments: open.piece }
    : { input: open.piece };
  const done = { ...item, ...body, status };
  return [...partEnds, { type: "response.output_item.done", output_index: open.outputIndex, item: done }];
}
