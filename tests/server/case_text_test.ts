import { assertEquals, assertThrows } from "@std/assert";
import { formatCase, parseCase } from "../../src/server/case_text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const HEAD = new Map([["about", "a case: with a colon"], ["unknown events", "a, b"]]);

Deno.test("formatCase() keeps text parts as they are, and bytes a text file would change as escapes", () => {
  const parts = new Map([
    ["request", bytes("{}\n")],
    ["upstream", bytes("\ufeffdata: a\r\n\n\\r=== x ===\nü")],
    ["client chat", bytes("data: ü\n\n")],
    ["empty", bytes("")],
  ]);
  const text = formatCase({ head: HEAD, parts });
  assertEquals(
    text,
    "about: a case: with a colon\nunknown events: a, b\n\n" +
      "=== request ===\n{}\n" +
      "=== upstream (escaped) ===\n" +
      "\\xef\\xbb\\xbfdata: a\\r\\n\n\\n\n\\\\r\\x3d\\x3d\\x3d x \\x3d\\x3d\\x3d\\n\n\\xc3\\xbc\n" +
      "=== client chat ===\ndata: ü\n\n" +
      "=== empty ===\n",
  );
  assertEquals(parseCase(text), { head: HEAD, parts });
});

Deno.test("formatCase() escapes bytes that are no UTF-8, although they have the lines of a text", () => {
  const parts = new Map([["upstream", Uint8Array.from([0xff, 0x0a])]]);
  assertEquals(formatCase({ head: new Map(), parts }), "\n=== upstream (escaped) ===\n\\xff\\n\n");
});

Deno.test("formatCase() and parseCase() keep every byte", () => {
  const parts = new Map([["upstream", Uint8Array.from({ length: 256 }, (_, byte) => byte)]]);
  assertEquals(parseCase(formatCase({ head: HEAD, parts })).parts, parts);
});

Deno.test("parseCase() refuses a head without a colon and a part that stands there twice", () => {
  const message = (text: string) => {
    const error = assertThrows(() => parseCase(text));
    return error instanceof Error ? error.message : error;
  };
  assertEquals(message("about\n"), 'expected "name: value" before the first part: found "about"');
  assertEquals(message("=== a ===\n=== a ===\n"), 'the part "a" stands there twice');
});
