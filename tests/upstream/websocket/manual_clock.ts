import type { After } from "../../../src/upstream/websocket/wire.ts";

/** A clock that stands still until the test moves it, so that no test waits for time to pass. */
export interface ManualClock {
  readonly after: After;
  nowMs(): number;
  /** Moves on, and runs what is due, in its order. */
  advance(ms: number): void;
  /** timers that wait */
  waiting(): number;
}

/** A clock at 0. */
export function createManualClock(): ManualClock {
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  let nowMs = 0;
  return {
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    nowMs: () => nowMs,
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
    waiting: () => timers.size,
  };
}
