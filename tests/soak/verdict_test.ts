import { assertEquals } from "@std/assert";
import { judge, type Sample } from "./verdict.ts";

/** An hour of samples, one each minute. */
function hour(of: (minute: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    atMs: minute * 60_000,
    rssBytes: 200e6,
    descriptors: 30,
    loopDelayMs: 5,
    ...of(minute),
  }));
}

const flat = (samples: readonly Sample[]) => judge(samples).map(({ isFlat }) => isFlat);

Deno.test("judge() calls figures flat that go up and down, whatever a single sample says", () => {
  const samples = hour((minute) => ({
    rssBytes: 200e6 + (minute % 7) * 4e6,
    descriptors: 30 + minute % 3,
    loopDelayMs: minute === 59 ? 900 : 5,
  }));
  assertEquals(flat(samples), [true, true, true]);
});

Deno.test("judge() finds a leak of memory, of descriptors, and a loop that gets slower", () => {
  assertEquals(flat(hour((minute) => ({ rssBytes: 200e6 + minute * 1e6 }))), [false, true, true]);
  assertEquals(flat(hour((minute) => ({ descriptors: 30 + Math.floor(minute / 5) }))), [true, false, true]);
  assertEquals(flat(hour((minute) => ({ loopDelayMs: 5 + minute * 2 }))), [true, true, false]);
});

Deno.test("judge() calls nothing flat that was hardly looked at", () => {
  assertEquals(flat(hour(() => ({})).slice(0, 2)), [false, false, false]);
});
