import { shortDurationText } from "../duration_text.ts";
import { Problem, toProblem } from "../problem.ts";
import type { AnswerTranslator, Sink } from "../answer/translator.ts";
import type { AnswerSource } from "../upstream/answer_source.ts";
import { everyTick } from "./ticker.ts";

/** Limits and hooks of one streamed answer. */
export interface PumpOptions {
  /** the client left, as far as is known before the response is handed over */
  readonly signal: AbortSignal;
  /** {@linkcode PumpOptions.keepAlive} is sent after so long without anything else; 0 for never */
  readonly keepaliveMs: number;
  /** bytes that carry nothing, in the framing of the dialect */
  readonly keepAlive: Uint8Array<ArrayBuffer>;
  /** the upstream may be silent for so long */
  readonly idleTimeoutMs: number;
  /** how long the status line waits for more than the opening of the answer */
  readonly holdMs: number;
  /** how long the upstream may take to close after the last event; 0 when it is ended in the middle */
  readonly lingerMs: number;
  /** takes the secrets out of the text of a failure: the backend may have quoted the request */
  readonly hide: (text: string) => string;
  /**
   * called once, when the answer is over for whatever reason; after a good end the last bytes wait for what it
   * gives, so that what the client sees whole is remembered
   */
  readonly onEnd: (end: "done" | "failed" | "left") => Promise<void> | void;
}

/** Pieces that may wait for the client; with one piece for each read that is at most 8 reads. */
const QUEUED_PIECES = 8;

/**
 * Streams an answer to the client: reads the upstream, hands the bytes to the translator, sends what it writes.
 *
 * Measured (performance.md#body-path, CPU per event as a multiple of an untouched body): a chain of TransformStreams
 * 5.9, one TransformStream 3.8, this construction 2.6. It reads with one reused buffer, enqueues at most once for
 * each read, and only waits when the client is behind by {@linkcode QUEUED_PIECES} pieces.
 *
 * The response is not handed over until the answer has begun (or `holdMs` have passed): a backend that fails at once
 * inside HTTP 200 becomes a proper status, which SDKs know how to retry (translation.md#t95).
 *
 * @throws Problem when the answer failed before it began, or the client left
 */
export async function pumpAnswer(
  source: AnswerSource,
  translator: AnswerTranslator,
  options: PumpOptions,
): Promise<ReadableStream<Uint8Array>> {
  let ended = false;
  let stopTicks = () => {};

  function end(how: "done" | "failed" | "left"): Promise<void> | void {
    if (ended) return;
    ended = true;
    stopTicks();
    if (how === "done") source.finish(options.lingerMs);
    else source.cancel();
    return options.onEnd(how);
  }

  /** Ends an answer that is over, before its last bytes are sent. */
  async function endIfOver(): Promise<void> {
    if (translator.isOver) await end(translator.facts.problem === undefined ? "done" : "failed");
  }

  const { next, fail } = createFeed(source, translator, options.hide);
  const leave = () => end("left");
  options.signal.addEventListener("abort", leave, { once: true });
  let opening: Opening;
  try {
    opening = await holdUntilBegun(next, translator, options.holdMs);
  } catch (error) {
    end("failed");
    throw error;
  } finally {
    options.signal.removeEventListener("abort", leave);
  }
  if (options.signal.aborted) {
    end("left");
    throw new Problem("client_closed");
  }
  if (translator.isOver && translator.facts.problem !== undefined && !translator.hasBegun) {
    end("failed");
    throw translator.facts.problem;
  }
  await endIfOver();

  let isLeft = false;
  let wake: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let lastSentMs = performance.now();
      const send = (bytes: Uint8Array) => {
        lastSentMs = performance.now();
        controller.enqueue(bytes);
      };
      // Timers for each read would cost more than the reads.
      if (!ended) stopTicks = everyTick(watch);
      function watch(): void {
        const nowMs = performance.now();
        // While the client is behind, nothing is read: that silence is not the upstream's.
        if (wake === undefined && nowMs - source.progressMs > options.idleTimeoutMs) {
          const pause = shortDurationText(options.idleTimeoutMs);
          const last = fail(new Problem("backend_timeout", `the answer paused for ${pause}`));
          if (last !== undefined) send(last);
          end("failed");
          controller.close();
        } else if (wake !== undefined && nowMs - lastSentMs > options.idleTimeoutMs) {
          // A client that reads nothing would hold its place among the running requests forever.
          end("left");
          controller.error(new Problem("client_closed", "nothing was read for too long"));
          wake();
        } else if (
          options.keepaliveMs > 0 && nowMs - lastSentMs >= options.keepaliveMs &&
          (controller.desiredSize ?? 0) > 0
        ) {
          send(options.keepAlive);
        }
      }
      const pump = async () => {
        for (const bytes of opening.pieces) send(bytes);
        let pending = opening.pending;
        while (!ended) {
          if ((controller.desiredSize ?? 0) <= 0) {
            await new Promise<void>((resolve) => wake = resolve);
            if (ended) return;
          }
          const bytes = await (pending ?? next());
          pending = undefined;
          if (ended) return;
          await endIfOver();
          if (bytes !== undefined && !isLeft) send(bytes);
        }
        if (!isLeft) controller.close();
      };
      pump().catch((error) => {
        end("failed");
        controller.error(error);
      });
    },
    pull() {
      wake?.();
      wake = undefined;
    },
    cancel() {
      isLeft = true;
      end("left");
      wake?.();
    },
  }, { highWaterMark: QUEUED_PIECES });
}

interface Feed {
  /** Bytes for the client from one read; the end of the upstream and its failures included. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the stream in the client's own words, not by a broken connection. */
  fail(problem: Problem): Uint8Array | undefined;
}

/** A source and a translator, read by read. */
function createFeed(source: AnswerSource, translator: AnswerTranslator, hide: PumpOptions["hide"]): Feed {
  /** what the translator has written and nobody took yet; it writes at most once for each call */
  let written: Uint8Array | undefined;
  const sink: Sink = {
    enqueue(bytes) {
      written = bytes;
    },
  };

  /** Only a failure quotes what was sent: the bytes of an answer that goes well are not looked at. */
  function take(): Uint8Array | undefined {
    const bytes = written;
    written = undefined;
    if (bytes === undefined || translator.facts.problem === undefined) return bytes;
    return new TextEncoder().encode(hide(new TextDecoder().decode(bytes)));
  }

  function fail(problem: Problem): Uint8Array | undefined {
    translator.fail(problem, sink);
    return take();
  }

  return {
    async next() {
      try {
        const piece = await source.read();
        if (piece === undefined) translator.flush(sink);
        else translator.transform(piece, sink);
        return take();
      } catch (error) {
        return fail(toProblem(error));
      }
    },
    fail,
  };
}

interface Opening {
  readonly pieces: Uint8Array[];
  /** a read that was begun when the wait was over */
  readonly pending: Promise<Uint8Array | undefined> | undefined;
}

/** Reads until the answer has begun, is over, or `holdMs` have passed. */
async function holdUntilBegun(
  next: () => Promise<Uint8Array | undefined>,
  translator: AnswerTranslator,
  holdMs: number,
): Promise<Opening> {
  const pieces: Uint8Array[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<"time up">((resolve) => timer = setTimeout(resolve, holdMs, "time up"));
  try {
    while (!translator.hasBegun && !translator.isOver) {
      const pending = next();
      const bytes = await Promise.race([pending, timeUp]);
      if (bytes === "time up") return { pieces, pending };
      if (bytes !== undefined) pieces.push(bytes);
    }
    return { pieces, pending: undefined };
  } finally {
    clearTimeout(timer);
  }
}
