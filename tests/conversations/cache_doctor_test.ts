import { assertEquals } from "@std/assert";
import { firstChange } from "../../src/conversations/cache_doctor.ts";

const PREFIX = { model: "m", instructions: 1, tools: [["a", 1], ["b", 2]], items: [1, 2, 3] } as const;

Deno.test("firstChange() finds nothing where the conversation only went on", () => {
  assertEquals(firstChange(PREFIX, { ...PREFIX, items: [1, 2, 3, 4, 5] }), undefined);
});

Deno.test("firstChange() names what stands first in the request", () => {
  const changed = (change: object) => firstChange(PREFIX, { ...PREFIX, items: [9], ...change });
  assertEquals(changed({ model: "n" }), "the model changed from m to n");
  assertEquals(changed({ instructions: 2 }), "the instructions changed");
  assertEquals(changed({ tools: [["b", 2], ["a", 1]] }), "the tools came in another order");
  assertEquals(changed({ tools: [["a", 1], ["b", 3]] }), 'the tools changed, first "b"');
  assertEquals(changed({ tools: [["a", 1]] }), 'the tools changed, first "b"');
  assertEquals(changed({}), "item 1 of 3 changed");
  assertEquals(changed({ items: [1, 9, 3] }), "item 2 of 3 changed");
  assertEquals(changed({ items: [1, 2] }), "the conversation was cut to 2 items");
});
