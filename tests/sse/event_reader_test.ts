import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { encodeData, encodeEvent } from "../../src/sse/encode.ts";
import { createEventReader } from "../../src/sse/event_reader.ts";
import { cutAt, inPieces } from "../dialects/answer_ways.ts";

const encoder = new TextEncoder();

/** What a reader calls back with for bytes that arrive in these pieces: `name|data`. */
function read(pieces: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  const reader = createEventReader((data, name) => events.push(`${name}|${data}`));
  for (const piece of pieces) reader.read(piece);
  reader.end();
  return events;
}

/** The same, for every way to cut the text in two, and byte by byte. @throws when they differ */
function readAnyCut(text: string): string[] {
  const bytes = encoder.encode(text);
  const whole = read([bytes]);
  assertEquals(read(inPieces(bytes, 1)), whole, "byte by byte");
  for (let at = 1; at < bytes.length; at++) assertEquals(read(cutAt(bytes, [at])), whole, `cut at ${at}`);
  return whole;
}

Deno.test("createEventReader() takes data with and without a space, and only one space (translation 80)", () => {
  assertEquals(readAnyCut("data:a\n\ndata: b\n\ndata:  c\n\n"), ["|a", "|b", "| c"]);
});

Deno.test("createEventReader() joins data lines with a line feed (translation 80)", () => {
  assertEquals(readAnyCut("data: a\ndata:\ndata\ndata: b\n\n"), ["|a\n\n\nb"]);
});

Deno.test("createEventReader() reads the event name, and skips ids, retry, comments and unknown fields (translation 80)", () => {
  assertEquals(
    readAnyCut(": hi\nid: 1\nretry: 5\nfoo: bar\nevent: x\ndata: a\n\ndata: b\n\nevent: y\n\ndata: c\n\n"),
    ["x|a", "|b", "|c"],
  );
});

Deno.test("createEventReader() ends lines at LF, CR and CRLF, also cut between the two (translation 81)", () => {
  assertEquals(readAnyCut("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n"), ["|a", "|b", "|c", "|d"]);
});

Deno.test("createEventReader() takes CRLF for one end of a line, so that data of several lines stays one event", () => {
  assertEquals(readAnyCut("data: a\r\ndata: b\r\n\r\n"), ["|a\nb"]);
});

Deno.test("createEventReader() ends no line at U+2028, U+2029, U+0085, form feed or NUL (translation 81)", () => {
  assertEquals(readAnyCut("data: a\u2028b\u2029c\u0085d\fe\u0000f\n\n"), [
    "|a\u2028b\u2029c\u0085d\fe\u0000f",
  ]);
});

Deno.test("createEventReader() keeps characters whole that are cut between reads (translation 82)", () => {
  assertEquals(readAnyCut("data: é日本🌍\n\n"), ["|é日本🌍"]);
});

Deno.test("createEventReader() delivers a last event without its blank line (translation 84)", () => {
  assertEquals(readAnyCut("data: a\n\ndata: b"), ["|a", "|b"]);
  assertEquals(readAnyCut("data: a\n\ndata: b\n"), ["|a", "|b"]);
});

Deno.test("createEventReader() skips a byte order mark at the start, and only there (translation 85)", () => {
  assertEquals(readAnyCut("\uFEFFdata: a\n\ndata: \uFEFFb\n\n"), ["|a", "|\uFEFFb"]);
});

Deno.test("createEventReader() replaces bytes that are no UTF-8 and goes on (translation 85)", () => {
  const bytes = new Uint8Array([
    ...encoder.encode("data: a"),
    0xff,
    0xc3,
    ...encoder.encode("b\n\ndata: c\n\n"),
  ]);
  assertEquals(read([bytes]), ["|a\uFFFD\uFFFDb", "|c"]);
});

Deno.test("createEventReader() calls back for nothing without data", () => {
  assertEquals(readAnyCut("\n\n\nevent: x\n\n: comment\n\nid: 3\n\n"), []);
});

Deno.test("encodeData() and encodeEvent() write what the reader reads", () => {
  assertEquals(readAnyCut(encodeData('{"a":1}') + encodeEvent("x", '{\n"b": 2}')), [
    '|{"a":1}',
    'x|{\n"b": 2}',
  ]);
});

Deno.test("createEventReader() takes an event of the limit, and refuses one byte more", () => {
  const limitBytes = 20;
  const readHeld = (bytes: number) =>
    createEventReader(() => {}, limitBytes).read(encoder.encode(`data: ${"x".repeat(bytes - 6)}`));
  readHeld(limitBytes);
  const thrown = assertThrows(() => readHeld(limitBytes + 1));
  assert(thrown instanceof Problem && thrown.code === "answer_too_large", String(thrown));
});

Deno.test("createEventReader() counts bytes of one event, not of the whole stream", () => {
  const events: string[] = [];
  const reader = createEventReader((data) => events.push(data), 10);
  for (let count = 0; count < 5; count++) reader.read(encoder.encode("data: ab\n\n"));
  assertEquals(events, Array(5).fill("ab"));
});

Deno.test("createEventReader() shows a character that the end of the stream cut off", () => {
  assertEquals(read([encoder.encode("data: aé").slice(0, -1)]), ["|a\ufffd"]);
});
