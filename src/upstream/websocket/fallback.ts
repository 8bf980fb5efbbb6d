import { endText } from "./answer_events.ts";
import type { SendFailure } from "./sockets.ts";

/** What to do about a request that got no answer over a WebSocket. */
export interface Fallback {
  /** `post`: the same over POST; `refusal`: it was answered, as over POST; `left`: nobody waits for it */
  readonly next: "post" | "refusal" | "left";
  /** whether later requests have to go over POST as well: at once, after a second time in a row, or not */
  readonly memory: "at_once" | "second_time" | "none";
  /** for the log */
  readonly reason: string;
}

/** Refusals that are about WebSockets; any other status is about this request or this account. */
const NO_WEBSOCKET: ReadonlySet<number> = new Set([404, 405, 426, 501]);

/**
 * What a failure means. POST repeats it with the answer that a person gets: no event has come, and a refused upgrade
 * has a body that POST sends again (websocket.md#ws-fallback).
 */
export function fallbackOf(failure: SendFailure): Fallback {
  switch (failure.kind) {
    case "refused": {
      const { status } = failure.refusal;
      const memory = NO_WEBSOCKET.has(status) ? "at_once" : "none";
      return { next: "post", memory, reason: `the upgrade was refused (${status})` };
    }
    case "unreachable": {
      const isLasting = failure.isTimeout || failure.phase === "tls" || failure.phase === "proxy";
      const memory = isLasting ? "at_once" : "second_time";
      return { next: "post", memory, reason: `${failure.phase}: ${failure.detail}` };
    }
    case "too_large":
      return { next: "post", memory: "none", reason: `the request has ${failure.bytes} bytes` };
    case "no_room":
      return { next: "post", memory: "none", reason: "all sockets are in use" };
    case "closed":
      return { next: "post", memory: "none", reason: endText(failure.end) };
    case "spent":
      return { next: "post", memory: "none", reason: "a new socket was refused as too old" };
    case "error":
      return { next: "refusal", memory: "none", reason: `an error message (${failure.refusal.status})` };
    case "aborted":
      return { next: "left", memory: "none", reason: "the client left" };
    default:
      return failure satisfies never;
  }
}

/** Remembers for a while that WebSockets do not work here. */
export interface TransportMemory {
  /**
   * Why a request goes over POST; undefined when it may try a WebSocket. Once the time has passed one request tries,
   * and until that is decided all others still go over POST.
   */
  reason(): string | undefined;
  /** Why requests go over POST now, without trying. */
  current(): string | undefined;
  /** A socket was opened, or one that is open answered. */
  worked(): void;
  failed(fallback: Fallback): void;
}

/** A memory in which nothing has failed yet. @param pauseMs how long it is remembered */
export function createTransportMemory(monotonicMs: () => number, pauseMs: number): TransportMemory {
  let pause: { untilMs: number; readonly reason: string } | undefined;
  let inARow = 0;
  return {
    reason() {
      if (pause === undefined) return undefined;
      if (monotonicMs() < pause.untilMs) return pause.reason;
      pause.untilMs = monotonicMs() + pauseMs;
      return undefined;
    },
    current: () => pause?.reason,
    worked() {
      pause = undefined;
      inARow = 0;
    },
    failed({ memory, reason }) {
      if (memory === "none") return;
      inARow++;
      if (memory === "at_once" || inARow > 1) pause = { untilMs: monotonicMs() + pauseMs, reason };
    },
  };
}
