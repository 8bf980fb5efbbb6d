import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import type { OutputItem, ResponsesObject } from "../wire/responses.ts";
import {
  eventType,
  PUBLIC_EVENTS,
  readEvent,
  type ResponsesEvent,
  TOLD_EVENTS,
} from "../wire/responses_events.ts";
import type { Problem } from "../problem.ts";
import type { AnswerFacts, EventWriter } from "./event_writer.ts";
import { type ClientCall, readCallText, readClientCall } from "./client_call.ts";
import { isFailed, toStreamProblem } from "./failure.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "./unreadable.ts";
import { readUsage } from "./usage.ts";

/**
 * What happens in an answer, told once each and without gaps; every step gives the text to send for it.
 *
 * Text, refusals, reasoning and arguments arrive as pieces that together are the whole, also where the backend sends
 * them in no delta, or not whole (translation.md 58, 90). A call is told when its name is known (60).
 */
export interface AnswerSteps {
  /** First, unless the answer fails at once. */
  opened(): string;
  /** An item has begun; what it holds comes later, or never. */
  announced(outputIndex: number, item: JsonObject): string;
  text(outputIndex: number, piece: string): string;
  refusal(outputIndex: number, piece: string): string;
  /** @param partIndex of the summary: its parts are paragraphs of their own */
  reasoning(outputIndex: number, partIndex: number, piece: string): string;
  callStarted(outputIndex: number, call: ClientCall): string;
  callPiece(outputIndex: number, piece: string): string;
  annotation(outputIndex: number, annotation: unknown): string;
  /** The item is complete, of whatever type it is. */
  itemDone(outputIndex: number, item: JsonObject): string;
  /** The answer ended well; items that had no end of their own end here. */
  finished(response: ResponsesObject): string;
  /** The answer ended with an error. */
  failed(problem: Problem): string;
}

/**
 * Reads the events of an answer into steps.
 *
 * @param nowMs the time, for limits that say when they reset
 */
export function createAnswerReader(
  steps: AnswerSteps,
  nowMs: () => number,
  hooks: EventHooks = {},
): EventWriter {
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  /** characters that were told, by kind and place */
  const told = new Map<string, number>();
  const calls = new Map<number, { call: ClientCall | undefined; held: string }>();
  /** output indexes and ids of items that are complete */
  const finished = new Set<number | string>();
  const output: [outputIndex: number, item: OutputItem][] = [];
  let opened = false;
  let begun = false;
  let over = false;

  function open(): string {
    if (opened) return "";
    opened = true;
    return steps.opened();
  }

  function tell(kind: "text" | "refusal" | "reasoning", at: Place, piece: string): string {
    if (piece === "") return "";
    const key = `${kind} ${at.outputIndex} ${at.partIndex}`;
    told.set(key, (told.get(key) ?? 0) + piece.length);
    const before = open();
    return before +
      (kind === "reasoning"
        ? steps.reasoning(at.outputIndex, at.partIndex, piece)
        : steps[kind](at.outputIndex, piece));
  }

  /** What of the whole was not told yet. */
  function tellRest(kind: "text" | "refusal" | "reasoning", at: Place, whole: string | undefined): string {
    const before = told.get(`${kind} ${at.outputIndex} ${at.partIndex}`) ?? 0;
    return whole === undefined ? "" : tell(kind, at, whole.slice(before));
  }

  function tellAnnotations(at: Place, from: number, list: readonly unknown[]): string {
    const key = `annotation ${at.outputIndex} ${at.partIndex}`;
    const known = told.get(key) ?? 0;
    told.set(key, Math.max(known, from + list.length));
    const fresh = list.slice(Math.max(0, known - from));
    return fresh.map((entry) => open() + steps.annotation(at.outputIndex, entry)).join("");
  }

  function callAt(outputIndex: number): { call: ClientCall | undefined; held: string } {
    let entry = calls.get(outputIndex);
    if (entry === undefined) {
      entry = { call: undefined, held: "" };
      calls.set(outputIndex, entry);
    }
    return entry;
  }

  function startCall(outputIndex: number, call: ClientCall): string {
    const entry = callAt(outputIndex);
    if (entry.call !== undefined) return "";
    entry.call = call;
    const held = entry.held;
    entry.held = "";
    return open() + steps.callStarted(outputIndex, call) +
      (held === "" ? "" : steps.callPiece(outputIndex, held));
  }

  /** Pieces of a call that has no name yet wait for it: the first fragment of a call has to carry it. */
  function callPiece(outputIndex: number, piece: string): string {
    if (piece === "") return "";
    const entry = callAt(outputIndex);
    const key = `call ${outputIndex}`;
    told.set(key, (told.get(key) ?? 0) + piece.length);
    if (entry.call !== undefined) return steps.callPiece(outputIndex, piece);
    entry.held += piece;
    return "";
  }

  function callRest(outputIndex: number, whole: string | undefined): string {
    return whole === undefined
      ? ""
      : callPiece(outputIndex, whole.slice(told.get(`call ${outputIndex}`) ?? 0));
  }

  function restOfItem(outputIndex: number, item: JsonObject): string {
    if (item["type"] === "message") {
      return (listAt(item, "content") ?? []).map((part, partIndex) => {
        if (!isRecord(part)) return "";
        const at = { outputIndex, partIndex };
        return part["type"] === "refusal"
          ? tellRest("refusal", at, textAt(part, "refusal"))
          : tellRest("text", at, textAt(part, "text")) +
            tellAnnotations(at, 0, listAt(part, "annotations") ?? []);
      }).join("");
    }
    if (item["type"] === "reasoning") {
      const summary = listAt(item, "summary") ?? [];
      // Raw reasoning is shown only where there is no summary of it.
      const parts = summary.length > 0 ? summary : listAt(item, "content") ?? [];
      return parts.map((part, partIndex) =>
        isRecord(part) ? tellRest("reasoning", { outputIndex, partIndex }, textAt(part, "text")) : ""
      ).join("");
    }
    const call = readClientCall(item);
    return call === undefined ? "" : startCall(outputIndex, call) + callRest(outputIndex, readCallText(item));
  }

  function itemDone(outputIndex: number, item: JsonObject): string {
    if (finished.has(outputIndex)) return "";
    finished.add(outputIndex);
    const id = textAt(item, "id");
    if (id !== undefined) finished.add(id);
    output.push([outputIndex, { ...item, type: textAt(item, "type") ?? "" }]);
    return restOfItem(outputIndex, item) + open() + steps.itemDone(outputIndex, item);
  }

  /** Items that only the final object has. Those that came before add nothing. */
  function missingItems(response: JsonObject): string {
    return (listAt(response, "output") ?? []).map((item, index) => {
      if (!isRecord(item) || finished.has(textAt(item, "id") ?? index)) return "";
      return itemDone(index, item);
    }).join("");
  }

  function finish(response: JsonObject): string {
    const before = open() + missingItems(response);
    over = true;
    facts.usage = readUsage(response);
    const whole: ResponsesObject = {
      ...response,
      id: textAt(response, "id") ?? "",
      status: textAt(response, "status") ?? "completed",
      output: output.sort(([a], [b]) => a - b).map(([, item]) => item),
    };
    facts.response = whole;
    return before + steps.finished(whole);
  }

  function fail(problem: Problem): string {
    if (over) return "";
    over = true;
    facts.problem = problem;
    return steps.failed(problem);
  }

  function handle(event: ResponsesEvent): string {
    const at = placeOf(event);
    const { outputIndex } = at;
    const delta = textAt(event, "delta") ?? "";
    begun ||= !NOT_CONTENT.has(event.type);
    switch (event.type) {
      case "response.created":
        return open();
      case "response.output_text.delta":
        return tell("text", at, delta);
      case "response.output_text.done":
        return tellRest("text", at, textAt(event, "text"));
      case "response.refusal.delta":
        return tell("refusal", at, delta);
      case "response.refusal.done":
        return tellRest("refusal", at, textAt(event, "refusal"));
      case "response.reasoning_summary_text.delta":
        return tell("reasoning", at, delta);
      case "response.reasoning_summary_text.done":
        return tellRest("reasoning", at, textAt(event, "text"));
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return callPiece(outputIndex, delta);
      case "response.function_call_arguments.done":
        return callRest(outputIndex, textAt(event, "arguments"));
      case "response.custom_tool_call_input.done":
        return callRest(outputIndex, textAt(event, "input"));
      case "response.output_text.annotation.added":
        return tellAnnotations(at, numberAt(event, "annotation_index") ?? 0, [event["annotation"]]);
      case "response.output_item.added": {
        const item = recordAt(event, "item");
        // Without its call id a call waits for its end: an item id must not go out in its place.
        if (item === undefined || finished.has(outputIndex)) return "";
        const call = item["call_id"] === undefined ? undefined : readClientCall(item);
        const before = open() + steps.announced(outputIndex, item);
        return call === undefined ? before : before + startCall(outputIndex, call);
      }
      case "response.output_item.done": {
        const item = recordAt(event, "item");
        return item === undefined ? "" : itemDone(outputIndex, item);
      }
      case "response.completed":
      case "response.incomplete": {
        const response = recordAt(event, "response") ?? {};
        return isFailed(response) ? fail(toStreamProblem(event, nowMs())) : finish(response);
      }
      default:
        return fail(toStreamProblem(event, nowMs()));
    }
  }

  function unreadable(data: string, name: string): string {
    const event = judgeUnreadable(data, name);
    hooks.onUnreadableEvent?.(event);
    return event.problem === undefined ? "" : fail(event.problem);
  }

  return {
    event(data, name = "") {
      if (over) return "";
      const type = eventType(data);
      if (type === "" || !seemsWhole(data)) return unreadable(data, name);
      if (!TOLD_EVENTS.has(type)) {
        if (!PUBLIC_EVENTS.has(type)) hooks.onUnknownEvent?.(type);
        return "";
      }
      const event = readEvent(data);
      return event === undefined ? unreadable(data, name) : handle(event);
    },
    fail,
    get hasBegun() {
      return begun;
    },
    get isOver() {
      return over;
    },
    facts,
  };
}

interface Place {
  readonly outputIndex: number;
  /** of the content, or of the summary */
  readonly partIndex: number;
}

function placeOf(event: ResponsesEvent): Place {
  return {
    outputIndex: numberAt(event, "output_index") ?? 0,
    partIndex: numberAt(event, "content_index") ?? numberAt(event, "summary_index") ?? 0,
  };
}

/** Events that neither begin nor end the content of an answer well. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["response.created", "response.failed", "error"]);
