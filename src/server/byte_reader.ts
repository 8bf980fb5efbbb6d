import { ignore } from "../ignore.ts";
import { BOUNDS } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { tooLarge } from "../too_large.ts";

/** Reads a body piece by piece. */
export interface ByteReader {
  /**
   * The next bytes; undefined at the end. They are only valid until the next call: the buffer is used again.
   *
   * @throws Problem stream_cut when the connection broke, answer_too_large behind the limit
   */
  read(): Promise<Uint8Array | undefined>;
  /**
   * When the answer last went on, by `performance.now()`: with the end of a line, or with some kilobytes. Single bytes
   * of a line that does not end are no progress: a backend that drips would hold a request for ever.
   */
  readonly progressMs: number;
  /**
   * Reads the rest away, so that the connection can be used again; a body that goes on for longer than `limitMs` is
   * ended, with 0 at once. Never throws.
   */
  finish(limitMs: number): void;
  /** Ends the body; never throws, may be called at any time and more than once. */
  cancel(): void;
}

const SMALLEST_BYTES = 4 * 1024;
const LARGEST_BYTES = 64 * 1024;
/** So much of one line counts as progress. */
const PROGRESS_BYTES = 4 * 1024;
const LF = 0x0a;

/**
 * A reader that fills one buffer again and again (2.6 instead of 3.8 times the cost of an untouched body, see
 * pump.ts). The buffer starts small, because a thousand quiet streams each have one, and grows while reads fill it.
 *
 * @param limitBytes of the whole body, after decompression
 */
export function openReader(
  source: ReadableStream<Uint8Array>,
  limitBytes: number = BOUNDS.answer.bytes,
): ByteReader {
  const byob = openByob(source);
  if (byob === undefined) {
    const reader = source.getReader();
    return withLimits(
      async () => (await reader.read()).value,
      () => void reader.cancel().catch(ignore),
      limitBytes,
    );
  }
  let buffer = new ArrayBuffer(SMALLEST_BYTES);
  return withLimits(
    async () => {
      const { value } = await byob.read(new Uint8Array(buffer));
      if (value === undefined || value.length === 0) return undefined;
      buffer = value.length === value.buffer.byteLength && value.length < LARGEST_BYTES
        ? new ArrayBuffer(value.length * 2)
        : value.buffer;
      return value;
    },
    () => void byob.cancel().catch(ignore),
    limitBytes,
  );
}

function withLimits(readPiece: ByteReader["read"], cancel: () => void, limitBytes: number): ByteReader {
  let length = 0;
  let progressMs = performance.now();
  /** of the line that has not ended, since it last counted as progress */
  let lineBytes = 0;

  async function read(): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await readPiece();
    } catch (error) {
      throw new Problem("stream_cut", "the connection broke", { cause: error });
    }
    if (bytes === undefined) return undefined;
    length += bytes.length;
    if (length > limitBytes) throw tooLarge(BOUNDS.answer, limitBytes);
    lineBytes += bytes.length;
    if (lineBytes >= PROGRESS_BYTES || bytes.includes(LF)) {
      lineBytes = 0;
      progressMs = performance.now();
    }
    return bytes;
  }

  async function readAway(): Promise<void> {
    while (await readPiece() !== undefined);
  }
  return {
    read,
    get progressMs() {
      return progressMs;
    },
    cancel,
    finish(limitMs) {
      if (limitMs === 0) return cancel();
      const timer = setTimeout(cancel, limitMs);
      readAway().catch(ignore).finally(() => clearTimeout(timer));
    },
  };
}

/** Bodies from the network are byte streams; others (in tests, decoded ones) may not be. */
function openByob(source: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return source.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
