import { eventType } from "../../wire/responses_events.ts";
import { createByteOutput, joinBytes } from "./byte_output.ts";
import { createDeltaFrames } from "./delta_frames.ts";
import { parseJson } from "../../wire/json.ts";
import { hasSeparator } from "../../wire/line_safe.ts";
import { BOUNDS } from "../../bounds.ts";
import { tooLarge } from "../../too_large.ts";
import { createEventReader, type EventReader } from "../../sse/event_reader.ts";
import { type AnswerTranslator, cutProblem, type Sink } from "../../answer/translator.ts";
import type { ResponsesFilter } from "./filter.ts";

/**
 * The filtered lane: a backend's stream as bytes in, a public one as bytes out.
 *
 * Frames that need no change are not written again, and deltas like the one before are not even decoded
 * (delta_frames.ts). All frames of one read leave in one piece. Every other frame is decoded and judged (filter.ts).
 * A stream with CR line ends is read as events and written again: this backend sends LF, and every conforming client
 * reads both.
 *
 * @param eventLimitBytes `limits.event_limit_mb`; reading a larger event throws a Problem `answer_too_large`
 */
export function createFilterTranslator(
  filter: ResponsesFilter,
  eventLimitBytes: number = BOUNDS.event.bytes,
): AnswerTranslator {
  const decoder = new TextDecoder();
  const deltas = createDeltaFrames(filter.collect);
  const output = createByteOutput();
  /** Bytes of a frame that is not complete; joined once, so that a frame of any length costs linear time. */
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  /** Set when the stream turned out to be more than LF frames. */
  let reader: EventReader | undefined;
  let readerText = "";
  /** the end was reached: what is held may be half an event */
  let isLast = false;

  /** A frame like the one before, passed on; gives the place behind it, or -1 when it has to be judged. */
  function passDelta(bytes: Uint8Array, from: number): number {
    const to = deltas.match(bytes, from);
    const number = to === -1 ? undefined : filter.keep(deltas.number, deltas.type, deltas.isEmpty);
    if (number === undefined) return -1;
    deltas.keep(bytes);
    if (number === deltas.number) output.pass(bytes, from, to);
    else {
      output.pass(bytes, from, deltas.numberStart);
      output.push(String(number));
      output.pass(bytes, deltas.numberEnd, to);
    }
    return to;
  }

  /** A frame that is not like the one before. */
  function judge(whole: Uint8Array, from: number, to: number): void {
    if (filter.isOver) return;
    const bytes = whole.subarray(from, to);
    const text = decoder.decode(bytes);
    const data = dataOf(text);
    if (data === undefined) return;
    deltas.flush();
    const judged = filter.judge(data, EVENT_NAME.exec(text)?.[1] ?? "");
    if (judged === undefined && hasSeparator(whole, from, to)) output.push(text);
    else if (judged === undefined) output.pass(whole, from, to);
    else if (judged !== "") output.push(judged);
    const type = eventType(data);
    if (type === "response.output_item.done") deltas.forget();
    else if (judged === undefined && type.endsWith(".delta")) deltas.learn(bytes, text, type);
  }

  function hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (heldBytes + bytes.length > eventLimitBytes) {
      pieces = [];
      heldBytes = 0;
      throw tooLarge(BOUNDS.event, eventLimitBytes);
    }
    // Copied: the buffer belongs to the reader of the upstream, which uses it again.
    pieces.push(bytes.slice());
    heldBytes += bytes.length;
  }

  function takeHeld(): Uint8Array {
    const whole = joinBytes(pieces);
    pieces = [];
    heldBytes = 0;
    return whole;
  }

  function readFrames(bytes: Uint8Array): void {
    let start = 0;
    if (heldBytes > 0) {
      const end = endsWithNewline(pieces) && bytes[0] === LF ? 1 : frameEnd(bytes, 0);
      if (end === -1) return hold(bytes);
      hold(bytes.subarray(0, end));
      const held = takeHeld();
      if (passDelta(held, 0) === -1) judge(held, 0, held.length);
      start = end;
    }
    for (;;) {
      let end = passDelta(bytes, start);
      if (end === -1) {
        end = frameEnd(bytes, start);
        if (end === -1) break;
        judge(bytes, start, end);
      }
      start = end;
    }
    hold(bytes.subarray(start));
  }

  function switchToEvents(): EventReader {
    reader = createEventReader((data, name) => {
      if (!isLast || parseJson(data) !== undefined) readerText += filter.event(data, name);
    }, eventLimitBytes);
    deltas.flush();
    reader.read(takeHeld());
    return reader;
  }

  /** Sends what this read brought. */
  function send(sink: Sink): void {
    if (readerText !== "") {
      output.push(readerText);
      readerText = "";
    }
    output.send(sink);
  }

  return {
    transform(piece, sink) {
      if (typeof piece === "string") readerText += filter.event(piece);
      else if (reader !== undefined) reader.read(piece);
      else if (piece.includes(CR)) switchToEvents().read(piece);
      else readFrames(piece);
      send(sink);
    },
    flush(sink) {
      // The last event may lack its blank line; a half one has no valid JSON and is dropped.
      isLast = true;
      if (reader !== undefined) reader.end();
      else if (heldBytes > 0) switchToEvents().end();
      readerText += filter.fail(cutProblem());
      send(sink);
    },
    fail(problem, sink) {
      readerText += filter.fail(problem);
      send(sink);
    },
    get hasBegun() {
      return filter.hasBegun;
    },
    get isOver() {
      return filter.isOver;
    },
    facts: filter.facts,
  };
}

/** Cheap in front of the data: the line stands first, or the whole frame is looked through. */
const EVENT_NAME = /^event: ?(.*)$/m;
const LF = 0x0a;
const CR = 0x0d;

/** The index behind the blank line that ends the frame starting at `start`; -1 when it is not there yet. */
function frameEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(LF, start); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
  }
  return -1;
}

/** The `data` of one LF frame; undefined for a comment or an empty frame. */
function dataOf(frame: string): string | undefined {
  let data: string | undefined;
  for (const line of frame.split("\n")) {
    if (!line.startsWith("data:") && line !== "data") continue;
    const value = line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5);
    data = data === undefined ? value : `${data}\n${value}`;
  }
  return data;
}

function endsWithNewline(pieces: readonly Uint8Array[]): boolean {
  return pieces.at(-1)?.at(-1) === LF;
}
