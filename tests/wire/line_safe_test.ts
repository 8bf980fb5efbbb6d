import { assertEquals } from "@std/assert";
import { encodeLineSafe, hasSeparator } from "../../src/wire/line_safe.ts";
import { jsonReply } from "../../src/wire/json_reply.ts";

const encoder = new TextEncoder();

Deno.test("encodeLineSafe() escapes what ends a line for Python, and nothing else (translation 127)", () => {
  const decoded = (text: string) => new TextDecoder().decode(encodeLineSafe(text));
  assertEquals(decoded('"a\u2028b\u2029c\u0085d"'), '"a\\u2028b\\u2029c\\u0085d"');
  for (const kept of ["plain", "\u00a0ü’…漢😀", ""]) assertEquals(decoded(kept), kept);
});

Deno.test("hasSeparator() knows the three by their bytes, and only between its bounds (translation 127)", () => {
  const has = (text: string, from = 0) => {
    const bytes = encoder.encode(text);
    return hasSeparator(bytes, from, bytes.length);
  };
  assertEquals(["\u2028", "\u2029", "\u0085"].map((text) => has(`x${text}`)), [true, true, true]);
  assertEquals(
    ["\u2027", "\u202a", "\u0084", "\u0086", "’", "â"].map((text) => has(text)),
    Array(6).fill(false),
  );
  assertEquals(has("\u2028x", 3), false);
});

Deno.test("jsonReply() is JSON in one line, lone surrogates included (translation 127)", async () => {
  const value = { text: "\u2028\ud83d\u0085" };
  const response = jsonReply(value, { status: 201 });
  assertEquals([response.status, response.headers.get("content-type")], [201, "application/json"]);
  assertEquals(await response.text(), '{"text":"\\u2028\\ud83d\\u0085"}');
});
