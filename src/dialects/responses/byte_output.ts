import type { Sink } from "../../answer/translator.ts";
import { encodeLineSafe } from "../../wire/line_safe.ts";

/** What is sent for one read: bytes that go on as they came, and text of our own in between. */
export interface ByteOutput {
  /** Bytes that go on as they came; those that follow each other are copied together. */
  pass(bytes: Uint8Array, from: number, to: number): void;
  push(text: string): void;
  /** Sends everything as one piece, in memory of its own: the buffer that was passed may be used again. */
  send(sink: Sink): void;
}

/** Collects the output of one stream, read by read. */
export function createByteOutput(): ByteOutput {
  let out: Uint8Array[] = [];
  /** bytes of this read that are not in `out` yet */
  let run: Uint8Array = NOTHING;
  let runStart = 0;
  let runEnd = 0;

  function endRun(): void {
    if (runEnd > runStart) out.push(run.subarray(runStart, runEnd));
    run = NOTHING;
    runStart = 0;
    runEnd = 0;
  }

  return {
    pass(bytes, from, to) {
      if (bytes !== run || from !== runEnd) {
        endRun();
        run = bytes;
        runStart = from;
      }
      runEnd = to;
    },
    push(text) {
      endRun();
      out.push(encodeLineSafe(text));
    },
    send(sink) {
      endRun();
      const [only] = out;
      if (only === undefined) return;
      const whole = out.length === 1 ? only.slice() : joinBytes(out);
      out = [];
      sink.enqueue(whole);
    },
  };
}

const NOTHING = new Uint8Array();

/** All pieces as one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
