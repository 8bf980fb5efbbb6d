import type { Problem } from "../problem.ts";
import { createEventReader } from "../sse/event_reader.ts";
import { parseJson } from "../wire/json.ts";
import type { AnswerFacts, EventWriter } from "./event_writer.ts";

/**
 * Turns the bytes of an upstream stream into the bytes of a client's, at most one piece for each read. Knows nothing
 * of streams, so it can be tested with arrays of bytes.
 */
export interface StreamWriter {
  /** Bytes to send for the bytes read; undefined for none. The input is not kept: its buffer may be used again. */
  read(bytes: Uint8Array): Uint8Array | undefined;
  /** The upstream ended. Without a terminal event that is an error, and the bytes say so. */
  end(cut: Problem): Uint8Array | undefined;
  /** Bytes that end the stream with an error. */
  fail(problem: Problem): Uint8Array | undefined;
  /** True once more than the opening of the answer was seen. */
  readonly hasBegun: boolean;
  /** True once the answer is over: the upstream need not be read any further. */
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
}

/**
 * A {@linkcode StreamWriter} that hands each event to an {@linkcode EventWriter}.
 *
 * @param eventLimitBytes `limits.event_limit_mb`; reading a larger event throws a Problem `answer_too_large`
 */
export function createStreamWriter(writer: EventWriter, eventLimitBytes?: number): StreamWriter {
  const encoder = new TextEncoder();
  let text = "";
  /** the end was reached: what is held may be half an event */
  let isLast = false;
  const reader = createEventReader((data, name) => {
    if (!isLast || parseJson(data) !== undefined) text += writer.event(data, name);
  }, eventLimitBytes);
  function take(): Uint8Array | undefined {
    if (text === "") return undefined;
    const bytes = encoder.encode(text);
    text = "";
    return bytes;
  }
  return {
    read(bytes) {
      reader.read(bytes);
      return take();
    },
    end(cut) {
      isLast = true;
      reader.end();
      text += writer.fail(cut);
      return take();
    },
    fail(problem) {
      text += writer.fail(problem);
      return take();
    },
    get hasBegun() {
      return writer.hasBegun;
    },
    get isOver() {
      return writer.isOver;
    },
    facts: writer.facts,
  };
}
