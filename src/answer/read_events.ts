import type { Problem } from "../problem.ts";
import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import { eventType, PUBLIC_EVENTS, readEvent, type ResponsesEvent } from "../wire/responses_events.ts";
import { type ClientCall, readCallText, readClientCall } from "./client_call.ts";
import { isFailed, toStreamProblem } from "./failure.ts";
import type { AnswerSteps } from "./steps.ts";
import { createTextTeller, type TextTeller } from "./tell_texts.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "./unreadable.ts";

/** Reads an answer, one event after the other. Pure: the same events give the same steps however the bytes were cut. */
export interface EventsReader {
  /**
   * Text for one event, given as its JSON text; "" for none.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   */
  event(data: string, name?: string): string;
  /** Text that ends the answer with an error. "" when it is over already. */
  fail(problem: Problem): string;
  /** True once more than the opening of the answer was seen: from then on a failure belongs into the stream. */
  readonly hasBegun: boolean;
}

/** What a reader of events needs besides the steps. */
export interface ReadOptions extends EventHooks {
  /** the time, for limits that say when they reset */
  readonly nowMs: () => number;
}

/**
 * The events that an answer is told from. Everything else is passed over without parsing: progress of hosted tools,
 * frames of parts, and what this program has never heard of.
 */
const EVENTS = [
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.output_text.delta",
  "response.output_text.done",
  "response.refusal.delta",
  "response.refusal.done",
  "response.reasoning_summary_text.delta",
  "response.reasoning_summary_text.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
  "response.custom_tool_call_input.delta",
  "response.custom_tool_call_input.done",
  "response.output_text.annotation.added",
  "response.output_item.added",
  "response.output_item.done",
  "response.completed",
  // Accepted as an end by other clients of this backend (backend.md#response-done).
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
] as const;

type EventType = typeof EVENTS[number];
const READ: ReadonlySet<string> = new Set(EVENTS);

/** Events that neither begin nor end the content of an answer well. */
const NOT_CONTENT: ReadonlySet<string> = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.failed",
  "error",
]);

/** Every text delta of the backend begins so; the fast path is for these. */
const TEXT_DELTA = '{"type":"response.output_text.delta",';

/**
 * Reads the events of an answer into steps: the only place that knows the backend's events.
 *
 * Once the answer is over (`isOver`), nothing is read any more.
 */
export function createEventsReader(
  steps: AnswerSteps,
  isOver: () => boolean,
  { nowMs, onUnknownEvent, onUnreadableEvent }: ReadOptions,
): EventsReader {
  const { token } = steps;
  const texts = createTextTeller(steps, open, isOver);
  /** output indexes of calls that have started */
  const started = new Set<number>();
  /** output indexes and ids of items that are complete */
  const finished = new Set<number | string>();
  let opened = false;
  let begun = false;

  function open(response: JsonObject = {}): string {
    if (opened) return "";
    opened = true;
    return steps.opened(response);
  }

  /** A delta of the model's output, counted first: it may be one too many. */
  function counted(delta: string, write: () => string): string {
    if (token === undefined || delta === "") return write();
    const end = token();
    return isOver() ? end : end + write();
  }

  function startCall(outputIndex: number, call: ClientCall): string {
    if (started.has(outputIndex)) return "";
    started.add(outputIndex);
    return open() + steps.callStarted(outputIndex, call);
  }

  /** What an item holds that was not told yet. */
  function itemRest(outputIndex: number, item: JsonObject): string {
    if (item["type"] === "message") return messageRest(texts, outputIndex, item);
    if (item["type"] === "reasoning") return reasoningRest(texts, outputIndex, item);
    const call = readClientCall(item);
    if (call === undefined) return "";
    return startCall(outputIndex, call) + texts.callRest(call.kind, outputIndex, readCallText(item));
  }

  function itemAdded(outputIndex: number, item: JsonObject): string {
    if (finished.has(outputIndex)) return "";
    // Without its call id a call waits for its end: an item id must not go out in its place.
    const call = item["call_id"] === undefined ? undefined : readClientCall(item);
    const before = open() + steps.announced(outputIndex, item);
    return call === undefined ? before : before + startCall(outputIndex, call);
  }

  function itemDone(outputIndex: number, item: JsonObject): string {
    if (finished.has(outputIndex)) return "";
    finished.add(outputIndex);
    const id = textAt(item, "id");
    if (id !== undefined) finished.add(id);
    const rest = itemRest(outputIndex, item);
    // The rest may have held the text at which the answer is cut.
    return isOver() ? rest : rest + open() + steps.itemDone(outputIndex, item);
  }

  function finish(response: JsonObject): string {
    let text = open();
    // Items that only the final object has. Those that came before add nothing.
    for (const [index, item] of (listAt(response, "output") ?? []).entries()) {
      if (isOver()) return text;
      if (isRecord(item) && !finished.has(textAt(item, "id") ?? index)) text += itemDone(index, item);
    }
    if (isOver()) return text;
    const id = textAt(response, "id") ?? "";
    const status = textAt(response, "status") ?? "completed";
    return text + steps.finished({ ...response, id, status, output: [] });
  }

  function read(name: EventType, event: ResponsesEvent): string {
    const outputIndex = numberAt(event, "output_index") ?? 0;
    const delta = textAt(event, "delta") ?? "";
    begun ||= !NOT_CONTENT.has(name);
    switch (name) {
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return open(recordAt(event, "response"));
      case "response.output_text.delta":
        return counted(delta, () => texts.piece(texts.partOf("text", event), delta));
      case "response.output_text.done":
        return texts.rest(texts.partOf("text", event), textAt(event, "text"));
      case "response.refusal.delta":
        return counted(delta, () => texts.piece(texts.partOf("refusal", event), delta));
      case "response.refusal.done":
        return texts.rest(texts.partOf("refusal", event), textAt(event, "refusal"));
      case "response.reasoning_summary_text.delta":
        return texts.piece(texts.partOf("reasoning", event), delta);
      case "response.reasoning_summary_text.done":
        return texts.rest(texts.partOf("reasoning", event), textAt(event, "text"));
      case "response.function_call_arguments.delta":
        return counted(delta, () => texts.callPiece("function", outputIndex, delta));
      case "response.function_call_arguments.done":
        return texts.callRest("function", outputIndex, textAt(event, "arguments"));
      case "response.custom_tool_call_input.delta":
        return counted(delta, () => texts.callPiece("custom", outputIndex, delta));
      case "response.custom_tool_call_input.done":
        return texts.callRest("custom", outputIndex, textAt(event, "input"));
      case "response.output_text.annotation.added":
        return texts.annotations(texts.partOf("text", event), numberAt(event, "annotation_index") ?? 0, [
          event["annotation"],
        ]);
      case "response.output_item.added":
        return itemAdded(outputIndex, recordAt(event, "item") ?? {});
      case "response.output_item.done":
        return itemDone(outputIndex, recordAt(event, "item") ?? {});
      case "response.completed":
      case "response.done":
      case "response.incomplete": {
        const response = recordAt(event, "response") ?? {};
        return isFailed(response) ? fail(toStreamProblem(event, nowMs())) : finish(response);
      }
      case "response.failed":
      case "error":
        return fail(toStreamProblem(event, nowMs()));
      default:
        name satisfies never;
        return "";
    }
  }

  function fail(problem: Problem): string {
    return isOver() ? "" : steps.failed(problem);
  }

  function unreadable(data: string, name: string): string {
    const event = judgeUnreadable(data, name);
    onUnreadableEvent?.(event);
    return event.problem === undefined ? "" : fail(event.problem);
  }

  return {
    event(data, name = "") {
      if (isOver()) return "";
      if (data.startsWith(TEXT_DELTA)) {
        const text = texts.delta(data);
        if (text !== undefined) return text;
      }
      const type = eventType(data);
      if (type === "" || !seemsWhole(data)) return unreadable(data, name);
      if (!isRead(type)) {
        if (!PUBLIC_EVENTS.has(type)) onUnknownEvent?.(type, data);
        return "";
      }
      const event = readEvent(data);
      return event === undefined ? unreadable(data, name) : read(type, event);
    },
    fail,
    get hasBegun() {
      return begun;
    },
  };
}

function messageRest(texts: TextTeller, outputIndex: number, item: JsonObject): string {
  return (listAt(item, "content") ?? []).map((value, index) => {
    if (!isRecord(value)) return "";
    if (value["type"] === "refusal") {
      return texts.rest(texts.partAt("refusal", outputIndex, index), textAt(value, "refusal"));
    }
    if (value["type"] !== "output_text") return "";
    const at = texts.partAt("text", outputIndex, index);
    return texts.rest(at, textAt(value, "text")) +
      texts.annotations(at, 0, listAt(value, "annotations") ?? []);
  }).join("");
}

function reasoningRest(texts: TextTeller, outputIndex: number, item: JsonObject): string {
  const summary = listAt(item, "summary") ?? [];
  // Raw reasoning is shown only where there is no summary of it.
  const shown = summary.length > 0 ? summary : listAt(item, "content") ?? [];
  return shown.map((value, index) =>
    isRecord(value) ? texts.rest(texts.partAt("reasoning", outputIndex, index), textAt(value, "text")) : ""
  ).join("");
}

function isRead(type: string): type is EventType {
  return READ.has(type);
}
