import { assertEquals } from "@std/assert";
import { dayAfter, dayName, dayStart, hourOf, hoursOf, readDay } from "../src/local_days.ts";

const at = (text: string) => Date.parse(text);
const HOUR_MS = 3_600_000;

/** Berlin in 2026: summer time from 03-29 01:00 UTC to 10-25 01:00 UTC. */
const berlin = (atMs: number) => atMs >= at("2026-03-29T01:00Z") && atMs < at("2026-10-25T01:00Z") ? 120 : 60;
/** A zone whose clock skips midnight: 2026-09-06 has no first hour, as in Santiago. */
const santiago = (atMs: number) => atMs >= at("2026-09-06T04:00Z") ? -180 : -240;
const nepal = () => 345;

Deno.test("dayStart() and dayAfter() find the midnights of the local clock, also where days have 23 or 25 hours", () => {
  assertEquals(dayStart(at("2026-11-27T23:30Z"), berlin), at("2026-11-27T23:00Z"));
  assertEquals(dayStart(at("2026-11-27T18:20Z"), nepal), at("2026-11-27T18:15Z"));
  for (const [day, hours] of [["2026-03-29", 23], ["2026-10-25", 25], ["2026-07-01", 24]] as const) {
    const startMs = readDay(day, berlin) as number;
    assertEquals(dayAfter(startMs, 1, berlin) - startMs, hours * HOUR_MS, day);
    assertEquals(dayStart(dayAfter(startMs, 1, berlin) - 1, berlin), startMs, day);
    assertEquals(hoursOf(startMs, berlin).length, hours, day);
  }
  assertEquals(dayAfter(at("2026-11-28T00:00Z"), -7, () => 0), at("2026-11-21T00:00Z"));
  assertEquals(dayName(dayAfter(at("2026-10-31T23:00Z"), -30, berlin), berlin), "2026-10-02");
});

Deno.test("a day whose midnight is skipped begins behind the gap", () => {
  const startMs = readDay("2026-09-06", santiago) as number;
  assertEquals(startMs, at("2026-09-06T04:00Z"));
  assertEquals(dayStart(at("2026-09-06T12:00Z"), santiago), startMs);
  assertEquals(dayName(startMs, santiago), "2026-09-06");
  assertEquals(dayAfter(startMs, -1, santiago), at("2026-09-05T04:00Z"));
});

Deno.test("hourOf() is the hour that the clock shows; the hour that comes twice has one number", () => {
  const shown = hoursOf(readDay("2026-10-25", berlin) as number, berlin).map((hourMs) =>
    hourOf(hourMs, berlin)
  );
  assertEquals(shown.slice(0, 5), [0, 1, 2, 2, 3]);
});

Deno.test("readDay() refuses what is no day", () => {
  for (const text of ["2026-02-30", "2026-13-01", "2026-1-1", "tomorrow", ""]) {
    assertEquals(readDay(text, berlin), undefined, text);
  }
});
