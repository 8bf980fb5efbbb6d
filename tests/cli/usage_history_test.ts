import { assertEquals, assertStringIncludes } from "@std/assert";
import { openUsageBook } from "../../src/store/usage/usage_book.ts";
import type { UsageRecord } from "../../src/store/usage/usage_record.ts";
import { countText } from "../../src/cli/usage/usage_columns.ts";
import { csvText } from "../../src/cli/usage/usage_json.ts";
import { readSince } from "../../src/cli/usage/time_range.ts";
import { NOW_MS } from "./fake_world.ts";
import { type Home, makeHome } from "./home.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function record(atMs: number, label: Partial<UsageRecord["label"]> = {}): UsageRecord {
  return {
    label: { key: "", client: "curl", model: "gpt-5.5", dialect: "chat", transport: "sse", ...label },
    atMs,
    status: 200,
    problem: undefined,
    tokens: { input: 1_000_000, cached: 250_000, output: 20_000, reasoning: 0, isEstimate: false },
    firstMs: 850,
    ownFirstMs: 12,
    totalMs: 3140,
    ownMs: 20,
  };
}

/** A home whose proxy has answered these requests. */
async function homeWith(records: readonly UsageRecord[]): Promise<Home> {
  const home = await makeHome();
  const book = openUsageBook(`${home.path}/.local/state/ccproxy/ccproxy.db-usage`);
  book.write(records);
  book.close();
  return home;
}

Deno.test("usage --since shows what was used by day, with the cost where a price is set", async () => {
  await using home = await homeWith([
    record(NOW_MS - 2 * DAY_MS),
    record(NOW_MS - HOUR_MS),
    record(NOW_MS, { key: "alice", model: "gpt-5" }),
    record(NOW_MS - 9 * DAY_MS),
  ]);
  await home.writeConfig('[usage.prices]\n"gpt-5.5" = "2/0.5/10"\n');
  const { code, stdout, stderr } = await home.run("usage --since 7d");
  assertEquals(code, 0, stderr);
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  assertEquals(stdout.split("\n"), [
    `Used since ${day(NOW_MS - 6 * DAY_MS)} 00:00 UTC`,
    "",
    "DAY         REQUESTS  FAILED  INPUT  CACHED  OUTPUT  COST  FIRST BYTE  OURS   TOTAL  OURS",
    `${
      day(NOW_MS - 2 * DAY_MS)
    }  1         0       1M     25%     20k     1.82  850 ms      12 ms  3.1 s  20 ms`,
    `${day(NOW_MS)}  2         0       2M     25%     40k     1.82  850 ms      12 ms  3.1 s  20 ms`,
    "total       3         0       3M     25%     60k     3.65  850 ms      12 ms  3.1 s  20 ms",
    "",
  ]);
  assertStringIncludes(stderr, "the account's limits are not known");
  assertStringIncludes(stderr, "usage.prices has no price for gpt-5");
});

Deno.test("usage --by names who used it, the most first, as a table, as JSON and for a spreadsheet", async () => {
  await using home = await homeWith([
    record(NOW_MS, { key: "alice" }),
    record(NOW_MS, { key: "alice" }),
    record(NOW_MS),
    { ...record(NOW_MS, { client: "" }), tokens: undefined, status: 502, problem: "backend_unreachable" },
  ]);
  const table = await home.run("usage --by key");
  assertEquals(table.stdout.match(/^(?:alice|\(owner\)|total) +\d+ +\d+/gm), [
    "alice    2         0",
    "(owner)  2         1",
    "total    4         1",
  ]);
  assertStringIncludes(table.stderr, "no tokens are known of 1 of the requests");
  const json = JSON.parse((await home.run("usage --by key --json")).stdout);
  assertEquals([json.by, json.groups[1].key, json.groups[1].unknown_requests, json.total.requests], [
    "key",
    null,
    1,
    4,
  ]);
  assertEquals([json.total.first_byte_ms, json.total.cost, json.limits], [850, null, null]);
  const csv = await home.run("usage --by client --csv");
  assertEquals(csv.stdout.split("\n").map((line) => line.split(",").slice(0, 2).join()), [
    "client,requests",
    "curl,3",
    ",1",
    "",
  ]);
  assertEquals(csv.stderr, "");
});

Deno.test("usage --by request shows each one, the last first, and says when there are more", async () => {
  await using home = await homeWith([1, 2, 3].map((hour) => record(NOW_MS - hour * HOUR_MS)));
  const { stdout, stderr } = await home.run("usage --since 24h --by request --limit 2 --csv");
  assertEquals(stdout.split("\n").length, 4);
  assertStringIncludes(
    stdout,
    `${new Date(NOW_MS - HOUR_MS).toISOString()},,curl,gpt-5.5,chat,sse,200,,1000000`,
  );
  assertEquals(stderr, "");
  assertStringIncludes((await home.run("usage --by request --limit 2")).stderr, "only the last 2 are shown");
});

Deno.test("usage says that nothing was used, and what is wrong with a question", async () => {
  await using home = await makeHome();
  const nothing = await home.run("usage --since today");
  assertEquals(nothing.code, 0);
  assertStringIncludes(nothing.stderr, "No request was answered in this time");
  for (
    const [line, text] of [
      ["--since 7", 'the time "7" cannot be read'],
      ["--since 2026-02-30", "cannot be read"],
      ["--since 2030-01-01", "has not begun yet"],
      ["--since 0d", "cannot be read"],
      ["--since 99999w", "cannot be read"],
      ["--by weekday", "weekday"],
      ["--csv --json", "exclude each other"],
      ["--by day --limit 5", '"--limit" goes with "--by request"'],
      ["--since 7d --watch", "--watch"],
      ["--csv --cache", "--cache"],
    ] as const
  ) {
    const { code, stderr } = await home.run(`usage ${line}`);
    assertEquals(code, 2, line);
    assertStringIncludes(stderr, text);
  }
  await home.writeConfig("[storage]\nenabled = false\n");
  const { stderr } = await home.run("usage --since 7d");
  assertStringIncludes(stderr, "usage is only known to the running proxy");
});

Deno.test("readSince() counts days of the local calendar, and hours back from now", () => {
  const nowMs = Date.parse("2026-11-28T01:50:00Z");
  const west = () => -300;
  const since = (text: string) => new Date(readSince(text, nowMs, west)).toISOString().slice(0, 16);
  // In the west it is still the 27th.
  assertEquals(
    ["today", "1d", "yesterday", "7d", "1w", "2026-11-01", "24h", "1h"].map(since),
    [
      "2026-11-27T05:00",
      "2026-11-27T05:00",
      "2026-11-26T05:00",
      "2026-11-21T05:00",
      "2026-11-21T05:00",
      "2026-11-01T05:00",
      "2026-11-27T01:45",
      "2026-11-28T00:45",
    ],
  );
});

Deno.test("countText() has four figures at most; csvText() lets no text be a formula or end a cell", () => {
  const counts = [0, 9999, 10_000, 123_456, 999_499, 999_500, 4_560_000, 999_600_000, 2_500_000_000];
  assertEquals(counts.map(countText), ["0", "9999", "10k", "123k", "999k", "1M", "4.56M", "1G", "2.5G"]);
  const text = csvText([{ a: "=1+1", b: 'say "hi", you', c: null, d: ["x", "y"] }], ["a", "b", "c", "d"]);
  assertEquals(text, `a,b,c,d\n'=1+1,"say ""hi"", you",,x y\n`);
});
