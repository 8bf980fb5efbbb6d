/** The list of what a run measures: traffic, lanes and the names its figures get in the book. */
import type { Book } from "./book.ts";
import { type LaneName, LANES, startPassThrough, startProgram } from "./candidates.ts";
import { type Bench, heldMemory, largeRequest, memory, openStreams, wholeRequests } from "./scenarios.ts";
import { sessionTurns } from "./session.ts";
import { type Plan, SHORT_ANSWER } from "./script.ts";
import { measureSockets } from "./sockets.ts";

/** Deltas of an answer, for the cost by length. */
export const LENGTHS = [100, 1000, 10_000, 100_000];
/** Ten megabytes of ordinary messages. */
const LARGE_TEXTS = Array.from(
  { length: 2500 },
  (_, index) => `Message ${index}: ` + 'A line of "quoted" text with caf\u00e9 in it.\n'.repeat(91),
);

/** One scenario: what it measures of one lane in one round. */
export interface Scenario {
  readonly name: string;
  readonly lanes: readonly LaneName[];
  /** at most so many rounds, for slow ones */
  readonly maxRounds?: number;
  run(bench: Bench, lane: LaneName, book: Book): Promise<void>;
}

/** Every lane, the two pass-throughs first. */
export const ALL: readonly LaneName[] = ["raw", "identity", "opaque", "filtered", "translated", "aggregated"];

/**
 * What one run measures, in this order.
 *
 * @param size parts of the full number of events, for quick runs
 */
export function scenarios(size: number): Scenario[] {
  const sized = (count: number) => Math.max(1, Math.round(count * size));
  const steady = (streams: number, delayMs: number, deltas: number): Scenario => ({
    name: "steady",
    lanes: streams === 1 ? ["raw", "translated"] : ALL,
    async run(bench, lane, book) {
      const plan: Plan = { ...SHORT_ANSWER, deltas: sized(deltas), packing: 1, delayMs };
      book.add(`stream${streams}.us`, lane, (await openStreams(bench, lane, plan, streams)).cpuUs);
    },
  });
  return [
    steady(20, 4, 750),
    steady(1, 1, 2500),
    steady(1000, 100, 30),
    {
      name: "packed",
      lanes: ALL,
      async run(bench, lane, book) {
        // Passing on is ten times cheaper than /proc can resolve: more of it.
        const requests = LANES[lane].server === "raw" || lane === "opaque" ? 6 : 1;
        const plan = { ...SHORT_ANSWER, deltas: sized(60_000), packing: 256 };
        book.add("packed.us", lane, (await openStreams(bench, lane, plan, 8, requests)).cpuUs);
      },
    },
    {
      name: "short",
      lanes: ALL,
      async run(bench, lane, book) {
        const window = await wholeRequests(bench, lane, SHORT_ANSWER, 16, Math.max(100, sized(200)));
        book.add("short.us", lane, window.cpuUsPerRequest);
        book.add("short.rps", lane, window.requestsPerSecond);
      },
    },
    {
      name: "first",
      lanes: ["direct", ...ALL],
      async run(bench, lane, book) {
        const window = await wholeRequests(bench, lane, SHORT_ANSWER, 1, sized(300));
        book.add("first.ms", lane, window.firstByteMs);
      },
    },
    {
      name: "length",
      lanes: ["filtered", "translated", "aggregated"],
      async run(bench, lane, book) {
        for (const deltas of LENGTHS) {
          const requests = Math.max(1, Math.round(sized(100_000) / deltas));
          const plan = { ...SHORT_ANSWER, deltas, packing: 8 };
          book.add(`length.${deltas}`, lane, (await wholeRequests(bench, lane, plan, 2, requests)).cpuUs);
        }
      },
    },
    {
      name: "image",
      lanes: ["direct", ...ALL],
      async run(bench, lane, book) {
        for (const mib of [1, 2, 4, 16]) {
          const plan = { ...SHORT_ANSWER, imageBytes: mib * 1_048_576 };
          book.add(`image${mib}.ms`, lane, (await wholeRequests(bench, lane, plan, 1, 5)).totalMs);
        }
      },
    },
    {
      name: "large",
      lanes: ["raw", "opaque", "filtered", "translated"],
      async run(bench, lane, book) {
        book.add("large.ms", lane, await largeRequest(bench, lane, LARGE_TEXTS));
        if (lane !== "translated") return;
        const text = JSON.stringify(LANES.translated.body(LARGE_TEXTS));
        const times = Array.from({ length: 5 }, () => {
          const startMs = performance.now();
          JSON.stringify(JSON.parse(text));
          return performance.now() - startMs;
        });
        book.add("large.ms", "json", times.toSorted((a, b) => a - b)[2] ?? NaN);
      },
    },
    {
      name: "session",
      lanes: ["translated"],
      async run(bench, _lane, book) {
        const times = await sessionTurns(bench, Math.max(10, sized(30)));
        for (const [how, ms] of Object.entries(times)) book.add("session.ms", how, ms);
      },
    },
    {
      name: "start",
      lanes: ["opaque"],
      async run(bench, _lane, book) {
        for (let again = 0; again < 3; again++) {
          const hello = await startPassThrough("hello", bench.places);
          await hello.stop();
          const program = await startProgram(bench.places);
          await program.stop();
          book.add("start.ms", "hello", hello.startMs);
          book.add("start.ms", "program", program.startMs);
        }
      },
    },
    {
      name: "memory",
      lanes: ALL,
      maxRounds: 3,
      async run(bench, lane, book) {
        const { idle, open } = await memory(bench, lane, [200, 1000]);
        book.add("memory.0", lane, idle);
        for (const [streams, kib] of Object.entries(open)) book.add(`memory.${streams}`, lane, kib);
      },
    },
    {
      name: "websocket",
      lanes: ["translated"],
      maxRounds: 3,
      run: async (_bench, _lane, book) => await measureSockets(book, size),
    },
    {
      name: "held",
      lanes: ["filtered", "translated", "aggregated"],
      maxRounds: 2,
      async run(bench, lane, book) {
        // Never less: the garbage of a few megabytes would hide what is kept.
        const { heldKib, textKib } = await heldMemory(bench, lane, 32_000);
        book.add("held.kib", lane, heldKib);
        book.add("held.textKib", lane, textKib);
      },
    },
  ];
}
