import type { ErrorFrame } from "../../answer/error_frame.ts";
import type { Refusal } from "../errors.ts";
import { answerEvents, type SocketEvents } from "./answer_events.ts";
import {
  type AskedKeys,
  type Continuation,
  continuationOf,
  type CreateBody,
  keysOf,
} from "./continuation.ts";
import { createFrame, type FrameFacts, LARGEST_FRAME_BYTES } from "./create_frame.ts";
import { socketFaultOf, toRefusal } from "./error_refusal.ts";
import { type FirstEvents, firstEvents } from "./first_events.ts";
import { socketIdentity } from "./handshake_headers.ts";
import { createKeptSockets, type Kept, type KeptRules } from "./kept_sockets.ts";
import { type OpenFailure, type OpenOptions, openSocket } from "./open_socket.ts";
import type { SocketEnd } from "./socket.ts";

/** One request over a WebSocket. */
export interface SocketAsk extends FrameFacts {
  /** sockets are kept for each of them, such as `session-id` */
  readonly conversation: string;
  /** of `…/responses`, http or https */
  readonly url: URL;
  /** of {@linkcode toHandshakeHeaders} */
  readonly headers: Headers;
  readonly body: CreateBody;
  /** the client left; listened to until the answer begins, from then on `events.cancel()` counts */
  readonly signal: AbortSignal;
}

/** Why there is no answer. Nothing of one has come: another way may be tried. */
export type SendFailure =
  | OpenFailure
  /** larger than the backend's limit for a frame; nothing was sent */
  | { readonly kind: "too_large"; readonly bytes: number }
  /** every socket is in use; nothing was sent */
  | { readonly kind: "no_room" }
  /** an error message instead of an answer, as the refusal that a POST would have got */
  | { readonly kind: "error"; readonly refusal: Refusal; readonly events: readonly string[] }
  /** a new socket was refused as one that is too old, which says nothing about the request */
  | { readonly kind: "spent" }
  /** the socket ended before the first event; the backend may have worked on it when it was sent */
  | { readonly kind: "closed"; readonly end: SocketEnd; readonly wasSent: boolean };

/** An answer that has begun, or why there is none. */
export type Responded =
  | {
    readonly ok: true;
    /** of the 101; they were true when the socket was opened */
    readonly headers: Headers;
    readonly events: SocketEvents;
    /** only what was new was sent */
    readonly isContinuation: boolean;
    /** the socket had been used before */
    readonly isKept: boolean;
  }
  | { readonly ok: false; readonly failure: SendFailure };

/** What {@linkcode createSockets} needs. */
export interface SocketsOptions extends Omit<OpenOptions, "deadlineMs">, KeptRules {
  /** until a socket is open */
  readonly openDeadlineMs: () => number;
  /** the time of the day, for limits that say when they reset */
  readonly nowMs: () => number;
  /** called with the headers of every 101, refusal and error: limits, catalogue tag */
  readonly onHeaders: (headers: Headers) => void;
}

/** The sockets to the backend. */
export interface Sockets {
  /** Sends a request; resolves with its first event. Never throws. */
  respond(ask: SocketAsk): Promise<Responded>;
  /** open sockets */
  count(): number;
  /** Closes all in order; answers that are still running are cut. */
  close(): Promise<void>;
}

type Outcome = Responded | {
  readonly ok: false;
  readonly failure: SendFailure;
  readonly isRepeatable: boolean;
};

/**
 * Keeps sockets for each conversation: a kept one is faster than a new one, is served by the same machine of the
 * backend with its cache (backend.md#cache-affinity), and remembers the last response. One answer at a time for each socket; a second request of
 * the same conversation gets another one.
 *
 * A request is repeated once, whole and on a new socket, when a kept one turned out to be dead, too old, or not to know
 * the response any more, and no event of an answer has come.
 */
export function createSockets(options: SocketsOptions): Sockets {
  const sockets = createKeptSockets(options);
  let opening = 0;
  const shutdown = new AbortController();

  async function open(ask: SocketAsk, identity: string): Promise<Kept | SendFailure> {
    if (shutdown.signal.aborted || !sockets.makeRoom(opening)) return { kind: "no_room" };
    opening++;
    const signal = AbortSignal.any([ask.signal, shutdown.signal]);
    const opened = await openSocket(
      { ...options, deadlineMs: options.openDeadlineMs() },
      ask.url,
      ask.headers,
      signal,
    );
    opening--;
    if (!opened.ok) {
      if (opened.failure.kind === "refused") options.onHeaders(opened.failure.refusal.headers);
      return opened.failure;
    }
    options.onHeaders(opened.headers);
    const { socket, headers } = opened;
    if (shutdown.signal.aborted) {
      await socket.close();
      return { kind: "no_room" };
    }
    return sockets.add({ conversation: ask.conversation, identity, socket, headers });
  }

  /** Sends one frame and waits for the first event of its answer. */
  async function send(kept: Kept, frame: Prepared, ask: SocketAsk, asked: AskedKeys): Promise<Outcome> {
    const { text, continuation, isKept } = frame;
    // A response that fails takes the one before it out of the backend's memory.
    kept.chain = undefined;
    const leave = () => kept.socket.abort();
    ask.signal.addEventListener("abort", leave, { once: true });
    if (ask.signal.aborted) leave();
    try {
      let wasSent = false;
      void kept.socket.send(text).then((isWhole) => wasSent = isWhole);
      const first = await firstEvents(kept.socket);
      if (ask.signal.aborted) return { ok: false, failure: { kind: "aborted" } };
      if ("end" in first) {
        return {
          ok: false,
          failure: { kind: "closed", end: first.end, wasSent },
          isRepeatable: isKept,
        };
      }
      if ("error" in first) return refuse(kept, first, isKept, continuation);
      const events = answerEvents(kept.socket, first.events, asked, ({ chain }) => {
        kept.chain = chain;
        sockets.release(kept);
      }, () => void sockets.retire(kept));
      return { ok: true, headers: kept.headers, events, isContinuation: continuation !== undefined, isKept };
    } finally {
      ask.signal.removeEventListener("abort", leave);
    }
  }

  function refuse(
    kept: Kept,
    { error, events }: Extract<FirstEvents, { readonly error: ErrorFrame }>,
    isKept: boolean,
    continuation: Continuation | undefined,
  ): Outcome {
    options.onHeaders(error.headers);
    const fault = socketFaultOf(error, continuation !== undefined);
    kept.isSpent = fault !== undefined;
    sockets.release(kept);
    if (fault === "too_old" && !isKept) return { ok: false, failure: { kind: "spent" }, isRepeatable: false };
    const refusal = toRefusal(error, options.nowMs());
    return {
      ok: false,
      failure: { kind: "error", refusal, events },
      isRepeatable: fault === "chain_lost" || (fault === "too_old" && isKept),
    };
  }

  return {
    async respond(ask) {
      const identity = socketIdentity(ask.url, ask.headers);
      const asked = keysOf(ask.body);
      let kept = sockets.take(ask.conversation, identity, asked);
      for (let isFirst = true;; isFirst = false) {
        const continuation = continuationOf(kept?.chain, asked);
        const text = createFrame(ask.body, continuation, ask);
        const bytes = byteLength(text);
        if (bytes > LARGEST_FRAME_BYTES) {
          if (kept !== undefined) sockets.release(kept);
          return { ok: false, failure: { kind: "too_large", bytes } };
        }
        const frame = { text, continuation, isKept: kept !== undefined };
        if (kept === undefined) {
          const opened = await open(ask, identity);
          if ("kind" in opened) return { ok: false, failure: opened };
          kept = opened;
        }
        const outcome = await send(kept, frame, ask, asked);
        if (!("isRepeatable" in outcome)) return outcome;
        if (!isFirst || !outcome.isRepeatable) return { ok: false, failure: outcome.failure };
        kept = undefined;
      }
    },
    count: sockets.count,
    async close() {
      shutdown.abort();
      await sockets.closeAll();
    },
  };
}

/** One frame, ready to be sent. */
interface Prepared {
  readonly text: string;
  readonly continuation: Continuation | undefined;
  readonly isKept: boolean;
}

/** In UTF-8; the text itself is only encoded when it is sent. */
function byteLength(text: string): number {
  if (text.length > LARGEST_FRAME_BYTES || text.length * 3 <= LARGEST_FRAME_BYTES) return text.length;
  return new TextEncoder().encode(text).length;
}
