import { assertEquals } from "@std/assert";
import { toCodexUsage } from "../../src/upstream/codex_usage.ts";
import {
  blockingWindow,
  createLimitTracker,
  crossedThresholds,
  mergeLimits,
} from "../../src/upstream/limit_state.ts";
import {
  type Limits,
  type LimitWindow,
  readLimitHeaders,
  readUsage,
} from "../../src/upstream/rate_limits.ts";
import { windowLabel } from "../../src/upstream/window_label.ts";

const NOW_MS = 1_795_000_000_000;
const NOW_S = NOW_MS / 1000;
const NOTHING: Limits = {
  plan: undefined,
  windows: [],
  credits: undefined,
  allowed: undefined,
  activeLimit: undefined,
  reachedType: undefined,
  spendReached: undefined,
  resetCredits: undefined,
};

/** A window of the limit `codex`; by default a week that resets in an hour. */
function week(usedPercent: number, over: Partial<LimitWindow> = {}): LimitWindow {
  return {
    id: "codex/weekly",
    limitId: "codex",
    limitName: undefined,
    position: "primary",
    label: "weekly",
    usedPercent,
    windowSeconds: 604_800,
    resetsAtMs: NOW_MS + 3_600_000,
    limitReached: usedPercent >= 100,
    ...over,
  };
}

function fiveHours(usedPercent: number, over: Partial<LimitWindow> = {}): LimitWindow {
  return week(usedPercent, { id: "codex/5h", label: "5 h", windowSeconds: 18_000, ...over });
}

const USAGE = {
  plan_type: "plus",
  rate_limit: {
    allowed: true,
    limit_reached: false,
    primary_window: {
      used_percent: 12,
      limit_window_seconds: 604_800,
      reset_after_seconds: 500_000,
      reset_at: NOW_S + 500_000,
    },
    secondary_window: {
      used_percent: 40,
      limit_window_seconds: 18_000,
      reset_after_seconds: 900,
      reset_at: NOW_S + 900,
    },
  },
  additional_rate_limits: [{
    limit_name: "GPT-5.3-Codex-Spark",
    metered_feature: "codex_spark",
    rate_limit: {
      allowed: true,
      limit_reached: false,
      primary_window: {
        used_percent: 3,
        limit_window_seconds: 18_000,
        reset_after_seconds: 60,
        reset_at: NOW_S + 60,
      },
      secondary_window: null,
    },
  }],
  code_review_rate_limit: null,
  credits: { has_credits: true, unlimited: false, balance: "12.50" },
  rate_limit_reset_credits: { available_count: 2 },
};

Deno.test("windowLabel() names windows by their length", () => {
  const lengths = [
    18_000,
    604_800,
    10_079 * 60,
    299 * 60,
    86_400,
    2_592_000,
    7200,
    259_200,
    5400,
    1800,
    30,
    0,
  ];
  assertEquals([...lengths, undefined].map(windowLabel), [
    "5 h",
    "weekly",
    "weekly",
    "5 h",
    "daily",
    "monthly",
    "2 h",
    "3 d",
    "1 h 30 min",
    "30 min",
    "30 s",
    "limit",
    "limit",
  ]);
});

Deno.test("readUsage() labels windows by length wherever the backend puts them", () => {
  assertEquals(readUsage(USAGE, NOW_MS), {
    plan: "plus",
    windows: [
      fiveHours(40, { position: "secondary", resetsAtMs: NOW_MS + 900_000 }),
      week(12, { resetsAtMs: NOW_MS + 500_000_000 }),
      fiveHours(3, {
        id: "codex-spark/5h",
        limitId: "codex-spark",
        limitName: "GPT-5.3-Codex-Spark",
        resetsAtMs: NOW_MS + 60_000,
      }),
    ],
    credits: { hasCredits: true, unlimited: false, balance: "12.50" },
    allowed: true,
    activeLimit: undefined,
    reachedType: undefined,
    spendReached: undefined,
    resetCredits: 2,
  });
});

Deno.test("readUsage() reads the payload of a codex.rate_limits frame", () => {
  const frame = {
    type: "codex.rate_limits",
    plan_type: "pro",
    rate_limits: {
      allowed: false,
      limit_reached: true,
      primary: { used_percent: 99, window_minutes: 300, reset_after_seconds: 60 },
      secondary: { used_percent: 20, window_minutes: 10_080, reset_at: NOW_S + 3600 },
    },
    credits: null,
  };
  assertEquals(readUsage(frame, NOW_MS), {
    ...NOTHING,
    plan: "pro",
    windows: [
      fiveHours(99, { resetsAtMs: NOW_MS + 60_000, limitReached: true }),
      week(20, { position: "secondary" }),
    ],
    allowed: false,
  });
});

Deno.test("readUsage() gives nothing for what is no usage", () => {
  assertEquals([null, [], "x", {}, { detail: "Unauthorized" }].map((value) => readUsage(value, NOW_MS)), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("readLimitHeaders() reads windows, credits and further limits", () => {
  const headers = new Headers({
    "x-codex-active-limit": "codex",
    "x-codex-plan-type": "plus",
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "10080",
    "x-codex-primary-reset-after-seconds": "3600",
    "x-codex-primary-reset-at": String(NOW_S + 3600),
    "x-codex-secondary-used-percent": "41.5",
    "x-codex-secondary-window-minutes": "300",
    "x-codex-secondary-reset-after-seconds": "60",
    "x-codex-primary-over-secondary-limit-percent": "0",
    "x-codex-credits-has-credits": "False",
    "x-codex-credits-unlimited": "False",
    "x-codex-credits-balance": "",
    "x-codex-rate-limit-reached-type": "rate_limit_reached",
    "x-codex-spark-primary-used-percent": "7",
    "x-codex-spark-primary-window-minutes": "300",
    "x-codex-spark-primary-reset-at": String(NOW_S + 60),
    "x-codex-spark-limit-name": "GPT-5.3-Codex-Spark",
  });
  assertEquals(readLimitHeaders(headers, NOW_MS), {
    plan: "plus",
    windows: [
      fiveHours(41.5, { position: "secondary", resetsAtMs: NOW_MS + 60_000 }),
      week(100),
      fiveHours(7, {
        id: "codex-spark/5h",
        limitId: "codex-spark",
        limitName: "GPT-5.3-Codex-Spark",
        resetsAtMs: NOW_MS + 60_000,
      }),
    ],
    credits: { hasCredits: false, unlimited: false, balance: undefined },
    allowed: undefined,
    activeLimit: "codex",
    reachedType: "rate_limit_reached",
    spendReached: undefined,
    resetCredits: undefined,
  });
});

Deno.test("readLimitHeaders() gives nothing without limit headers, and skips windows that are not there", () => {
  const other = new Headers({ "x-codex-turn-state": "abc", "content-type": "text/plain" });
  assertEquals(readLimitHeaders(other, NOW_MS), undefined);
  const empty = new Headers({
    "x-codex-plan-type": "free",
    "x-codex-primary-used-percent": "0",
    "x-codex-primary-window-minutes": "0",
    "x-codex-primary-reset-at": "0",
    "x-codex-secondary-used-percent": "n/a",
  });
  assertEquals(readLimitHeaders(empty, NOW_MS), { ...NOTHING, plan: "free" });
});

Deno.test("readLimitHeaders() keeps two windows of no length apart", () => {
  const headers = new Headers({
    "x-codex-primary-used-percent": "1",
    "x-codex-secondary-used-percent": "2",
  });
  assertEquals(readLimitHeaders(headers, NOW_MS)?.windows.map(({ id, usedPercent }) => [id, usedPercent]), [
    ["codex/limit", 1],
    ["codex/limit/secondary", 2],
  ]);
});

Deno.test("toCodexUsage() gives back what readUsage() read", () => {
  const limits = readUsage(USAGE, NOW_MS);
  assertEquals(limits === undefined ? undefined : toCodexUsage(limits, NOW_MS), USAGE);
});

Deno.test("toCodexUsage() gives whole numbers, and an unused window once it was reset", () => {
  const limits: Limits = { ...NOTHING, windows: [week(99.6)] };
  assertEquals(toCodexUsage(limits, NOW_MS + 600)["rate_limit"], {
    allowed: true,
    limit_reached: false,
    primary_window: {
      used_percent: 99,
      limit_window_seconds: 604_800,
      reset_after_seconds: 3600,
      reset_at: NOW_S + 3600,
    },
    secondary_window: null,
  });
  assertEquals(toCodexUsage({ ...NOTHING, windows: [week(100)] }, NOW_MS + 7_200_000)["rate_limit"], {
    allowed: true,
    limit_reached: false,
    primary_window: {
      used_percent: 0,
      limit_window_seconds: 604_800,
      reset_after_seconds: 0,
      reset_at: NOW_S + 3600,
    },
    secondary_window: null,
  });
});

Deno.test("blockingWindow() names the used up window that ends last", () => {
  const limits: Limits = { ...NOTHING, windows: [fiveHours(100, { resetsAtMs: NOW_MS + 1 }), week(100)] };
  assertEquals(blockingWindow(limits, NOW_MS), week(100));
});

Deno.test("blockingWindow() is not held up by a window that was reset, by another limit, or with credits", () => {
  const full: Limits = { ...NOTHING, windows: [week(100)] };
  const credits = { hasCredits: true, unlimited: false, balance: "3" };
  assertEquals([
    blockingWindow(full, NOW_MS + 3_600_000),
    blockingWindow({ ...NOTHING, windows: [week(100, { limitId: "codex-spark" })] }, NOW_MS),
    blockingWindow({ ...full, credits }, NOW_MS),
    blockingWindow({ ...full, allowed: true }, NOW_MS),
    blockingWindow({ ...NOTHING, windows: [week(99)] }, NOW_MS),
  ], [undefined, undefined, undefined, undefined, undefined]);
  const empty = { ...credits, balance: "0" };
  assertEquals(blockingWindow({ ...full, credits: empty }, NOW_MS), week(100));
});

Deno.test("blockingWindow() keeps a reserve, also while the backend would go on", () => {
  const limits: Limits = { ...NOTHING, allowed: true, windows: [week(90), fiveHours(89)] };
  assertEquals(blockingWindow(limits, NOW_MS, { reserveOf: () => 10 }), week(90));
  assertEquals(blockingWindow(limits, NOW_MS, { reserveOf: () => 9 }), undefined);
});

Deno.test("crossedThresholds() warns of the highest threshold once", () => {
  const at = (usedPercent: number): Limits => ({ ...NOTHING, windows: [week(usedPercent)] });
  const thresholds = [80, 95];
  assertEquals([
    crossedThresholds(undefined, at(79), thresholds),
    crossedThresholds(undefined, at(96), thresholds),
    crossedThresholds(at(79), at(80), thresholds),
    crossedThresholds(at(80), at(94), thresholds),
    crossedThresholds(at(94), at(95), thresholds),
    crossedThresholds(at(95), at(100), thresholds),
  ], [
    [],
    [{ window: week(96), threshold: 95 }],
    [{ window: week(80), threshold: 80 }],
    [],
    [{ window: week(95), threshold: 95 }],
    [],
  ]);
});

Deno.test("crossedThresholds() starts anew after a reset, but not when the reset time wavers", () => {
  const before: Limits = { ...NOTHING, windows: [week(90)] };
  const wavered = week(91, { resetsAtMs: NOW_MS + 3_605_000 });
  const later = week(85, { resetsAtMs: NOW_MS + 608_400_000 });
  assertEquals(crossedThresholds(before, { ...NOTHING, windows: [wavered] }, [80]), []);
  assertEquals(crossedThresholds(before, { ...NOTHING, windows: [later] }, [80]), [
    { window: later, threshold: 80 },
  ]);
});

Deno.test("createLimitTracker() warns once although answers come out of order", () => {
  const tracker = createLimitTracker(() => [80, 95]);
  const seen = [81, 79, 81, 95, 94, 96].map((used) =>
    tracker.seen({ ...NOTHING, windows: [week(used)] }).map(({ threshold }) => threshold)
  );
  assertEquals(seen, [[80], [], [], [95], [], []]);
  assertEquals(tracker.current()?.windows, [week(96)]);
});

Deno.test("mergeLimits() replaces the limits an answer tells of and keeps the others", () => {
  const spark = week(5, { id: "codex-spark/weekly", limitId: "codex-spark" });
  const earlier: Limits = {
    ...NOTHING,
    plan: "plus",
    allowed: true,
    windows: [fiveHours(10), week(10), spark],
    resetCredits: 1,
  };
  const later: Limits = { ...NOTHING, windows: [week(100)], reachedType: "rate_limit_reached" };
  assertEquals(mergeLimits(earlier, later), {
    ...earlier,
    allowed: undefined,
    windows: [week(100), spark],
    reachedType: "rate_limit_reached",
    spendReached: undefined,
  });
  assertEquals(mergeLimits(undefined, later), later);
});

Deno.test("readLimitHeaders() and readUsage() take a reset that no clock can show for none", () => {
  const headers = new Headers({
    "x-codex-primary-used-percent": "12",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": "1e20",
  });
  const window = { used_percent: 12, limit_window_seconds: 18_000, reset_after_seconds: 1e20 };
  assertEquals(
    [readLimitHeaders(headers, NOW_MS), readUsage({ rate_limit: { primary_window: window } }, NOW_MS)]
      .map((limits) => limits?.windows.map(({ label, resetsAtMs }) => [label, resetsAtMs])),
    [[["5 h", undefined]], [["5 h", undefined]]],
  );
});

Deno.test("readUsage() takes the backend's word for what is reached, not the percentages", () => {
  const usage = (rate_limit: Record<string, unknown>, more = {}) =>
    readUsage({ plan_type: "team", rate_limit, ...more }, NOW_MS);
  const full = { used_percent: 100, limit_window_seconds: 18_000, reset_after_seconds: 60 };
  const reached = (found: Limits | undefined) => found?.windows.map(({ limitReached }) => limitReached);
  assertEquals(reached(usage({ allowed: true, limit_reached: false, primary_window: full })), [false]);
  assertEquals(reached(usage({ primary_window: full })), [true]);
  assertEquals(
    reached(usage({ limit_reached: true, primary_window: { ...full, used_percent: 70 } })),
    [true],
  );
  const told = usage({}, { spend_control: { reached: true }, rate_limit_reached_type: { type: "x" } });
  assertEquals([told?.spendReached, told?.reachedType], [true, "x"]);
});
