import { assertEquals } from "@std/assert";
import { createUsageWriter } from "../../../src/server/usage/usage_writer.ts";
import { costOf } from "../../../src/server/usage/usage_cost.ts";
import { dayUsage } from "../../../src/server/usage/day_usage.ts";
import { IN_MEMORY } from "../../../src/store/open_sqlite.ts";
import { openUsageBook } from "../../../src/store/usage/usage_book.ts";
import { NO_USE, type UsageRecord } from "../../../src/store/usage/usage_record.ts";

const DAY = Date.parse("2026-11-28T00:00:00Z");
const HOUR_MS = 3_600_000;

function record(atMs: number, model = "gpt-5.5"): UsageRecord {
  return {
    label: { key: "", client: "", model, dialect: "chat", transport: "sse" },
    atMs,
    status: 200,
    problem: undefined,
    tokens: { input: 10, cached: 4, output: 1, reasoning: 0, isEstimate: false },
    firstMs: 1,
    ownFirstMs: 1,
    totalMs: 2,
    ownMs: 1,
  };
}

Deno.test("the writer keeps what cannot be written, says so once, and writes it later", async () => {
  const book = openUsageBook(IN_MEMORY);
  const said: string[] = [];
  let isBroken = true;
  const writer = createUsageWriter({
    book: {
      ...book,
      write(records) {
        if (isBroken) throw new Error("disk full");
        book.write(records);
      },
    },
    keptDays: () => 90,
    nowMs: () => DAY,
    log: (level, message) => void said.push(`${level} ${message}`),
  });
  for (let at = 0; at < 600; at++) writer.add(record(DAY));
  await writer.flush();
  await writer.flush();
  assertEquals(said, ["warn usage is not written"]);
  isBroken = false;
  await writer.flush();
  assertEquals(book.sums(DAY, DAY + 1)[0]?.requests, 600);
  assertEquals(said.at(-1), "info usage is written again");
  book.close();
});

Deno.test("the writer sweeps what is older than the days that are kept", async () => {
  const book = openUsageBook(IN_MEMORY);
  const writer = createUsageWriter({ book, keptDays: () => 2, nowMs: () => DAY, log: () => {} });
  writer.add(record(DAY - 5 * 24 * HOUR_MS));
  await writer.flush();
  await writer.sweep();
  assertEquals(book.sums(DAY - 5 * 24 * HOUR_MS, DAY)[0]?.requests, 1);
  book.close();
});

Deno.test("dayUsage() sums one local day by hour and model", () => {
  const book = openUsageBook(IN_MEMORY);
  const nepal = () => 345;
  const startMs = DAY - 345 * 60_000;
  book.write([
    record(startMs - 1),
    record(startMs),
    record(startMs + 1),
    record(startMs + 1, "gpt-5"),
    record(startMs + 23 * HOUR_MS),
    record(startMs + 24 * HOUR_MS),
  ]);
  const found = dayUsage(book, startMs + 5 * HOUR_MS, nepal);
  assertEquals(found.map(({ hour, model, requests }) => [hour, model, requests]), [
    [0, "gpt-5.5", 2],
    [0, "gpt-5", 1],
    [23, "gpt-5.5", 1],
  ]);
  assertEquals(found[0]?.input, 20);
  book.close();
});

Deno.test("costOf() takes each model at its price, and names those without one", () => {
  const label = (model: string) => ({ key: "", client: "", model, dialect: "chat", transport: "sse" });
  const sums = { ...NO_USE, requests: 1, input: 1_000_000, cached: 400_000, output: 50_000 };
  const prices = { "gpt-5.5": "2/0.5/10" };
  assertEquals(costOf([{ ...sums, label: label("gpt-5.5") }], prices), { cost: 1.9, unpriced: [] });
  const both = costOf([{ ...sums, label: label("gpt-5.5") }, { ...sums, label: label("toString") }], prices);
  assertEquals(both, { cost: 1.9, unpriced: ["toString"] });
  assertEquals(costOf([{ ...NO_USE, label: label("x") }], prices), { cost: undefined, unpriced: [] });
});
