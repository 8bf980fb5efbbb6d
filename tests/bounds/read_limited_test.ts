import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type Bound, BOUNDS, ENTRIES_LIMIT, NESTING_LIMIT, sizeText } from "../../src/bounds.ts";
import { createLineReader } from "../../src/cli/world.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { readCatalogue } from "../../src/models/catalogue.ts";
import { Problem } from "../../src/problem.ts";
import { readFileLimited, readLimited, readTextLimited } from "../../src/read_limited.ts";
import { openReader } from "../../src/upstream/byte_reader.ts";
import { createEventReader } from "../../src/sse/event_reader.ts";
import { createParser } from "../../src/store/resp_parser.ts";
import { mergeLimits } from "../../src/upstream/limit_state.ts";
import { readLimitHeaders, readUsage } from "../../src/upstream/rate_limits.ts";
import { readUsage as readTokens } from "../../src/answer/usage.ts";
import { numberIn } from "../../src/wire/responses_events.ts";
import { isTooDeep, parseJson } from "../../src/wire/json.ts";

const BOUND: Bound = { bytes: 10 * 1024, what: "a test", why: "Small enough to be reached" };
const encoder = new TextEncoder();

/** The problem that a promise is rejected with. */
async function problemOf(run: () => Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(run);
  assert(thrown instanceof Problem, String(thrown));
  return thrown;
}

/** The message of what a call throws. */
function messageOf(run: () => unknown): string {
  const thrown = assertThrows(run);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Gives pieces of a kilobyte for ever; tells how many, and whether it was cancelled. */
function endlessBody() {
  const seen = { pieces: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.pieces++;
      controller.enqueue(new Uint8Array(1024));
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, seen };
}

Deno.test("readLimited() reads one piece beyond its bound at most, and cancels the body", async () => {
  const { body, seen } = endlessBody();
  const problem = await problemOf(() => readLimited(body, BOUND));
  assertEquals([problem.code, problem.message, seen], [
    "answer_too_large",
    "Larger than allowed: a test has more than 10 KiB",
    { pieces: 11, cancelled: true },
  ]);
});

Deno.test("readLimited() takes exactly its bound, nothing, and characters that are cut between pieces", async () => {
  const exact = new Response(new Uint8Array(BOUND.bytes)).body;
  assertEquals((await readLimited(exact, BOUND)).length, BOUND.bytes);
  assertEquals((await readLimited(null, BOUND)).length, 0);
  const bytes = encoder.encode("grün €");
  const split = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  assertEquals(await readTextLimited(split, BOUND), "grün €");
});

Deno.test("readLimited() ends with the signal's reason, also on a body that says nothing", async () => {
  const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const abort = new AbortController();
  const reading = readLimited(silent, BOUND, { signal: abort.signal });
  abort.abort(new Error("given up"));
  assertEquals(String(await assertRejects(() => reading)), "Error: given up");
});

Deno.test({
  name: "readFileLimited() bounds a file that has no size of its own",
  ignore: Deno.build.os === "windows",
  async fn() {
    const problem = await problemOf(() => readFileLimited("/dev/zero", BOUND));
    assertEquals(problem.code, "answer_too_large");
    const missing = await assertRejects(() => readFileLimited("/nowhere/at/all", BOUND));
    assert(missing instanceof Deno.errors.NotFound);
  },
});

Deno.test("BOUNDS names settings that exist, with the defaults of the table", () => {
  const rows: readonly Bound[] = Object.values(BOUNDS);
  const settable = rows.flatMap(({ setting, bytes }) => setting === undefined ? [] : [[setting, bytes]]);
  assertEquals(settable, [
    ["limits.event_limit_mb", SETTINGS["limits.event_limit_mb"].default * 1024 * 1024],
    ["limits.answer_limit_mb", SETTINGS["limits.answer_limit_mb"].default * 1024 * 1024],
  ]);
  assertEquals([sizeText(8 * 1024 * 1024), sizeText(65_536), sizeText(10)], ["8 MiB", "64 KiB", "10 bytes"]);
});

Deno.test("createEventReader() gives up an event without an end, and counts anew after each blank line", () => {
  const sizes: number[] = [];
  const reader = createEventReader((data) => sizes.push(data.length), 4096);
  for (let round = 0; round < 10; round++) reader.read(encoder.encode(`data: ${"x".repeat(3000)}\n\n`));
  assertEquals(sizes, Array(10).fill(3000));
  for (const endless of ["x", "data: x\n", ": x\n"]) {
    const problem = assertThrows(() => {
      const one = createEventReader(() => {}, 4096);
      for (;;) one.read(encoder.encode(endless.repeat(100)));
    });
    assert(problem instanceof Problem);
    assertEquals([problem.code, problem.hint], [
      "answer_too_large",
      "Raise limits.event_limit_mb if answers may be that large",
    ]);
  }
});

Deno.test("openReader() counts the whole body and calls only lines and kilobytes progress", async () => {
  const { body, seen } = endlessBody();
  const reader = openReader(body, 10 * 1024);
  const problem = await problemOf(async () => {
    while (await reader.read() !== undefined);
  });
  assertEquals([problem.code, seen.pieces], ["answer_too_large", 11]);
  reader.cancel();
  let piece = "";
  const fed = openReader(
    new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(encoder.encode(piece)) }, {
      highWaterMark: 0,
    }),
  );
  const moves = async (text: string) => {
    piece = text;
    const before = fed.progressMs;
    while (performance.now() === before);
    await fed.read();
    return fed.progressMs > before;
  };
  assertEquals(
    [await moves("A"), await moves("A\n"), await moves("A"), await moves("A".repeat(4095)), await moves("A")],
    [false, true, false, true, false],
  );
  fed.cancel();
});

Deno.test("createParser() refuses replies that are no numbers, have no end or go beyond their bound", () => {
  const read = (text: string) => {
    const replies: unknown[] = [];
    createParser((reply) => replies.push(reply))(encoder.encode(text));
    return replies;
  };
  for (const bad of ["$abc\r\n", "*1e9\r\n", ":NaN\r\n", "$0x10\r\n", "?\r\n"]) {
    assertStringIncludes(messageOf(() => read(bad)), "does not speak the protocol");
  }
  assertStringIncludes(messageOf(() => read("$999999999999\r\n")), "more than 512 MiB in one reply");
  assertStringIncludes(messageOf(() => read("*1\r\n".repeat(NESTING_LIMIT + 2))), "in one reply");
  const parse = createParser(() => {});
  const message = messageOf(() => {
    for (;;) parse(new Uint8Array(4096).fill(0x2b));
  });
  assertStringIncludes(message, "more than 64 KiB in one line");
  // Many large texts one after the other are many replies, not one.
  const replies: unknown[] = [];
  const many = createParser((reply) => replies.push(reply));
  for (let count = 0; count < 100; count++) many(encoder.encode(`$70000\r\n${"x".repeat(70_000)}\r\n`));
  assertEquals(replies.length, 100);
});

Deno.test("parseJson() takes no text that is nested deeper than what walks through it can bear", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert(parseJson(nested(NESTING_LIMIT)) !== undefined);
  assertEquals(parseJson(nested(NESTING_LIMIT + 1)), undefined);
  assertEquals(parseJson(`{"a":`.repeat(100_000) + "1" + "}".repeat(100_000)), undefined);
  // Brackets in strings, escaped quotes before them, and lists one after the other are no depth.
  const flat = JSON.stringify([`${"[".repeat(5000)}"\\`, "\\", ...Array(5000).fill([[]])]);
  assertEquals([isTooDeep(flat), parseJson(flat) !== undefined], [false, true]);
});

Deno.test("createLineReader() keeps no more of a line than its bound", async () => {
  const limit = BOUNDS.typedLine.bytes;
  const source = encoder.encode(`${"x".repeat(3 * limit)}\nnext\n`);
  let at = 0;
  const readLine = createLineReader({
    read(buffer) {
      const piece = source.subarray(at, at + buffer.length);
      buffer.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
  assertEquals((await readLine())?.length, limit);
  assertEquals(await readLine(), "next");
});

Deno.test("readCatalogue() keeps a thousand models of a hundred thousand, and counts the others", () => {
  const models = Array.from({ length: 100_000 }, (_, at) => ({ slug: `m${at}` }));
  const reading = readCatalogue({ models });
  assertEquals([reading?.models.length, reading?.skippedCount], [ENTRIES_LIMIT, 100_000 - ENTRIES_LIMIT]);
});

Deno.test("limits with numbers that cannot be meant become ones that can", () => {
  const headers = new Headers({
    "x-codex-primary-used-percent": "1e308",
    "x-codex-primary-window-minutes": "1e308",
    "x-codex-primary-reset-at": "1e308",
    "x-codex-secondary-used-percent": "-5",
    "x-codex-secondary-window-minutes": "300",
    "x-codex-secondary-reset-after-seconds": "NaN",
  });
  const windows = readLimitHeaders(headers, 0)?.windows.map((window) => [
    window.label,
    window.usedPercent,
    window.windowSeconds,
    window.resetsAtMs,
  ]);
  assertEquals(windows, [["5 h", 0, 18_000, undefined], ["limit", 1_000_000, undefined, undefined]]);
  const many = readUsage({
    plan_type: "plus",
    additional_rate_limits: Array.from({ length: 25_000 }, (_, at) => ({
      metered_feature: `f${at}`,
      rate_limit: { primary_window: { used_percent: 1, limit_window_seconds: 60 } },
    })),
  }, 0);
  assertEquals(many?.windows.length, ENTRIES_LIMIT);
});

Deno.test("mergeLimits() does not pile up limits whose names change with each answer", () => {
  const limitsOf = (name: string) =>
    readLimitHeaders(new Headers({ [`x-${name}-primary-used-percent`]: "1" }), 0);
  let known = limitsOf("codex");
  for (let at = 0; at < ENTRIES_LIMIT + 50; at++) {
    const later = limitsOf(`limit-${at}`);
    if (later !== undefined) known = mergeLimits(known, later);
  }
  assertEquals(known?.windows.length, ENTRIES_LIMIT);
  assertEquals(known?.windows[0]?.limitId, "codex");
});

Deno.test("numberIn() takes no number that would be written as another one", () => {
  const numberOf = (digits: string) => numberIn(`{"sequence_number":${digits}}`, '"sequence_number":');
  assertEquals([numberOf("9007199254740991"), numberOf("9007199254740993"), numberOf("9".repeat(400))], [
    Number.MAX_SAFE_INTEGER,
    undefined,
    undefined,
  ]);
});

Deno.test("readUsage() counts no tokens that are no count", () => {
  const usage = readTokens({
    usage: {
      input_tokens: -5,
      output_tokens: 1e300,
      total_tokens: 1.5,
      input_tokens_details: { cached_tokens: 3 },
    },
  });
  assertEquals([usage?.input_tokens, usage?.output_tokens, usage?.total_tokens], [0, 0, 0]);
  assertEquals(usage?.input_tokens_details?.cached_tokens, 3);
});
