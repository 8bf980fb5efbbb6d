/**
 * What follows from the account's limits: what blocks, what to warn of, what is known after another answer.
 */
import { ENTRIES_LIMIT } from "../bounds.ts";
import { type Credits, type Limits, type LimitWindow, MAIN_LIMIT, sortWindows } from "./rate_limits.ts";

/**
 * What is known after another answer: its limits replace the earlier ones, what it does not mention stays.
 */
export function mergeLimits(earlier: Limits | undefined, later: Limits): Limits {
  if (earlier === undefined) return { ...later, windows: later.windows.slice(0, ENTRIES_LIMIT) };
  const told = new Set(later.windows.map((window) => window.limitId));
  return {
    plan: later.plan ?? earlier.plan,
    // Names come from the backend: those that change with each answer would pile up.
    windows: sortWindows([
      ...later.windows,
      ...earlier.windows.filter((window) => !told.has(window.limitId)),
    ]).slice(0, ENTRIES_LIMIT),
    credits: later.credits ?? earlier.credits,
    // The earlier word was about earlier numbers.
    allowed: later.allowed ?? (told.has(MAIN_LIMIT) ? undefined : earlier.allowed),
    activeLimit: later.activeLimit ?? earlier.activeLimit,
    reachedType: later.reachedType,
    spendReached: later.spendReached ?? earlier.spendReached,
    resetCredits: later.resetCredits ?? earlier.resetCredits,
  };
}

/** What {@linkcode blockingWindow} decides by. */
export interface BlockingOptions {
  /** percent of a window that is kept back: it counts as used up when only so much is left; 0 for no reserve */
  readonly reserveOf?: (window: LimitWindow) => number;
  /** the limit that counts for the request */
  readonly limitId?: string;
}

/**
 * The window that stands in the way of a request now, of several the one that ends last.
 *
 * A window whose reset time has passed blocks nothing, whatever was known of it. Without a reserve, neither does one
 * when the backend says that requests are allowed, or when credits go on.
 *
 * @returns undefined when nothing does
 */
export function blockingWindow(
  limits: Limits,
  nowMs: number,
  options: BlockingOptions = {},
): LimitWindow | undefined {
  const { reserveOf = () => 0, limitId = MAIN_LIMIT } = options;
  const goesOn = limits.allowed === true || hasCredit(limits.credits);
  const blocks = (window: LimitWindow) => {
    const reserve = reserveOf(window);
    return reserve > 0 && window.usedPercent >= 100 - reserve || window.limitReached && !goesOn;
  };
  return limits.windows
    .filter((window) => window.limitId === limitId && !isOver(window, nowMs) && blocks(window))
    .sort((a, b) => (b.resetsAtMs ?? Infinity) - (a.resetsAtMs ?? Infinity))[0];
}

/** Why the backend refuses requests now. */
export type LimitBlock =
  /** a window is used up */
  | { readonly kind: "window"; readonly window: LimitWindow }
  /** the credits of the workspace are used up */
  | { readonly kind: "credits" }
  /** the cap that the workspace has set, on spending or for a member */
  | { readonly kind: "cap" }
  /** the backend says so, and not why */
  | { readonly kind: "unnamed" };

/**
 * What stands in the way of requests now, by what the backend says is reached: `spend_control`,
 * `rate_limit_reached_type`, `allowed`, and the windows (the names of the types as of 2026-11).
 *
 * @returns undefined when nothing does
 */
export function limitBlock(limits: Limits, nowMs: number): LimitBlock | undefined {
  const { allowed, reachedType = "", spendReached } = limits;
  if (spendReached === true) return { kind: "cap" };
  if (allowed !== true && reachedType.endsWith("credits_depleted")) return { kind: "credits" };
  if (allowed !== true && reachedType.startsWith("workspace_")) return { kind: "cap" };
  const window = blockingWindow(limits, nowMs);
  if (window !== undefined) return { kind: "window", window };
  const told = allowed === false || allowed === undefined && reachedType !== "";
  const main = limits.windows.filter(({ limitId }) => limitId === MAIN_LIMIT);
  const reset = main.length > 0 && main.some((known) => isOver(known, nowMs));
  return told && !reset ? { kind: "unnamed" } : undefined;
}

/** True when the window has been reset since it was reported. */
export function isOver(window: LimitWindow, nowMs: number): boolean {
  return window.resetsAtMs !== undefined && window.resetsAtMs <= nowMs;
}

/** A window that has come to a threshold. */
export interface Crossing {
  readonly window: LimitWindow;
  /** in percent: the highest that was crossed */
  readonly threshold: number;
}

/**
 * The thresholds crossed between two readings, for warnings: each once in the life of a window, and only the highest
 * when several are crossed at once. A window that was reset since starts anew.
 *
 * @param previous what was known before; undefined at first, when everything above a threshold is news
 * @param thresholds in percent, e.g. `[80, 95]`
 */
export function crossedThresholds(
  previous: Limits | undefined,
  next: Limits,
  thresholds: readonly number[],
): Crossing[] {
  return next.windows.flatMap((window) => {
    const before = previous?.windows.find((earlier) => earlier.id === window.id);
    const from = before === undefined || isLaterWindow(before, window) ? -1 : before.usedPercent;
    const crossed = thresholds.filter((threshold) => from < threshold && window.usedPercent >= threshold);
    return crossed.length === 0 ? [] : [{ window, threshold: Math.max(...crossed) }];
  });
}

/**
 * True when the window has been reset between the two readings. Reset times told as "in N seconds" waver, and those of
 * a window that nobody used move on with the clock, so only a jump by a good part of the length counts.
 */
function isLaterWindow(before: LimitWindow, after: LimitWindow): boolean {
  if (before.resetsAtMs === undefined || after.resetsAtMs === undefined) return false;
  return after.resetsAtMs - before.resetsAtMs > (after.windowSeconds ?? 3600) * 1000 / 10;
}

function hasCredit(credits: Credits | undefined): boolean {
  if (credits === undefined) return false;
  return credits.unlimited || credits.hasCredits && Number(credits.balance ?? "1") !== 0;
}

/** The limits of a running server, from answer to answer. */
export interface LimitTracker {
  /** Takes what an answer said; gives what to warn of, each threshold once in the life of a window. */
  seen(limits: Limits): Crossing[];
  /** What is known now; undefined before the first answer. */
  current(): Limits | undefined;
}

/**
 * Keeps the limits that answers tell of.
 *
 * Answers come out of order, so a percentage may seem to fall and rise again: warnings go by the highest that was
 * seen of a window.
 *
 * @param thresholds in percent, e.g. `[80, 95]`, asked for at each answer
 */
export function createLimitTracker(thresholds: () => readonly number[]): LimitTracker {
  let known: Limits | undefined;
  let peaks: Limits | undefined;
  return {
    current: () => known,
    seen(limits) {
      const crossings = crossedThresholds(peaks, limits, thresholds());
      known = mergeLimits(known, limits);
      peaks = { ...known, windows: known.windows.map((window) => peakOf(peaks, window)) };
      return crossings;
    },
  };
}

function peakOf(peaks: Limits | undefined, window: LimitWindow): LimitWindow {
  const peak = peaks?.windows.find((earlier) => earlier.id === window.id);
  if (peak === undefined || isLaterWindow(peak, window)) return window;
  return peak.usedPercent > window.usedPercent ? { ...window, usedPercent: peak.usedPercent } : window;
}
