import { assertEquals } from "@std/assert";
import { limitWarning, reserveOf } from "../../src/upstream/limit_guard.ts";
import type { Limits, LimitWindow } from "../../src/upstream/rate_limits.ts";

const NOW_MS = Date.parse("2026-11-28T20:00:00Z");

function window(label: string, usedPercent: number, more: Partial<LimitWindow> = {}): LimitWindow {
  return {
    id: `codex/${label}`,
    limitId: "codex",
    limitName: undefined,
    position: "primary",
    label,
    windowSeconds: undefined,
    usedPercent,
    limitReached: false,
    resetsAtMs: NOW_MS + 60_000,
    ...more,
  };
}

Deno.test("reserveOf() takes the larger of the reserve for all windows and the one of this window", () => {
  const reserve = {
    "limits.reserve_percent": 10,
    "limits.reserve_five_hours_percent": 5,
    "limits.reserve_weekly_percent": 20,
  };
  assertEquals(["5 h", "weekly", "monthly"].map((label) => reserveOf({ label }, reserve)), [
    { percent: 10, setting: "limits.reserve_percent" },
    { percent: 20, setting: "limits.reserve_weekly_percent" },
    { percent: 10, setting: "limits.reserve_percent" },
  ]);
});

Deno.test("limitWarning() names each window of the account from the percentage on, and none that was reset", () => {
  const limits = (...windows: LimitWindow[]): Limits => ({
    plan: undefined,
    windows,
    credits: undefined,
    allowed: undefined,
    activeLimit: undefined,
    reachedType: undefined,
    resetCredits: undefined,
    spendReached: undefined,
  });
  const known = limits(
    window("5 h", 80),
    window("weekly", 99.6, { resetsAtMs: undefined }),
    window("5 h", 90, { limitId: "other" }),
    window("daily", 90, { resetsAtMs: NOW_MS }),
    window("monthly", 79),
  );
  assertEquals(
    limitWarning(known, 80, NOW_MS),
    "80% of the 5 h limit is used; it resets at 2026-11-28T20:01:00.000Z, 99.6% of the weekly limit is used",
  );
  assertEquals([limitWarning(known, 0, NOW_MS), limitWarning(undefined, 80, NOW_MS)], [undefined, undefined]);
});
