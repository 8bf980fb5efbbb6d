import type { Problem } from "../problem.ts";
import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import {
  deltaLiteral,
  eventType,
  numberIn,
  PUBLIC_EVENTS,
  readEvent,
  type ResponsesEvent,
} from "../wire/responses_events.ts";
import { type ClientCall, readCallText, readClientCall } from "./client_call.ts";
import { isFailed, toStreamProblem } from "./failure.ts";
import type { AnswerSteps, Place } from "./steps.ts";
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

/** What a reader of events needs beside the steps. */
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
  // Accepted as an end by other clients of this backend (upstream.md 14.18).
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

/** A part of an item, with how much of it was told. */
interface Part extends Place {
  readonly kind: "text" | "refusal" | "reasoning";
  /** characters */
  told: number;
  annotations: number;
}

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
  const parts = new Map<string, Part>();
  /** the text part that was told last: most deltas come in a row */
  let last: Part | undefined;
  /** calls that have started, and how many characters of each were told, by output index */
  const started = new Set<number>();
  const toldOfCalls = new Map<number, number>();
  /** output indexes and ids of items that are complete */
  const finished = new Set<number | string>();
  let opened = false;
  let begun = false;

  function open(response: JsonObject = {}): string {
    if (opened) return "";
    opened = true;
    return steps.opened(response);
  }

  function partAt(kind: Part["kind"], event: JsonObject): Part {
    const outputIndex = numberAt(event, "output_index") ?? 0;
    const partIndex = numberAt(event, "content_index") ?? numberAt(event, "summary_index") ?? 0;
    return part(kind, outputIndex, partIndex, textAt(event, "item_id"));
  }

  function part(kind: Part["kind"], outputIndex: number, partIndex: number, itemId?: string): Part {
    const key = `${kind} ${outputIndex} ${partIndex}`;
    let found = parts.get(key);
    if (found === undefined) {
      found = { kind, outputIndex, partIndex, itemId, told: 0, annotations: 0 };
      parts.set(key, found);
    }
    return found;
  }

  function tell(at: Part, piece: string): string {
    if (piece === "") return "";
    at.told += piece.length;
    if (at.kind === "text") last = at;
    return open() + steps[at.kind](at, JSON.stringify(piece));
  }

  /** A delta of the model's output, counted first: it may be one too many. */
  function counted(delta: string, write: () => string): string {
    if (token === undefined || delta === "") return write();
    const end = token();
    return isOver() ? end : end + write();
  }

  /** What of the whole was not told yet. */
  function tellRest(at: Part, whole: string | undefined): string {
    return whole === undefined ? "" : tell(at, whole.slice(at.told));
  }

  /** The frequent case, without parsing: the text goes on as the literal it arrived as. */
  function textDelta(data: string): string | undefined {
    const literal = deltaLiteral(data);
    if (literal === undefined) return undefined;
    const outputIndex = numberIn(data, '"output_index":') ?? 0;
    const partIndex = numberIn(data, '"content_index":') ?? 0;
    if (last === undefined || last.outputIndex !== outputIndex || last.partIndex !== partIndex) {
      // The first delta of a part is parsed: it may name its item.
      return undefined;
    }
    if (literal === '""') return "";
    const end = token === undefined ? "" : token();
    if (isOver()) return end;
    last.told += literal.length - 2;
    return end === "" ? steps.text(last, literal) : end + steps.text(last, literal);
  }

  function annotations(at: Part, from: number, list: readonly unknown[]): string {
    const fresh = list.slice(Math.max(0, at.annotations - from));
    at.annotations = Math.max(at.annotations, from + list.length);
    return fresh.map((entry) => open() + steps.annotation(at, entry)).join("");
  }

  function startCall(outputIndex: number, call: ClientCall): string {
    if (started.has(outputIndex)) return "";
    started.add(outputIndex);
    return open() + steps.callStarted(outputIndex, call);
  }

  function callPiece(kind: ClientCall["kind"], outputIndex: number, piece: string): string {
    if (piece === "") return "";
    toldOfCalls.set(outputIndex, (toldOfCalls.get(outputIndex) ?? 0) + piece.length);
    return steps.callPiece(outputIndex, kind, JSON.stringify(piece));
  }

  function callRest(kind: ClientCall["kind"], outputIndex: number, whole: string | undefined): string {
    return whole === undefined
      ? ""
      : callPiece(kind, outputIndex, whole.slice(toldOfCalls.get(outputIndex) ?? 0));
  }

  function messageRest(outputIndex: number, item: JsonObject): string {
    return (listAt(item, "content") ?? []).map((value, index) => {
      if (!isRecord(value)) return "";
      if (value["type"] === "refusal") {
        return tellRest(part("refusal", outputIndex, index), textAt(value, "refusal"));
      }
      if (value["type"] !== "output_text") return "";
      const at = part("text", outputIndex, index);
      return tellRest(at, textAt(value, "text")) + annotations(at, 0, listAt(value, "annotations") ?? []);
    }).join("");
  }

  function reasoningRest(outputIndex: number, item: JsonObject): string {
    const summary = listAt(item, "summary") ?? [];
    // Raw reasoning is shown only where there is no summary of it.
    const texts = summary.length > 0 ? summary : listAt(item, "content") ?? [];
    return texts.map((value, index) =>
      isRecord(value) ? tellRest(part("reasoning", outputIndex, index), textAt(value, "text")) : ""
    ).join("");
  }

  /** What an item holds that was not told yet. */
  function itemRest(outputIndex: number, item: JsonObject): string {
    if (item["type"] === "message") return messageRest(outputIndex, item);
    if (item["type"] === "reasoning") return reasoningRest(outputIndex, item);
    const call = readClientCall(item);
    if (call === undefined) return "";
    return startCall(outputIndex, call) + callRest(call.kind, outputIndex, readCallText(item));
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
        return counted(delta, () => tell(partAt("text", event), delta));
      case "response.output_text.done":
        return tellRest(partAt("text", event), textAt(event, "text"));
      case "response.refusal.delta":
        return counted(delta, () => tell(partAt("refusal", event), delta));
      case "response.refusal.done":
        return tellRest(partAt("refusal", event), textAt(event, "refusal"));
      case "response.reasoning_summary_text.delta":
        return tell(partAt("reasoning", event), delta);
      case "response.reasoning_summary_text.done":
        return tellRest(partAt("reasoning", event), textAt(event, "text"));
      case "response.function_call_arguments.delta":
        return counted(delta, () => callPiece("function", outputIndex, delta));
      case "response.function_call_arguments.done":
        return callRest("function", outputIndex, textAt(event, "arguments"));
      case "response.custom_tool_call_input.delta":
        return counted(delta, () => callPiece("custom", outputIndex, delta));
      case "response.custom_tool_call_input.done":
        return callRest("custom", outputIndex, textAt(event, "input"));
      case "response.output_text.annotation.added":
        return annotations(partAt("text", event), numberAt(event, "annotation_index") ?? 0, [
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
        const text = textDelta(data);
        if (text !== undefined) return text;
      }
      const type = eventType(data);
      if (type === "" || !seemsWhole(data)) return unreadable(data, name);
      if (!isRead(type)) {
        if (!PUBLIC_EVENTS.has(type)) onUnknownEvent?.(type);
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

function isRead(type: string): type is EventType {
  return READ.has(type);
}
