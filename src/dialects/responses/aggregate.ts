import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../../wire/json.ts";
import type { OutputItem, ResponsesObject } from "../../wire/responses.ts";
import { deltaLiteral, eventType, readEvent, type ResponsesEvent } from "../../wire/responses_events.ts";
import { Problem } from "../../problem.ts";
import { toStreamProblem } from "./failure.ts";

/**
 * Puts the final response together from the events of a stream.
 *
 * The backend ends with `output: []` (observed since 2026-04, upstream.md 8), so the items come from
 * `response.output_item.done`, by `output_index`; an item that never got its `done` is made from its deltas, so that
 * an aggregated answer and a streamed one hold the same.
 */
export interface Aggregate {
  /** Takes one event, given as its JSON text. */
  event(data: string): void;
  /** The problem the answer ends with, when it cannot end well any more. */
  fail(problem: Problem): void;
  /** True once the terminal event was seen. */
  readonly isOver: boolean;
  /** The response object, status completed or incomplete. @throws Problem when the answer failed or was cut */
  result(): ResponsesObject;
}

/** @param nowMs the time, for limits that say when they reset */
export function createAggregate(nowMs: () => number): Aggregate {
  const items = createItemCollector();
  let response: JsonObject | undefined;
  let problem: Problem | undefined;

  function event(data: string): void {
    if (response !== undefined || problem !== undefined) return;
    const type = eventType(data);
    if (items.delta(type, data)) return;
    if (!HANDLED.has(type)) return;
    const value = readEvent(data);
    if (value === undefined) return;
    if (type === "response.output_item.added" || type === "response.output_item.done") items.item(value);
    else if (type === "response.completed" || type === "response.incomplete") {
      response = recordAt(value, "response") ?? {};
    } else problem = toStreamProblem(value, nowMs());
  }

  return {
    event,
    fail(failure) {
      problem ??= failure;
    },
    get isOver() {
      return response !== undefined || problem !== undefined;
    },
    result() {
      if (problem !== undefined) throw problem;
      if (response === undefined) throw new Problem("stream_cut");
      return {
        ...response,
        id: textAt(response, "id") ?? "",
        status: textAt(response, "status") ?? "completed",
        output: items.output(listAt(response, "output")),
      };
    },
  };
}

const HANDLED: ReadonlySet<string> = new Set([
  "response.output_item.added",
  "response.output_item.done",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);

/** Collects the output items of a stream. */
export interface ItemCollector {
  /** Takes a delta event; false when the event is none. */
  delta(type: string, data: string): boolean;
  /** Takes `output_item.added` or `output_item.done`; gives the item, with the id it was first seen with. */
  item(event: ResponsesEvent): OutputItem | undefined;
  /** The items in order; those of the final object win when it has any. */
  output(final: readonly unknown[] | undefined): OutputItem[];
}

/** Which text of an item a delta event belongs to. */
const DELTA_FIELDS: ReadonlyMap<string, string> = new Map([
  ["response.output_text.delta", "text"],
  ["response.refusal.delta", "refusal"],
  ["response.reasoning_summary_text.delta", "summary"],
  ["response.function_call_arguments.delta", "arguments"],
  ["response.custom_tool_call_input.delta", "input"],
]);

interface Unfinished {
  item: OutputItem | undefined;
  /** `field.part index` -> text so far */
  readonly texts: Map<string, string>;
}

/** An empty collector for one answer. */
export function createItemCollector(): ItemCollector {
  const done = new Map<number, OutputItem>();
  const unfinished = new Map<number, Unfinished>();

  function unfinishedAt(outputIndex: number): Unfinished {
    let entry = unfinished.get(outputIndex);
    if (entry === undefined) {
      entry = { item: undefined, texts: new Map() };
      unfinished.set(outputIndex, entry);
    }
    return entry;
  }

  return {
    delta(type, data) {
      const field = DELTA_FIELDS.get(type);
      if (field === undefined) return false;
      const [outputIndex, partIndex, delta] = readDelta(data);
      if (!done.has(outputIndex)) {
        const { texts } = unfinishedAt(outputIndex);
        const key = `${field}.${partIndex}`;
        texts.set(key, (texts.get(key) ?? "") + delta);
      }
      return true;
    },
    item(event) {
      const item = recordAt(event, "item");
      const outputIndex = numberAt(event, "output_index") ?? done.size;
      const type = item === undefined ? undefined : textAt(item, "type");
      if (item === undefined || type === undefined) return undefined;
      // The id a client saw first stays: some answers name another one at the end (codex-lb#398).
      const added = textAt(unfinished.get(outputIndex)?.item ?? {}, "id");
      const stable = { ...item, type, ...(added === undefined ? {} : { id: added }) };
      if (event.type === "response.output_item.done") {
        unfinished.delete(outputIndex);
        done.set(outputIndex, stable);
      } else if (!done.has(outputIndex)) {
        unfinishedAt(outputIndex).item = stable;
      }
      return stable;
    },
    output(final) {
      const whole = new Map(done);
      for (const [outputIndex, entry] of unfinished) {
        const item = fromDeltas(entry);
        if (item !== undefined) whole.set(outputIndex, item);
      }
      for (const [index, item] of (final ?? []).entries()) {
        if (!done.has(index) && isRecord(item)) {
          whole.set(index, { ...item, type: textAt(item, "type") ?? "" });
        }
      }
      return [...whole.entries()].sort(([a], [b]) => a - b).map(([, item]) => item);
    },
  };
}

const DELTA_PLACE = /"output_index":(\d+)(?:,"(?:content|summary)_index":(\d+))?/;

/** Output index, part index and text of a delta event, cut out of its JSON where that is certain. */
function readDelta(data: string): [number, number, string] {
  const literal = deltaLiteral(data);
  const place = literal === undefined ? null : DELTA_PLACE.exec(data);
  // Parsed, not sliced: a slice would keep the whole read it was cut from in memory.
  if (literal !== undefined && place !== null) {
    return [Number(place[1]), Number(place[2] ?? 0), JSON.parse(literal)];
  }
  const event = readEvent(data) ?? { type: "" };
  return [
    numberAt(event, "output_index") ?? 0,
    numberAt(event, "content_index") ?? numberAt(event, "summary_index") ?? 0,
    textAt(event, "delta") ?? "",
  ];
}

/** An item from what its deltas brought; undefined for a call that was never named. */
function fromDeltas({ item, texts }: Unfinished): OutputItem | undefined {
  const has = (field: string) =>
    [...texts].filter(([key]) => key.startsWith(`${field}.`)).map(([, text]) => text);
  const type = item?.type ??
    (has("text").length + has("refusal").length > 0
      ? "message"
      : has("summary").length > 0
      ? "reasoning"
      : "");
  switch (type) {
    case "message":
      return {
        role: "assistant",
        ...item,
        type,
        status: "completed",
        content: [
          ...has("text").map((text) => ({ type: "output_text", text, annotations: [], logprobs: [] })),
          ...has("refusal").map((refusal) => ({ type: "refusal", refusal })),
        ],
      };
    case "reasoning":
      return { ...item, type, summary: has("summary").map((text) => ({ type: "summary_text", text })) };
    case "function_call":
      return { ...item, type, status: "completed", arguments: has("arguments").join("") };
    case "custom_tool_call":
      return { ...item, type, status: "completed", input: has("input").join("") };
    default:
      return item;
  }
}
