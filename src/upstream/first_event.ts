import { ignore } from "../ignore.ts";
import type { AnswerSource } from "./answer_source.ts";

/** Bytes of a request that make the backend think for one second longer before it says anything. */
const BYTES_A_SECOND = 20_000;

/**
 * How long the backend may be silent from the request to the first event: `limits.first_event_seconds`, and more for a
 * large input, which is read before anything is said. Some requests are never answered (backend.md#silent-start).
 *
 * @returns milliseconds; undefined for as long as it likes
 */
export function firstEventLimitMs(settingMs: number, bodyBytes: number): number | undefined {
  return settingMs === 0 ? undefined : settingMs + Math.floor(bodyBytes / BYTES_A_SECOND) * 1000;
}

/**
 * Watches over the first piece of an answer whose headers are there: when it does not come within `delayMs`, the answer
 * is given up for another one, once.
 *
 * @param repeat asks again; ended by its signal. @throws Problem
 */
export function watchFirst(
  first: AnswerSource,
  delayMs: number,
  repeat: (signal: AbortSignal) => Promise<AnswerSource>,
): AnswerSource {
  const left = new AbortController();
  let current = first;
  let isWatched = true;
  /** since another answer was asked for */
  let repeatedMs = 0;

  async function readFirst() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<"silence">((resolve) => {
      timer = setTimeout(resolve, Math.max(0, delayMs), "silence");
    });
    const reading = current.read();
    try {
      const piece = await Promise.race([reading, silence]);
      if (piece !== "silence") return piece;
    } finally {
      clearTimeout(timer);
    }
    reading.catch(ignore);
    current.cancel();
    if (left.signal.aborted) return undefined;
    repeatedMs = performance.now();
    current = await repeat(left.signal);
    if (left.signal.aborted) current.cancel();
    return await current.read();
  }

  return {
    async read() {
      if (!isWatched) return await current.read();
      isWatched = false;
      return await readFirst();
    },
    get progressMs() {
      return Math.max(current.progressMs, repeatedMs);
    },
    finish: (limitMs) => current.finish(limitMs),
    cancel() {
      left.abort();
      current.cancel();
    },
  };
}
