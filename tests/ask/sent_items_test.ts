import { assertEquals, assertStrictEquals } from "@std/assert";
import { ITEMS, KNOWN_ITEMS } from "../../src/ask/item_keys.ts";
import { toSentItems } from "../../src/ask/sent_items.ts";
import type { InputItem } from "../../src/wire/responses.ts";

function send(item: InputItem, keepNamespaces = true): { items: InputItem[]; leftOut: string[] } {
  const leftOut: string[] = [];
  const items = toSentItems([item], { keepNamespaces, onLeftOut: (type) => leftOut.push(type) });
  return { items, leftOut };
}

Deno.test("toSentItems() sends no id, no null and no key that is not in the table, whatever the type (translation 22)", () => {
  for (const [type, { keys }] of Object.entries(ITEMS)) {
    const wanted = Object.fromEntries(keys.map((key) => [key, `a ${key}`]));
    const more = { id: "x_1", created_by: "me", size: "1x1", quality: "low", title: null };
    assertEquals(send({ ...wanted, ...more, type }).items, [{ ...wanted, type }]);
    const nulls = Object.fromEntries(keys.map((key) => [key, null]));
    const encrypted = type === "reasoning" ? { encrypted_content: "e" } : {};
    assertEquals(send({ ...nulls, ...encrypted, type }).items, [{ ...encrypted, type }]);
  }
});

Deno.test("toSentItems() leaves items that need no change as they are", () => {
  const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
  assertStrictEquals(send(item).items[0], item);
});

Deno.test("toSentItems() sends content parts in their keys, and leaves out and tells of unknown ones", () => {
  const content = [
    { type: "output_text", text: "Hi", annotations: [], logprobs: [] },
    { type: "hologram", data: "x" },
    { type: "refusal", refusal: "No", text: null },
    "text",
  ];
  assertEquals(send({ type: "message", role: "assistant", content }), {
    items: [{
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi" }, { type: "refusal", refusal: "No" }],
    }],
    leftOut: ["hologram", "undefined"],
  });
  const hologram = { type: "message", role: "user", content: [{ type: "hologram" }] };
  assertEquals(send(hologram), { items: [], leftOut: ["hologram"] });
});

Deno.test("toSentItems() leaves out references, reasoning without its content, and types that no row knows (translation 23)", () => {
  assertEquals(send({ type: "item_reference", id: "rs_1" }), { items: [], leftOut: [] });
  assertEquals(send({ type: "reasoning", summary: [] }), { items: [], leftOut: [] });
  for (const type of ["crystal_ball_call", "constructor", "__proto__"]) {
    assertEquals([send({ type }), KNOWN_ITEMS.has(type)], [{ items: [], leftOut: [type] }, false]);
  }
});

Deno.test("toSentItems() keeps the namespace of a call only where the request has namespaces (translation 108)", () => {
  const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
  assertEquals(send({ ...call, namespace: "n" }, false).items, [call]);
  assertEquals(send({ ...call, namespace: "n" }, true).items, [{ ...call, namespace: "n" }]);
});
