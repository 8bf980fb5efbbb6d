import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { IN_MEMORY } from "../../src/store/open_sqlite.ts";
import { openUsageBook } from "../../src/store/usage/usage_book.ts";
import { QUARTER_MS, rangesOf } from "../../src/store/usage/usage_ranges.ts";
import { addSums, NO_USE, type UsageRecord, type UsageSums } from "../../src/store/usage/usage_record.ts";

const NOON = Date.parse("2026-11-28T12:00:00Z");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A request that used 100 in and 10 out, at noon unless told. */
function record(more: Partial<UsageRecord> = {}, label: Partial<UsageRecord["label"]> = {}): UsageRecord {
  return {
    label: { key: "", client: "curl", model: "gpt-5.5", dialect: "chat", transport: "websocket", ...label },
    atMs: NOON,
    status: 200,
    problem: undefined,
    tokens: { input: 100, cached: 40, output: 10, reasoning: 4, isEstimate: false },
    firstMs: 300,
    ownFirstMs: 2,
    totalMs: 1000,
    ownMs: 3,
    ...more,
  };
}

const withFile = async (work: (path: string) => void) => {
  const folder = await Deno.makeTempDir();
  try {
    work(`${folder}/ccproxy.db-usage`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

function total(sums: readonly UsageSums[]): UsageSums {
  return sums.reduce(addSums, NO_USE);
}

Deno.test("the book sums by label, keeps each request as it was, and knows both after it was opened again", async () => {
  await withFile((path) => {
    const first = openUsageBook(path);
    const failed = record({ status: 429, problem: "rate_limited", tokens: undefined, firstMs: undefined });
    const cut = record({ tokens: { input: 7, cached: 0, output: 0, reasoning: 0, isEstimate: true } });
    const records = [record(), record({ atMs: NOON + 1 }, { key: "alice" }), failed, cut];
    first.write(records.slice(0, 2));
    first.write(records.slice(2));
    first.close();
    const book = openUsageBook(path);
    const sums = book.sums(NOON, NOON + QUARTER_MS);
    assertEquals(sums.map(({ label, requests }) => [label.key, requests]), [["", 3], ["alice", 1]]);
    assertEquals(total(sums), {
      requests: 4,
      failed: 1,
      unknown: 1,
      estimated: 1,
      input: 207,
      cached: 80,
      output: 20,
      reasoning: 8,
      firsts: 3,
      firstMs: 900,
      ownFirstMs: 6,
      totalMs: 4000,
      ownMs: 12,
    });
    assertEquals(book.requests(NOON + 1, NOON + 2, 9), [records[1]]);
    assertEquals(new Set(book.requests(0, NOON + 2, 9)), new Set(records));
    assertEquals(book.requests(0, NOON + 2, 1).length, 1);
    assertEquals(book.sums(NOON + QUARTER_MS, Infinity), []);
    book.close();
  });
});

Deno.test("two processes count in one book, and nothing of either is lost", async () => {
  await withFile((path) => {
    const [one, other] = [openUsageBook(path), openUsageBook(path)];
    for (let at = 0; at < 20; at++) {
      [one, other][at % 2]?.write([record(), record({}, { key: `k${at % 3}` })]);
    }
    assertEquals(total(one.sums(NOON, NOON + 1)).requests, 40);
    assertEquals(one.sums(NOON, NOON + 1).length, 4);
    one.close();
    other.close();
  });
});

Deno.test("of what is older the days are kept, and no sum is lost by that", async () => {
  await withFile((path) => {
    const book = openUsageBook(path);
    const hours = [0, 1, 5, 23, 24, 30, 47, 48, 72];
    const startMs = Date.parse("2026-11-25T00:00:00Z");
    book.write(hours.map((hour) => record({ atMs: startMs + hour * HOUR_MS })));
    const before = total(book.sums(0, Infinity));
    while (book.sweep(startMs + 2 * DAY_MS + HOUR_MS));
    assertEquals(total(book.sums(0, Infinity)), before);
    const used = (fromMs: number, untilMs: number) => total(book.sums(fromMs, untilMs)).requests;
    assertEquals([used(startMs, startMs + DAY_MS), used(startMs + DAY_MS, startMs + 2 * DAY_MS)], [4, 3]);
    // Days of a clock that is five hours behind: each of UTC counts where most of it lies.
    const local = startMs + 5 * HOUR_MS;
    assertEquals([used(local, local + DAY_MS), used(local + DAY_MS, local + 2 * DAY_MS)], [4, 4]);
    assertEquals(book.requests(0, Infinity, 99).length, 2);
    // One that was not written until then is added to its day.
    book.write([record({ atMs: startMs + 1 })]);
    assertEquals(used(startMs, startMs + DAY_MS), 5);
    while (book.sweep(startMs));
    assertEquals(used(startMs, startMs + DAY_MS), 5);
    book.close();
  });
});

Deno.test("rangesOf() covers a time once, with few sums", () => {
  const [fromMs, untilMs] = [Date.parse("2026-11-20T22:45:00Z"), Date.parse("2026-11-28T12:20:00.001Z")];
  const ranges = rangesOf(fromMs, untilMs, -Infinity);
  assertEquals(ranges.map(({ level }) => level), [0, 1, 2, 1, 0]);
  assertEquals(ranges[0]?.fromMs, fromMs);
  assertEquals(ranges.at(-1)?.untilMs, untilMs);
  ranges.slice(1).forEach((range, at) => assertEquals(range.fromMs, ranges[at]?.untilMs));
  assertEquals(rangesOf(fromMs, fromMs, -Infinity), []);
});

Deno.test("a book whose file was removed is begun anew, and one in memory keeps sums alone", async () => {
  await withFile((path) => {
    const book = openUsageBook(path);
    book.write([record()]);
    if (Deno.build.os !== "windows") {
      for (const end of ["", "-wal", "-shm"]) Deno.removeSync(path + end);
      book.write([record({}, { key: "later" })]);
      assertEquals(book.sums(0, Infinity).map(({ label }) => label.key), ["later"]);
    }
    book.close();
  });
  const memory = openUsageBook(IN_MEMORY);
  memory.write([record()]);
  assertEquals([memory.isKept, total(memory.sums(0, Infinity)).input, memory.requests(0, Infinity, 9)], [
    false,
    100,
    [],
  ]);
  memory.close();
});

Deno.test("a file that is no book is a problem of the store, and is left as it is", async () => {
  await withFile((path) => {
    Deno.writeTextFileSync(
      path,
      "not a database, but a text that is long enough to be read as one".repeat(20),
    );
    const problem = assertThrows(() => openUsageBook(path));
    assertEquals(problem instanceof Problem && problem.code, "memory_damaged");
    assertEquals(Deno.readTextFileSync(path).slice(0, 14), "not a database");
  });
});
