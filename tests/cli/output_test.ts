import { assertEquals } from "@std/assert";
import { cleanJson, cleanOutput, cleanText } from "../../src/clean_text.ts";
import { bar, facts, mask, momentText, table, timeText, waiting } from "../../src/cli/output.ts";
import { padText, textWidth, wrapLines, wrapText } from "../../src/cli/text_width.ts";
import { createLineReader, createWriter } from "../../src/cli/world.ts";
import { createFakeWorld, NOW_MS } from "./fake_world.ts";

Deno.test("cleanText() leaves nothing that a terminal would obey", () => {
  assertEquals(cleanText("a\x1b[31mb\x07\x9b1m\r\n\tc\u202e\u2028d"), "a[31mb1m cd");
  assertEquals(cleanText("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
});

Deno.test("cleanJson() escapes what JSON.stringify() leaves, and the value stays the same", () => {
  const value = { plan: "a\x9b31m\u202eb\x7f\u2028\u2066\x1b\n" };
  const text = cleanJson(JSON.stringify(value, null, 2));
  assertEquals(text, '{\n  "plan": "a\\u009b31m\\u202eb\\u007f\\u2028\\u2066\\u001b\\n"\n}');
  assertEquals(JSON.parse(text), value);
});

Deno.test("cleanOutput() leaves lines and colours of ours, and no other escape sequence", () => {
  assertEquals(
    cleanOutput("\x1b[31ma\x1b[39m\tb\r\n\x1b]0;x\x07\x1b[6n\x9b1m\u202e\x1b[H\x1b[2J"),
    "\x1b[31ma\x1b[39m\tb\r\n]0;x[6n1m\x1b[H\x1b[2J",
  );
});

Deno.test("mask() shows at most four characters at each end, nothing of short secrets", () => {
  assertEquals(["", "short", "x".repeat(23), "abcd1234567890123456wxyz"].map(mask), [
    "",
    "********",
    "********",
    "abcd...wxyz",
  ]);
});

Deno.test("momentText() says when and how far from now", () => {
  assertEquals(momentText(NOW_MS + 60_000, NOW_MS, () => 0), "2026-11-22 12:01 UTC (in 1 minute)");
  assertEquals(momentText(NOW_MS - 60_000, NOW_MS, () => 0), "2026-11-22 11:59 UTC (1 minute ago)");
  assertEquals(momentText(NOW_MS, NOW_MS, () => 0), "2026-11-22 12:00 UTC (now)");
});

Deno.test("timeText() gives local time and how far it is from UTC", () => {
  const cases: [number, string][] = [
    [0, "2026-11-22 12:00 UTC"],
    [60, "2026-11-22 13:00 +01:00"],
    [-210, "2026-11-22 08:30 -03:30"],
    [840, "2026-11-23 02:00 +14:00"],
  ];
  for (const [offset, text] of cases) assertEquals(timeText(NOW_MS, () => offset), text);
});

Deno.test("bar() shows any use and never more than all", () => {
  assertEquals([0, 0.1, 50, 99.9, 100, 140].map((percent) => bar(percent, 10)), [
    "----------",
    "#---------",
    "#####-----",
    "#########-",
    "##########",
    "##########",
  ]);
});

Deno.test("table() and facts() align wide characters and clean their cells", () => {
  const paint = (_: string, text: string) => text;
  assertEquals(table(["A", "B"], [["世界", "x"], ["y\x1b", "z"]], paint), "A     B\n世界  x\ny     z\n");
  assertEquals(
    facts([["Name", "one two three four five six"], ["None", undefined], ["Long name", "x"]], 32),
    "  Name:      one two three four\n             five six\n  Long name: x\n",
  );
});

Deno.test("textWidth() counts columns, not characters", () => {
  assertEquals(["abc", "世界", "e\u0301", "🙂", "\x1b[31mred\x1b[39m", "👩"].map(textWidth), [
    3,
    4,
    1,
    2,
    3,
    2,
  ]);
  assertEquals(padText("世", 4), "世  ");
});

Deno.test("wrapText() breaks between words and leaves a long word whole", () => {
  assertEquals(wrapText("one two  three\nfour", 9), ["one two", "three", "four"]);
  assertEquals(wrapText("https://example.com/a/long/path is long", 10), [
    "https://example.com/a/long/path",
    "is long",
  ]);
  assertEquals(wrapText("", 10), [""]);
});

Deno.test("wrapLines() breaks what is too wide under its label or its indent, and nothing else", () => {
  assertEquals(
    wrapLines(
      "fits\n  Account   one two three four\n  one two three four five\nhttps://a/very/long/path\nab [y/N] ",
      20,
    ),
    "fits\n  Account   one two\n            three four\n  one two three\n    four five\nhttps://a/very/long/path\nab [y/N] ",
  );
  assertEquals(wrapLines("\r                          \r", 20), "\r                          \r");
});

Deno.test("waiting() says nothing where standard error is no terminal, and wipes what it said where it is", async () => {
  const pipe = createFakeWorld();
  assertEquals([await waiting(pipe.world, "Waiting", Promise.resolve(1), 0), pipe.stderr()], [1, ""]);
  const terminal = createFakeWorld({ tty: true });
  const { promise, resolve } = Promise.withResolvers<number>();
  const world = {
    ...terminal.world,
    err: (text: string) => {
      terminal.world.err(text);
      resolve(2);
    },
  };
  assertEquals([await waiting(world, "Waiting", promise, 0), terminal.stderr()], [
    2,
    `Waiting ...\r${" ".repeat(11)}\r`,
  ]);
  const quick = createFakeWorld({ tty: true });
  await waiting(quick.world, "Waiting", Promise.resolve(), 60_000);
  assertEquals(quick.stderr(), "");
});

Deno.test("createLineReader() gives lines across reads, both line ends, and a last line without one", async () => {
  const chunks = ["on", "e\r\ntwo\n\nü".slice(0, 9), "ber"].map((text) => new TextEncoder().encode(text));
  const readLine = createLineReader({
    read(buffer) {
      const chunk = chunks.shift();
      if (chunk === undefined) return Promise.resolve(null);
      buffer.set(chunk);
      return Promise.resolve(chunk.length);
    },
  });
  const lines = [];
  for (let count = 0; count < 6; count++) lines.push(await readLine());
  assertEquals(lines, ["one", "two", "", "über", undefined, undefined]);
});

Deno.test("createWriter() writes all of a text, and tells once why it no longer can", () => {
  let written = "";
  const steps: (() => number)[] = [
    () => 2,
    () => {
      throw new Deno.errors.WouldBlock();
    },
    () => 3,
    () => {
      throw new Deno.errors.BrokenPipe();
    },
  ];
  const faults: unknown[] = [];
  const write = createWriter({
    writeSync(bytes) {
      const count = steps.shift()?.() ?? 0;
      written += new TextDecoder().decode(bytes.subarray(0, count));
      return count;
    },
  }, (error) => faults.push(error));
  write("hello");
  write("lost");
  write("lost too");
  assertEquals(written, "hello");
  assertEquals(faults.map((fault) => fault instanceof Deno.errors.BrokenPipe), [true]);
});
