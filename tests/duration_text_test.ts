import { assert, assertEquals } from "@std/assert";
import { durationText, fineDurationText, minutesText, shortDurationText } from "../src/duration_text.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

Deno.test("durationText() uses the two largest units next to each other, rounded to the smaller", () => {
  const cases: [number, string, string][] = [
    [-5, "now", "0 s"],
    [0, "now", "0 s"],
    [499, "now", "499 ms"],
    [999, "1 second", "999 ms"],
    [SECOND, "1 second", "1 s"],
    [MINUTE - 400, "1 minute", "1 min"],
    [61 * SECOND, "1 minute 1 second", "1 min 1 s"],
    [HOUR, "1 hour", "1 h"],
    [HOUR + 5 * SECOND, "1 hour", "1 h"],
    [HOUR - 300, "1 hour", "1 h"],
    [2 * HOUR - 12 * SECOND, "2 hours", "2 h"],
    [2 * HOUR + 5 * MINUTE + 9 * SECOND, "2 hours 5 minutes", "2 h 5 min"],
    [DAY - 20 * SECOND, "1 day", "1 d"],
    [23 * HOUR + 36 * MINUTE, "23 hours 36 minutes", "23 h 36 min"],
    [DAY + MINUTE, "1 day", "1 d"],
    [2 * DAY - MINUTE, "2 days", "2 d"],
    [10 * DAY + 2 * HOUR, "10 days 2 hours", "10 d 2 h"],
  ];
  for (const [ms, long, short] of cases) {
    assertEquals([ms, durationText(ms), shortDurationText(ms)], [ms, long, short]);
  }
});

Deno.test("minutesText() rounds to minutes and never says none", () => {
  assertEquals([0, 29_000, 89_000, 90_000, HOUR - SECOND].map(minutesText), [
    "1 minute",
    "1 minute",
    "1 minute",
    "2 minutes",
    "1 hour",
  ]);
});

Deno.test("shortDurationText() never shows a unit that is full, and is never off by more than half of the smaller one", () => {
  const full = { ms: 1000, s: 60, min: 60, h: 24, d: Infinity };
  const unitMs = { ms: 1, s: SECOND, min: MINUTE, h: HOUR, d: DAY };
  const isUnit = (text: string): text is keyof typeof full => text in full;
  for (let ms = 1; ms < 400 * DAY; ms = Math.ceil(ms * 1.013)) {
    const words = shortDurationText(ms).split(" ");
    let told = 0;
    let smallest = Infinity;
    for (let at = 0; at < words.length; at += 2) {
      const [count, unit = ""] = [Number(words[at]), words[at + 1]];
      assert(isUnit(unit) && count > 0 && count < full[unit], `${ms}: ${words.join(" ")}`);
      told += count * unitMs[unit];
      smallest = unitMs[unit];
    }
    // "2 h" may stand for two hours rounded to minutes, or for one that is rounded to nothing.
    assert(Math.abs(told - ms) <= Math.max(smallest, 1) / 2, `${ms}: ${words.join(" ")}`);
  }
});

Deno.test("fineDurationText() keeps tenths of a second below a minute, and never says that nothing took time", () => {
  const lengths = [0, 0.4, 1, 999, 1000, 1449, 59_949, 59_950, 65_000];
  assertEquals(lengths.map(fineDurationText), [
    "<1 ms",
    "<1 ms",
    "1 ms",
    "999 ms",
    "1 s",
    "1.4 s",
    "59.9 s",
    "1 min",
    "1 min 5 s",
  ]);
});
