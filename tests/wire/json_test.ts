import { assert, assertEquals } from "@std/assert";
import { isWrittenAlike, roughLength } from "../../src/wire/json.ts";

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

Deno.test("isWrittenAlike() is true where JSON.stringify gives the same text", () => {
  const value = { a: [1, { b: null }], c: "x" };
  const others = [structuredClone(value), { c: "x", a: value.a }, { a: [1, { b: 0 }], c: "x" }, {
    a: [1],
    c: "x",
  }];
  for (const a of [...others, { ...value, d: 1 }, { a: value.a }, [value], [], {}, null, "x"]) {
    for (const b of others) assertEquals(isWrittenAlike(a, b), JSON.stringify(a) === JSON.stringify(b));
  }
});
