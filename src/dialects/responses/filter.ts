import { recordAt, textAt } from "../../wire/json.ts";
import {
  eventType,
  numberIn,
  PUBLIC_EVENTS,
  readDeltaLiteral,
  readEvent,
  type ResponsesEvent,
} from "../../wire/responses_events.ts";
import type { Problem } from "../../problem.ts";
import { encodeEvent } from "../../sse/encode.ts";
import type { AnswerFacts } from "../../answer/collect.ts";
import { toStreamProblem } from "../../answer/failure.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "../../answer/unreadable.ts";
import type { ResponseContext } from "./complete.ts";
import { createEventNumbers } from "./event_numbers.ts";
import { createItemFilter, type ItemFilter } from "./filter_items.ts";
import { createResponseFrame } from "./response_frame.ts";

/**
 * Makes a backend's stream one of the public Responses API (behaviour.md#two-callers): vendor events dropped, complete
 * response objects in the lifecycle events, `output` rebuilt, `response.created` first, sequence numbers without gaps,
 * every item and part announced before its deltas and finished before the end, an id that stays the same from added to
 * done.
 *
 * Events that are public already are not rewritten: {@linkcode keep} tells the byte lane (filter_bytes.ts) that the
 * frame may go on as the bytes it came in.
 */
export interface ResponsesFilter {
  /**
   * Text for one event, given as its JSON text; "" for none.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   */
  event(data: string, name?: string): string;
  /** Text that ends the stream with an error. "" when it is over already. */
  fail(problem: Problem): string;
  /** True once more than the opening of the answer was seen: from then on a failure belongs into the stream. */
  readonly hasBegun: boolean;
  /** True once the end of the answer was written. */
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
  /**
   * Judges one event.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   * @returns undefined when the event may go on as it came; else the text to send in its place ("" for none)
   */
  judge(data: string, name: string): string | undefined;
  /**
   * Counts a delta that goes on without being judged, because one before it in the same part was found right.
   *
   * @param number the backend's sequence number of it
   * @returns the number it has to have here; undefined when it has to be judged after all
   */
  keep(number: number, type: string, isEmpty: boolean): number | undefined;
  /**
   * Takes a text of deltas that were kept, as a JSON literal: items that never get their end are made from it.
   *
   * @param literal undefined when it cannot be read: the answer then ends with that
   */
  collect(type: string, outputIndex: number, partIndex: number, literal: string | undefined): void;
}

/** What a filter does besides making a stream public. */
export interface FilterOptions extends EventHooks {
  /**
   * The answer is cut when one more delta arrives after that many, as limit_steps.ts does it for other front ends. Counted
   * here, because agents always send a limit: an event each would cost five times the bytes (4.0 against 0.7 µs).
   */
  readonly maxOutputTokens?: number | undefined;
  /** an estimate of the input, for the usage of an answer that is cut */
  readonly inputTokens?: () => number;
}

/** The filter of one answer. */
export function createResponsesFilter(
  context: ResponseContext,
  options: FilterOptions = {},
): ResponsesFilter {
  const limit = options.maxOutputTokens ?? Infinity;
  const numbers = createEventNumbers();
  const items: ItemFilter = createItemFilter(context, { write: numbers.write, unreadable });
  const frame = createResponseFrame(context, numbers.write, () => items);
  let begun = false;
  let tokens = 0;
  /** type of deltas that were passed on and turned out to be unreadable */
  let damaged: string | undefined;

  function unreadable(data: string, name: string): string {
    const event = judgeUnreadable(data, name);
    options.onUnreadableEvent?.(event);
    return event.problem === undefined ? "" : frame.fail(event.problem);
  }

  function judge(data: string, name: string): string | undefined {
    if (frame.isOver) return "";
    if (damaged !== undefined) return unreadable("", damaged);
    const type = eventType(data);
    const number = numberIn(data, '"sequence_number":');
    numbers.begin(number);
    const text = judgeType(type, data, number, name);
    numbers.end(number);
    return text;
  }

  function judgeType(
    type: string,
    data: string,
    number: number | undefined,
    name: string,
  ): string | undefined {
    if (type === "" || !seemsWhole(data)) return unreadable(data, name);
    if (!PUBLIC_EVENTS.has(type) && type !== "response.done") {
      options.onUnknownEvent?.(type, data);
      return "";
    }
    const delta = COUNTED_DELTAS.has(type) ? readDeltaLiteral(data) : '""';
    if (delta === undefined) return unreadable(data, name);
    if (delta !== '""' && tokens++ >= limit) {
      tokens--;
      return frame.cut(options.inputTokens?.() ?? 0, tokens);
    }
    begun ||= !OPENING.has(type) && type !== "response.failed" && type !== "error";
    const text = withCreated(type, data, name);
    if (text !== undefined) return text;
    return number === undefined ? rewritten(type, data, name) : numbers.pass(type, data, number);
  }

  /** Nothing comes before `response.created`. */
  function withCreated(type: string, data: string, name: string): string | undefined {
    const kind = REWRITTEN.get(type);
    if (frame.isCreated || (kind !== undefined && kind !== "item")) return rewrite(kind, type, data, name);
    const opening = frame.ensureCreated();
    return opening + (rewrite(kind, type, data, name) ?? rewritten(type, data, name));
  }

  /** The event as it came, written again for its number. */
  function rewritten(type: string, data: string, name: string): string {
    const event = readEvent(data);
    return event === undefined ? unreadable(data, name) : numbers.write(type, event);
  }

  /** Text in place of the event; undefined when it needs no change but perhaps of its number. */
  function rewrite(
    kind: Rewriting | undefined,
    type: string,
    data: string,
    name: string,
  ): string | undefined {
    if (kind === undefined) return items.inner(type, data, name);
    const event = readEvent(data);
    if (event === undefined) return unreadable(data, name);
    if (kind === "item") return items.item(event);
    if (kind === "error") return frame.fail(toStreamProblem(event, context.nowMs()));
    return kind === "end" ? frame.end(named(event)) : frame.open(event);
  }

  return {
    judge,
    event(data, name = "") {
      return judge(data, name) ?? encodeEvent(eventType(data), data);
    },
    keep(number, type, isEmpty) {
      const isCounted = !isEmpty && COUNTED_DELTAS.has(type);
      if (frame.isOver || (isCounted && tokens >= limit)) return undefined;
      const right = numbers.keep(number);
      if (right === undefined) return undefined;
      if (isCounted) tokens++;
      begun = true;
      return right;
    },
    collect(type, outputIndex, partIndex, literal) {
      if (literal === undefined) damaged ??= type;
      else items.collect(type, outputIndex, partIndex, literal);
    },
    fail: frame.fail,
    get hasBegun() {
      return begun;
    },
    get isOver() {
      return frame.isOver;
    },
    facts: frame.facts,
  };
}

/**
 * Other clients of this backend take `response.done` for an end (backend.md#response-done): the public API has no such
 * event.
 */
function named(event: ResponsesEvent): ResponsesEvent {
  if (event.type !== "response.done") return event;
  const status = textAt(recordAt(event, "response") ?? {}, "status");
  return { ...event, type: status === "incomplete" ? "response.incomplete" : "response.completed" };
}

/** Deltas that are the model's output. Summaries of reasoning are not: they are written next to it. */
const COUNTED_DELTAS: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);

/** Events that only open an answer. */
const OPENING: ReadonlySet<string> = new Set(["response.created", "response.queued", "response.in_progress"]);

type Rewriting = "lifecycle" | "end" | "error" | "item";

const REWRITTEN: ReadonlyMap<string, Rewriting> = new Map([
  ["response.created", "lifecycle"],
  ["response.queued", "lifecycle"],
  ["response.in_progress", "lifecycle"],
  ["response.completed", "end"],
  ["response.done", "end"],
  ["response.incomplete", "end"],
  ["response.failed", "end"],
  ["error", "error"],
  ["response.output_item.added", "item"],
  ["response.output_item.done", "item"],
]);
