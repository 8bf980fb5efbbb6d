import { ignore } from "./ignore.ts";
import type { Bound } from "./bounds.ts";
import { tooLarge } from "./too_large.ts";

/** What {@linkcode readLimited} takes besides the body. */
export interface ReadOptions {
  /** ends the reading, also of a body that does not heed it */
  readonly signal?: AbortSignal | undefined;
  /** called with every further 16 KiB: single bytes that drip are no sign of life */
  readonly onProgress?: () => void;
}

const PROGRESS_BYTES = 16 * 1024;

/**
 * Reads a body whole, up to its bound: the one way to read what comes from outside and is kept. Takes linear time, and
 * memory for the bound and one piece. Bytes are counted as fetch gives them, so after decompression, whatever
 * `content-length` says.
 *
 * @throws Problem answer_too_large, what the body failed with, or the signal's reason; the body is then cancelled
 */
export async function readLimited(
  body: ReadableStream<Uint8Array> | null,
  bound: Bound,
  { signal, onProgress }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const cancel = () => void reader.cancel(signal?.reason).catch(ignore);
  signal?.addEventListener("abort", cancel, { once: true });
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    if (signal?.aborted) cancel();
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      const steps = Math.floor(length / PROGRESS_BYTES);
      length += value.length;
      if (Math.floor(length / PROGRESS_BYTES) > steps) onProgress?.();
      if (length > bound.bytes) throw tooLarge(bound);
      pieces.push(value);
    }
    signal?.throwIfAborted();
  } catch (error) {
    cancel();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  return join(pieces, length);
}

/** {@linkcode readLimited}, decoded as UTF-8. */
export async function readTextLimited(
  body: ReadableStream<Uint8Array> | null,
  bound: Bound,
  options: ReadOptions = {},
): Promise<string> {
  return new TextDecoder().decode(await readLimited(body, bound, options));
}

/**
 * A file up to its bound, also one that has no size of its own, as devices and pipes have none.
 *
 * @throws Problem answer_too_large, and what the system says
 */
export async function readFileLimited(path: string, bound: Bound): Promise<Uint8Array<ArrayBuffer>> {
  const file = await Deno.open(path);
  return await readLimited(file.readable, bound);
}

/** {@linkcode readFileLimited}, decoded as UTF-8. */
export async function readTextFileLimited(path: string, bound: Bound): Promise<string> {
  return new TextDecoder().decode(await readFileLimited(path, bound));
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
