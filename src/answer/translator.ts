import { Problem } from "../problem.ts";
import { createEventReader } from "../sse/event_reader.ts";
import { parseJson } from "../wire/json.ts";
import { encodeLineSafe } from "../wire/line_safe.ts";
import { type AnswerFacts, type AnswerNeeds, collectSteps } from "./collect.ts";
import { type AnswerLimits, isLimited, limitSteps } from "./limit_steps.ts";
import { createEventsReader, type ReadOptions } from "./read_events.ts";
import { type AnswerSteps, SILENT } from "./steps.ts";

/** A piece of an answer on its way in: bytes of an SSE stream, or one event as its JSON text. */
export type AnswerPiece = Uint8Array | string;

/** Takes what a translator writes; the controller of a TransformStream is one. */
export interface Sink {
  enqueue(bytes: Uint8Array): void;
}

/**
 * Turns an answer of the backend into the bytes of a client's stream: a standard transformer, usable in
 * `new TransformStream(translator)`. server/pump.ts drives the same object with a sink of its own (2.6 instead of 3.8
 * µs of CPU for each event, performance.md#body-path).
 *
 * At most one piece is enqueued for each call. Bytes are not kept: their buffer may be used again. An event beyond the
 * limit throws a Problem `answer_too_large`.
 *
 * @see https://streams.spec.whatwg.org/#transformer-api
 */
export interface AnswerTranslator extends Transformer<AnswerPiece, Uint8Array> {
  transform(piece: AnswerPiece, sink: Sink): void;
  /** The source has ended. Without a terminal event that is an error, and the stream says so. */
  flush(sink: Sink): void;
  /** Ends the stream with an error. */
  fail(problem: Problem, sink: Sink): void;
  /** True once more than the opening of the answer was seen. */
  readonly hasBegun: boolean;
  /** True once the answer is over: the source need not be read any further. */
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
}

/** What answers are read with. */
export interface TranslatorOptions extends ReadOptions {
  /** where the answer is cut */
  readonly want: AnswerLimits & AnswerNeeds;
  /** an estimate of the input, for answers that are cut before the backend sent a count */
  readonly inputTokens: () => number;
  /** `limits.event_limit_mb`: one event may be as large; absent: the default */
  readonly eventLimitBytes?: number | undefined;
}

/** What to say of a source that ended before the answer did. */
export function cutProblem(): Problem {
  return new Problem("stream_cut");
}

/**
 * The way of an answer: events are read into steps, limited, collected, and written by the front end's steps.
 *
 * @param writer the front end's; silent for an answer that is only collected
 */
export function createTranslator(options: TranslatorOptions, writer: AnswerSteps = SILENT): AnswerTranslator {
  const collector = collectSteps(writer, options.want);
  const steps = isLimited(options.want)
    ? limitSteps(collector, options.want, options.inputTokens)
    : collector;
  const events = createEventsReader(steps, () => collector.isOver, options);
  let text = "";
  /** the end was reached: what is held may be half an event */
  let isLast = false;
  const bytes = createEventReader((data, name) => {
    if (!isLast || parseJson(data) !== undefined) text += events.event(data, name);
  }, options.eventLimitBytes);

  function send(sink: Sink): void {
    if (text === "") return;
    const whole = encodeLineSafe(text);
    text = "";
    sink.enqueue(whole);
  }

  return {
    transform(piece, sink) {
      if (typeof piece === "string") text += events.event(piece);
      else bytes.read(piece);
      send(sink);
    },
    flush(sink) {
      isLast = true;
      bytes.end();
      text += events.fail(cutProblem());
      send(sink);
    },
    fail(problem, sink) {
      text += events.fail(problem);
      send(sink);
    },
    get hasBegun() {
      return events.hasBegun;
    },
    get isOver() {
      return collector.isOver;
    },
    facts: collector.facts,
  };
}
