import { type JsonObject, listAt, recordAt, textAt } from "../wire/json.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import { eventType, PUBLIC_EVENTS, readEvent } from "../wire/responses_events.ts";
import { Problem } from "../problem.ts";
import { isFailed, toStreamProblem } from "./failure.ts";
import { createItemCollector } from "./item_collector.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "./unreadable.ts";

/**
 * Puts the final response together from the events of a stream.
 *
 * The backend ends with `output: []` (observed since 2026-04, upstream.md 8), so the items come from
 * `response.output_item.done`, by `output_index`; an item that never got its `done` is made from its deltas, so that
 * an aggregated answer and a streamed one hold the same.
 */
export interface Aggregate {
  /**
   * Takes one event, given as its JSON text.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   */
  event(data: string, name?: string): void;
  /** The problem the answer ends with, when it cannot end well any more. */
  fail(problem: Problem): void;
  /** True once the terminal event was seen. */
  readonly isOver: boolean;
  /** The response object, status completed or incomplete. @throws Problem when the answer failed or was cut */
  result(): ResponsesObject;
}

/** @param nowMs the time, for limits that say when they reset */
export function createAggregate(nowMs: () => number, hooks: EventHooks = {}): Aggregate {
  const items = createItemCollector();
  let response: JsonObject | undefined;
  let problem: Problem | undefined;

  function unreadable(data: string, name: string): void {
    const found = judgeUnreadable(data, name);
    hooks.onUnreadableEvent?.(found);
    problem = found.problem;
  }

  function event(data: string, name = ""): void {
    if (response !== undefined || problem !== undefined) return;
    const type = eventType(data);
    if (type === "" || !seemsWhole(data)) return unreadable(data, name);
    const taken = items.delta(type, data);
    if (taken === "unreadable") return unreadable(data, name);
    if (taken === "taken") return;
    if (!HANDLED.has(type)) {
      if (!PUBLIC_EVENTS.has(type)) hooks.onUnknownEvent?.(type);
      return;
    }
    const value = readEvent(data);
    if (value === undefined) return unreadable(data, name);
    if (type === "response.output_item.added" || type === "response.output_item.done") items.item(value);
    else if (type === "response.completed" || type === "response.incomplete") {
      const final = recordAt(value, "response");
      if (isFailed(final)) problem = toStreamProblem(value, nowMs());
      else response = final ?? {};
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
      const status = textAt(response, "status") ?? "completed";
      return {
        ...response,
        id: textAt(response, "id") ?? "",
        status,
        output: items.entries(listAt(response, "output"), status).map(([, item]) => item),
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
