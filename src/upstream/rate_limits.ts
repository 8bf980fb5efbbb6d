/**
 * The account's limits, from the three places that tell them: headers of every answer, `GET …/wham/usage`, and the
 * `codex.rate_limits` frame of a stream (backend.md#usage-answer, #vendor-events, #limit-headers). Windows are named
 * by their length: which of them comes first has changed more than once (backend.md#limit-windows).
 */
import { ENTRIES_LIMIT, LONGEST_WAIT_SECONDS } from "../bounds.ts";
import { isRecord, type JsonObject, listAt, momentMs, numberAt, recordAt, textAt } from "../wire/json.ts";
import { windowLabel } from "./window_label.ts";

/** One limit window. */
export interface LimitWindow {
  /** the same for the same window of later answers, e.g. `codex/weekly` */
  readonly id: string;
  /** `codex`, or a limit of its own for some models or features */
  readonly limitId: string;
  /** the backend's name of a limit other than `codex` */
  readonly limitName: string | undefined;
  /** where the backend put it; says nothing about its length */
  readonly position: "primary" | "secondary";
  /** `5 h`, `weekly`, … by length; see {@linkcode windowLabel} */
  readonly label: string;
  /** 0 to 100, and above when more was used than allowed */
  readonly usedPercent: number;
  readonly windowSeconds: number | undefined;
  readonly resetsAtMs: number | undefined;
  /** nothing is left in it, by the backend's word where it gave one */
  readonly limitReached: boolean;
}

/** Credits that go on when the windows are used up. */
export interface Credits {
  readonly hasCredits: boolean;
  readonly unlimited: boolean;
  /** as the backend writes it, e.g. `12.50` */
  readonly balance: string | undefined;
}

/** What is known of the account's limits. */
export interface Limits {
  /** in the backend's spelling, e.g. `plus` */
  readonly plan: string | undefined;
  /** `codex` first, its shortest window first */
  readonly windows: readonly LimitWindow[];
  readonly credits: Credits | undefined;
  /** the backend's own word for the limit `codex`; undefined when it said nothing */
  readonly allowed: boolean | undefined;
  /** which limit counted for the answer, from its header */
  readonly activeLimit: string | undefined;
  /** why a limit counts as reached, in the backend's words: `rate_limit_reached`, `workspace_owner_credits_depleted` */
  readonly reachedType: string | undefined;
  /** whether the cap on spending that the workspace has set is reached; undefined when the backend said nothing */
  readonly spendReached: boolean | undefined;
  /** how often the user may still reset a window early */
  readonly resetCredits: number | undefined;
}

/** The id of the limit that counts for ordinary requests. */
export const MAIN_LIMIT = "codex";
/** The id of the limit of code reviews, which has a place of its own in the usage. */
export const CODE_REVIEW_LIMIT = "code_review";
const POSITIONS = ["primary", "secondary"] as const;
/** Characters of a name or another short text of the backend that are kept. */
const NAME_LENGTH = 100;
/** More than was ever allowed ten thousand times over says no more than that. */
const MOST_PERCENT = 1_000_000;

/**
 * Reads the limit headers of an answer (backend.md#limit-headers).
 *
 * @returns undefined when the answer has none
 */
export function readLimitHeaders(headers: Headers, nowMs: number): Limits | undefined {
  const windows: LimitWindow[] = [];
  let found = false;
  for (const [name] of headers) {
    found ||= /^x-codex-(?:active-limit|plan-type|credits-|rate-limit-)/.test(name);
    const [, limitId, position] = /^x-([\w-]+?)-(primary|secondary)-used-percent$/.exec(name) ?? [];
    if (limitId === undefined) continue;
    found = true;
    const prefix = `x-${limitId}-${position}`;
    const window = toWindow({
      limitId,
      limitName: textOf(headers, `x-${limitId}-limit-name`),
      position: position === "secondary" ? "secondary" : "primary",
      usedPercent: numberOf(headers, name),
      windowSeconds: times(numberOf(headers, `${prefix}-window-minutes`), 60),
      resetAtSeconds: numberOf(headers, `${prefix}-reset-at`),
      resetAfterSeconds: numberOf(headers, `${prefix}-reset-after-seconds`),
    }, nowMs);
    if (window !== undefined) windows.push(window);
  }
  if (!found) return undefined;
  const hasCredits = textOf(headers, "x-codex-credits-has-credits");
  return {
    plan: textOf(headers, "x-codex-plan-type"),
    windows: sortWindows(distinct(windows)),
    credits: hasCredits === undefined ? undefined : {
      hasCredits: isTrue(hasCredits),
      unlimited: isTrue(textOf(headers, "x-codex-credits-unlimited")),
      balance: textOf(headers, "x-codex-credits-balance"),
    },
    allowed: undefined,
    activeLimit: textOf(headers, "x-codex-active-limit"),
    reachedType: textOf(headers, "x-codex-rate-limit-reached-type"),
    spendReached: undefined,
    resetCredits: undefined,
  };
}

/**
 * Reads the answer of `GET …/wham/usage` or `…/codex/usage`, or the payload of a `codex.rate_limits` frame, which
 * says the same in slightly other words.
 *
 * @returns undefined for anything else
 */
export function readUsage(value: unknown, nowMs: number): Limits | undefined {
  if (!isRecord(value)) return undefined;
  const main = recordAt(value, "rate_limit") ?? recordAt(value, "rate_limits");
  const plan = textAt(value, "plan_type");
  if (main === undefined && plan === undefined) return undefined;
  const review = recordAt(value, "code_review_rate_limit") ?? recordAt(value, "code_review_rate_limits");
  const windows = [
    ...readFamily(main, MAIN_LIMIT, undefined, nowMs),
    ...readFamily(review, CODE_REVIEW_LIMIT, "Code review", nowMs),
    ...readFurther(value, nowMs),
  ];
  const credits = recordAt(value, "credits");
  const resets = recordAt(value, "rate_limit_reset_credits");
  const reached = value["rate_limit_reached_type"];
  const spend = recordAt(value, "spend_control")?.["reached"] ?? value["spend_control_reached"];
  return {
    plan,
    windows: sortWindows(distinct(windows)),
    credits: credits === undefined ? undefined : {
      hasCredits: credits["has_credits"] === true,
      unlimited: credits["unlimited"] === true,
      balance: textAt(credits, "balance") ?? numberAt(credits, "balance")?.toString(),
    },
    allowed: typeof main?.["allowed"] === "boolean" ? main["allowed"] : undefined,
    activeLimit: undefined,
    reachedType: (isRecord(reached) ? textAt(reached, "type") : textAt(value, "rate_limit_reached_type"))
      ?.slice(0, NAME_LENGTH),
    spendReached: typeof spend === "boolean" ? spend : undefined,
    resetCredits: resets === undefined ? undefined : numberAt(resets, "available_count"),
  };
}

/** `additional_rate_limits`: a list, each with its name and the feature it is for. */
function readFurther(value: JsonObject, nowMs: number): LimitWindow[] {
  return (listAt(value, "additional_rate_limits") ?? []).slice(0, ENTRIES_LIMIT).flatMap((entry) => {
    if (!isRecord(entry)) return [];
    const name = textAt(entry, "limit_name");
    const id = textAt(entry, "metered_feature") ?? textAt(entry, "limit_id") ?? name ?? "additional";
    return readFamily(recordAt(entry, "rate_limit") ?? entry, id.replaceAll("_", "-"), name, nowMs);
  });
}

function readFamily(
  family: JsonObject | undefined,
  limitId: string,
  limitName: string | undefined,
  nowMs: number,
): LimitWindow[] {
  if (family === undefined) return [];
  const windows = POSITIONS.flatMap((position) => {
    const raw = recordAt(family, `${position}_window`) ?? recordAt(family, position);
    const window = raw === undefined ? undefined : toWindow({
      limitId,
      limitName,
      position,
      usedPercent: numberAt(raw, "used_percent"),
      windowSeconds: numberAt(raw, "limit_window_seconds") ?? times(numberAt(raw, "window_minutes"), 60),
      resetAtSeconds: numberAt(raw, "reset_at") ?? numberAt(raw, "resets_at"),
      resetAfterSeconds: numberAt(raw, "reset_after_seconds"),
    }, nowMs);
    return window === undefined ? [] : [window];
  });
  // The backend's own word counts: a window that is full may still be let through, and one below may not.
  if (family["limit_reached"] === false) {
    return windows.map((window) => ({ ...window, limitReached: false }));
  }
  if (family["limit_reached"] !== true || windows.some((window) => window.limitReached)) return windows;
  // It does not say which window: the one that has been used most.
  const most = Math.max(...windows.map((window) => window.usedPercent));
  return windows.map((window) => window.usedPercent === most ? { ...window, limitReached: true } : window);
}

interface RawWindow {
  readonly limitId: string;
  readonly limitName: string | undefined;
  readonly position: "primary" | "secondary";
  readonly usedPercent: number | undefined;
  readonly windowSeconds: number | undefined;
  readonly resetAtSeconds: number | undefined;
  readonly resetAfterSeconds: number | undefined;
}

/** A window that is there: one without a length, a use and a reset is only a place that the plan does not fill. */
function toWindow(raw: RawWindow, nowMs: number): LimitWindow | undefined {
  if (raw.usedPercent === undefined) return undefined;
  const usedPercent = Math.min(MOST_PERCENT, Math.max(0, raw.usedPercent));
  const windowSeconds = raw.windowSeconds !== undefined && raw.windowSeconds <= LONGEST_WAIT_SECONDS
    ? raw.windowSeconds
    : undefined;
  const label = windowLabel(windowSeconds);
  const resetsAtMs = momentMs(
    positive(raw.resetAtSeconds) !== undefined
      ? times(raw.resetAtSeconds, 1000)
      : raw.resetAfterSeconds === undefined
      ? undefined
      : nowMs + raw.resetAfterSeconds * 1000,
  );
  if (
    usedPercent === 0 && positive(windowSeconds) === undefined && positive(raw.resetAtSeconds) === undefined
  ) {
    return undefined;
  }
  const limitId = raw.limitId.slice(0, NAME_LENGTH);
  return {
    id: `${limitId}/${label.replaceAll(" ", "")}`,
    limitId,
    limitName: raw.limitName?.slice(0, NAME_LENGTH),
    position: raw.position,
    label,
    usedPercent,
    windowSeconds: positive(windowSeconds),
    resetsAtMs,
    limitReached: usedPercent >= 100,
  };
}

/** Two windows of one limit and one length, or of none that was told, keep apart by their place. */
function distinct(windows: readonly LimitWindow[]): LimitWindow[] {
  return windows.map((window, at) =>
    windows.findIndex(({ id }) => id === window.id) === at
      ? window
      : { ...window, id: `${window.id}/${window.position}` }
  );
}

/** `codex` first, within a limit the shortest window first. */
export function sortWindows(windows: readonly LimitWindow[]): LimitWindow[] {
  return [...windows].sort(byLimitAndLength);
}

function byLimitAndLength(a: LimitWindow, b: LimitWindow): number {
  if (a.limitId !== b.limitId) {
    if (a.limitId === MAIN_LIMIT || b.limitId === MAIN_LIMIT) return a.limitId === MAIN_LIMIT ? -1 : 1;
    return a.limitId < b.limitId ? -1 : 1;
  }
  return (a.windowSeconds ?? Infinity) - (b.windowSeconds ?? Infinity) || (a.id < b.id ? -1 : 1);
}

function textOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim().slice(0, NAME_LENGTH);
  return value === "" ? undefined : value;
}

function numberOf(headers: Headers, name: string): number | undefined {
  const value = textOf(headers, name);
  const number = value === undefined ? NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|1)$/i.test(value);
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}
