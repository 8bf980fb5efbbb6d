import { type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import { eventType, PUBLIC_EVENTS, readEvent, type ResponsesEvent } from "../../wire/responses_events.ts";
import type { Problem } from "../../problem.ts";
import { encodeEvent } from "../../sse/encode.ts";
import type { AnswerFacts, EventWriter } from "../event_writer.ts";
import { createItemCollector } from "./aggregate.ts";
import { completeItem, completeResponse, type ResponseContext } from "./complete.ts";
import { toStreamProblem } from "./failure.ts";
import { readUsage } from "./usage.ts";

/**
 * Makes a backend's stream one of the public Responses API (product.md 3): vendor events dropped, complete response
 * objects in the lifecycle events, `output` rebuilt, `response.created` first, sequence numbers without gaps, an id
 * that stays the same from added to done.
 *
 * Events that are public already are not rewritten: {@linkcode keep} tells the byte lane (filter_bytes.ts) that the
 * frame may go on as the bytes it came in.
 */
export interface ResponsesFilter extends EventWriter {
  /**
   * Judges one event.
   *
   * @returns undefined when the event may go on as it came; else the text to send in its place ("" for none)
   */
  judge(data: string): string | undefined;
  /** Counts an event that was sent on without being judged: the deltas of the byte lane. */
  keep(): void;
  /** True while events can go on as they came: no sequence number has to change. */
  readonly isExact: boolean;
}

/** @param nowMs the time, for limits that say when they reset */
export function createResponsesFilter(context: ResponseContext, nowMs: () => number): ResponsesFilter {
  const items = createItemCollector();
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  let over = false;
  let created = false;
  let begun = false;
  let responseId = "";
  /** number of events sent; the sequence number of the next one, counted from the backend's first */
  let sent = 0;
  let firstNumber: number | undefined;
  /** what has to be taken from the backend's sequence numbers, because frames were dropped or added */
  let shift = 0;

  function nextNumber(): number {
    return (firstNumber ?? 0) + sent;
  }

  function write(type: string, event: JsonObject): string {
    const { type: _, sequence_number: __, ...rest } = event;
    const text = encodeEvent(type, JSON.stringify({ type, sequence_number: nextNumber(), ...rest }));
    sent++;
    return text;
  }

  function lifecycle(event: ResponsesEvent): string {
    const response = recordAt(event, "response") ?? {};
    if (responseId === "") responseId = textAt(response, "id") ?? "";
    const isEnd = !OPENING.has(event.type);
    const output = isEnd
      ? items.output(Array.isArray(response["output"]) ? response["output"] : [])
      : undefined;
    if (isEnd) {
      over = true;
      facts.usage = readUsage(response);
      if (event.type === "response.failed") facts.problem = toStreamProblem(event, nowMs());
    }
    const complete = completeResponse(response, context, output);
    const before = event.type === "response.created" ? "" : ensureCreated(complete);
    created = true;
    return before + write(event.type, { ...event, response: { ...complete, id: responseId } });
  }

  /** SDKs need `response.created` first; a stream that starts with a failure has none. */
  function ensureCreated(response: JsonObject): string {
    if (created) return "";
    created = true;
    const { usage: _, error: __, incomplete_details: ___, completed_at: ____, ...rest } = response;
    const begun = { ...rest, status: "in_progress", output: [], usage: null, error: null };
    return write("response.created", { response: completeResponse(begun, context) });
  }

  function item(event: ResponsesEvent): string | undefined {
    const stable = items.item(event);
    if (stable === undefined) return undefined;
    const complete = completeItem(stable, context.names);
    const isSame = JSON.stringify(complete) === JSON.stringify(event["item"]);
    return isSame ? undefined : write(event.type, { ...event, item: complete });
  }

  function fail(problem: Problem): string {
    if (over) return "";
    const before = ensureCreated({ id: responseId });
    over = true;
    facts.problem = problem;
    const shape = {
      code: problem.apiCode,
      message: `${problem.message}. ${problem.hint}`,
      param: problem.param ?? null,
    };
    // Flat and nested at once: the SDKs read one form, the Open Responses schema the other (clients.md, trap 2).
    return before + write("error", { ...shape, error: { type: problem.type, ...shape } });
  }

  function judge(data: string): string | undefined {
    if (over) return "";
    const type = eventType(data);
    if (!PUBLIC_EVENTS.has(type)) {
      // A dropped frame that was numbered leaves a gap: the numbers behind it move up.
      if (numberOf(data) !== undefined) shift++;
      return "";
    }
    begun ||= !OPENING.has(type) && type !== "response.failed" && type !== "error";
    const number = numberOf(data);
    if (number !== undefined) {
      firstNumber ??= number;
      shift = number - nextNumber();
    }
    const text = rewrite(type, data);
    if (text !== undefined) return text;
    if (shift !== 0 && number !== undefined) {
      const moved = data.replace(/"sequence_number":\d+/, `"sequence_number":${nextNumber()}`);
      sent++;
      return encodeEvent(type, moved);
    }
    sent++;
    return undefined;
  }

  /** Text in place of the event; undefined when it needs no change. */
  function rewrite(type: string, data: string): string | undefined {
    if (!REWRITTEN.has(type)) return undefined;
    const event = readEvent(data);
    if (event === undefined) return "";
    if (type === "response.output_item.added" || type === "response.output_item.done") return item(event);
    return type === "error" ? fail(toStreamProblem(event, nowMs())) : lifecycle(event);
  }

  return {
    judge,
    event(data) {
      return judge(data) ?? encodeEvent(eventType(data), data);
    },
    keep() {
      begun = true;
      sent++;
    },
    fail,
    get isExact() {
      return shift === 0;
    },
    get hasBegun() {
      return begun;
    },
    get isOver() {
      return over;
    },
    facts,
  };
}

/** Events that only open an answer. */
const OPENING: ReadonlySet<string> = new Set(["response.created", "response.queued", "response.in_progress"]);

const REWRITTEN: ReadonlySet<string> = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
  "response.output_item.added",
  "response.output_item.done",
]);

/** The sequence number in an event's text; the key cannot stand inside a string, whose quotes are escaped. */
function numberOf(data: string): number | undefined {
  const found = /"sequence_number":(\d+)/.exec(data);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
