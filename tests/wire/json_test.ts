import { assert } from "@std/assert";
import { roughLength } from "../../src/wire/json.ts";

Deno.test("roughLength() is about the length of the JSON text", () => {
  const item = {
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "caf\u00e9 ".repeat(50) }],
  };
  for (
    const value of [[], {}, "text", ["a", ["b", 12345, true]], item, [item, item], { a: { b: [null, "x"] } }]
  ) {
    const exact = JSON.stringify(value).length;
    assert(Math.abs(roughLength(value) - exact) <= 4 + exact / 10, `${roughLength(value)} for ${exact}`);
  }
});
