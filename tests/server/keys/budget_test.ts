import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../src/problem.ts";
import { budgetText, parseBudget, periodAt } from "../../../src/server/keys/budget.ts";

Deno.test("parseBudget() reads tokens and period, budgetText() writes what it reads", () => {
  for (
    const [text, tokens, period] of [
      ["2M/day", 2_000_000, "day"],
      ["500k/hour", 500_000, "hour"],
      ["1.5M/week", 1_500_000, "week"],
      ["1234/month", 1234, "month"],
    ] as const
  ) {
    assertEquals(parseBudget(text), { tokens, period });
    assertEquals(budgetText(parseBudget(text)), text);
    assertEquals(parseBudget(text.toUpperCase()), { tokens, period });
  }
  for (const text of ["", "2M", "M/day", "0/day", "-1/day", "2M/year", "2 M/day", "99999999G/day"]) {
    const error = assertThrows(() => parseBudget(text));
    assert(error instanceof Problem && error.code === "usage", text);
  }
});

Deno.test("periodAt() gives the hour, day, week and month of UTC that a moment lies in", () => {
  const at = (text: string) => Date.parse(text);
  const now = at("2026-11-28T20:15:00Z");
  const shown = (["hour", "day", "week", "month"] as const).map((period) => {
    const { startMs, endMs } = periodAt(period, now);
    return [new Date(startMs).toISOString().slice(0, 13), new Date(endMs).toISOString().slice(0, 13)];
  });
  assertEquals(shown, [
    ["2026-11-28T20", "2026-11-28T21"],
    ["2026-11-28T00", "2026-11-29T00"],
    ["2026-11-23T00", "2026-11-30T00"],
    ["2026-11-01T00", "2026-12-01T00"],
  ]);
  assertEquals(periodAt("month", at("2026-12-31T23:59:59Z")).endMs, at("2027-01-01T00:00:00Z"));
  assertEquals(periodAt("day", at("2026-11-28T00:00:00Z")).startMs, at("2026-11-28T00:00:00Z"));
});

Deno.test("parseBudget() takes one token and as many as a number can count, and no more", () => {
  assertEquals(parseBudget("1/day").tokens, 1);
  assertEquals(parseBudget(`${Number.MAX_SAFE_INTEGER}/day`).tokens, Number.MAX_SAFE_INTEGER);
  assertThrows(() => parseBudget(`${Number.MAX_SAFE_INTEGER + 1}/day`));
});
