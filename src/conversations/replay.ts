import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";

/**
 * The events of a stored response, as a stream would have brought them: each text as one delta. For clients that
 * retrieve a response with `stream=true`.
 *
 * @returns events with `sequence_number` from 0
 * @see https://platform.openai.com/docs/api-reference/responses/get
 */
export function replayEvents(response: JsonObject): JsonObject[] {
  const begun = {
    ...response,
    status: "in_progress",
    completed_at: null,
    error: null,
    incomplete_details: null,
    output: [],
    usage: null,
  };
  const items = (listAt(response, "output") ?? []).filter(isRecord);
  const status = textAt(response, "status") ?? "completed";
  const events: JsonObject[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...items.flatMap(itemEvents),
  ];
  if (ENDED.has(status)) events.push({ type: `response.${status}`, response });
  return events.map(({ type, ...event }, index) => ({ type, sequence_number: index, ...event }));
}

const ENDED: ReadonlySet<string> = new Set(["completed", "incomplete", "failed"]);

function itemEvents(item: JsonObject, index: number): JsonObject[] {
  const place = { item_id: item["id"] ?? "", output_index: index };
  return [
    { type: "response.output_item.added", output_index: index, item: emptied(item) },
    ...contentEvents(item, place),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

function contentEvents(item: JsonObject, place: JsonObject): JsonObject[] {
  switch (item["type"]) {
    case "message":
      return (listAt(item, "content") ?? []).filter(isRecord).flatMap((part, index) =>
        partEvents(part, place, index)
      );
    case "reasoning":
      return (listAt(item, "summary") ?? []).filter(isRecord).flatMap((part, index) =>
        summaryEvents(part, place, index)
      );
    case "function_call":
      return [
        { type: "response.function_call_arguments.delta", ...place, delta: item["arguments"] ?? "" },
        {
          type: "response.function_call_arguments.done",
          ...place,
          name: item["name"] ?? "",
          arguments: item["arguments"] ?? "",
        },
      ];
    case "custom_tool_call":
      return [
        { type: "response.custom_tool_call_input.delta", ...place, delta: item["input"] ?? "" },
        { type: "response.custom_tool_call_input.done", ...place, input: item["input"] ?? "" },
      ];
    default:
      return [];
  }
}

function partEvents(part: JsonObject, place: JsonObject, index: number): JsonObject[] {
  const at = { ...place, content_index: index };
  const refused = part["type"] === "refusal";
  const key = refused ? "refusal" : "text";
  const name = refused ? "refusal" : "output_text";
  const text = textAt(part, key) ?? "";
  return [
    {
      type: "response.content_part.added",
      ...at,
      part: refused ? { ...part, refusal: "" } : { ...part, text: "" },
    },
    { type: `response.${name}.delta`, ...at, delta: text, ...(refused ? {} : { logprobs: [] }) },
    { type: `response.${name}.done`, ...at, [key]: text, ...(refused ? {} : { logprobs: [] }) },
    { type: "response.content_part.done", ...at, part },
  ];
}

function summaryEvents(part: JsonObject, place: JsonObject, index: number): JsonObject[] {
  const at = { ...place, summary_index: index };
  const text = textAt(part, "text") ?? "";
  return [
    { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } },
    { type: "response.reasoning_summary_text.delta", ...at, delta: text },
    { type: "response.reasoning_summary_text.done", ...at, text },
    { type: "response.reasoning_summary_part.done", ...at, part },
  ];
}

/** What an item holds before its first delta. */
function emptied(item: JsonObject): JsonObject {
  const status = item["status"] === undefined ? {} : { status: "in_progress" };
  switch (item["type"]) {
    case "message":
      return { ...item, ...status, content: [] };
    case "reasoning":
      return { ...item, ...status, summary: [] };
    case "function_call":
      return { ...item, ...status, arguments: "" };
    case "custom_tool_call":
      return { ...item, ...status, input: "" };
    default:
      return item;
  }
}
