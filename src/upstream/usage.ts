import { BOUNDS } from "../bounds.ts";
import { waitSeconds } from "../answer/failure.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { parseJson } from "../wire/json.ts";
import { readRefusal, toUpstreamProblem } from "./errors.ts";
import { type BackendGet, readAnswerText } from "./get.ts";
import { blockingWindow, createLimitTracker } from "./limit_state.ts";
import { limitWarning, type Reserve, reserveOf } from "./limit_guard.ts";
import { type Limits, type LimitWindow, readLimitHeaders, readUsage } from "./rate_limits.ts";

/** The log warns once more when so much of a window is used, in percent. */
const ALMOST_ALL = 95;
/** What answers told is not asked for again within this time. */
const FRESH_MS = 60_000;

/** The account's limits in a running program. */
export interface UsageSource {
  /** Takes the headers of an answer. */
  seen(headers: Headers): void;
  /** Takes a `codex.rate_limits` event: a kept WebSocket has no headers for each answer. */
  told(event: unknown): void;
  /** What is known without asking. */
  current(): Limits | undefined;
  /** What is known, asked for when nothing fresh is. @throws Problem when nothing is known and the backend says nothing */
  read(): Promise<Limits>;
  /**
   * Keeps the reserve: refuses a request while a window has no more left than is kept back of it.
   *
   * @throws Problem rate_limited with the time of the reset
   */
  checkReserve(reserve: Reserve): void;
  /** What of the limits an answer has to warn of: {@linkcode limitWarning}. */
  warning(warnPercent: number): string | undefined;
}

/**
 * @param urls where usage may be asked for, tried in order: the first is refused for some accounts
 * (backend.md#usage-two-addresses)
 */
export function createUsage(options: {
  readonly get: BackendGet;
  readonly urls: () => readonly string[];
  readonly nowMs: () => number;
  /** a clock that only goes forward, for how old the limits are */
  readonly monotonicMs: () => number;
  /** `limits.warn_percent`; without it the log warns of nothing */
  readonly warnPercent?: () => number;
  readonly log: Log;
}): UsageSource {
  const { nowMs, monotonicMs, log } = options;
  const tracker = createLimitTracker(() => {
    const percent = options.warnPercent?.() ?? 0;
    return percent === 0 ? [] : [percent, ALMOST_ALL];
  });
  let seenMs = 0;

  function take(limits: Limits | undefined): void {
    if (limits === undefined) return;
    seenMs = monotonicMs();
    for (const { window, threshold } of tracker.seen(limits)) {
      log("warn", `limit ${window.label} is used to ${threshold} % and more`, {
        limit: window.limitName ?? window.limitId,
        used_percent: window.usedPercent,
        resets_at: window.resetsAtMs === undefined ? undefined : new Date(window.resetsAtMs).toISOString(),
      });
    }
  }

  async function ask(): Promise<Limits> {
    let problem: Problem | undefined;
    for (const url of options.urls()) {
      const response = await options.get(url);
      if (!response.ok) {
        const refusal = toUpstreamProblem(await readRefusal(response), nowMs());
        // An address that is not there says less than the refusal of one that is.
        if (problem === undefined || response.status !== 404) problem = refusal;
        continue;
      }
      const limits = readUsage(parseJson(await readAnswerText(response, BOUNDS.usage)), nowMs());
      if (limits !== undefined) {
        take(limits);
        return tracker.current() ?? limits;
      }
      problem ??= new Problem("backend_error", "its answer about the limits cannot be read");
    }
    throw problem ?? new Problem("backend_error");
  }

  return {
    seen: (headers) => take(readLimitHeaders(headers, nowMs())),
    told: (event) => take(readUsage(event, nowMs())),
    current: () => tracker.current(),
    async read() {
      const known = tracker.current();
      if (known !== undefined && monotonicMs() - seenMs < FRESH_MS) return known;
      try {
        return await ask();
      } catch (error) {
        if (known !== undefined) return known;
        throw error;
      }
    },
    warning: (warnPercent) => limitWarning(tracker.current(), warnPercent, nowMs()),
    checkReserve(reserve) {
      const limits = tracker.current();
      if (limits === undefined) return;
      const kept = (window: LimitWindow) => reserveOf(window, reserve);
      const window = blockingWindow(limits, nowMs(), { reserveOf: (one) => kept(one).percent });
      // A window that is used up without any reserve is the backend's to refuse.
      if (window === undefined || kept(window).percent === 0) return;
      const { percent, setting } = kept(window);
      const seconds = window.resetsAtMs === undefined
        ? 60
        : waitSeconds((window.resetsAtMs - nowMs()) / 1000);
      throw new Problem(
        "rate_limited",
        `${window.usedPercent} % of the ${window.label} limit is used, and ${setting} keeps ${percent} % back${
          window.resetsAtMs === undefined ? "" : ` until ${new Date(window.resetsAtMs).toISOString()}`
        }`,
        {
          apiCode: "reserve_reached",
          headers: { "retry-after": String(Math.max(1, seconds)), "x-should-retry": "false" },
          hint: `Wait for the reset, or lower ${setting}`,
        },
      );
    },
  };
}
