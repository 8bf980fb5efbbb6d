import { assertEquals } from "@std/assert";
import { findGaps, reasoningNotes } from "../../src/conversations/reasoning.ts";
import type { StoredItem } from "../../src/conversations/stored_items.ts";
import type { InputItem } from "../../src/wire/responses.ts";

const question: InputItem = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "Why?" }],
};
const reasoning = (id: string) => ({ type: "reasoning", id, encrypted_content: `sealed-${id}`, summary: [] });
const message = (text: string) => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const call = (id: string) => ({ type: "function_call", call_id: id, name: "add", arguments: "{}" });

/** The ids of the items that each note of an answer has. */
function noted(...output: readonly InputItem[]): unknown[] {
  const stored = output.map((item) => ({ item }) as unknown as StoredItem);
  return reasoningNotes([question], stored).map(({ items }) => items.map((item) => item["id"]));
}

Deno.test("reasoningNotes() keeps reasoning with the call or the first text behind it", () => {
  assertEquals(noted(reasoning("r1"), reasoning("r2"), call("c1"), call("c2")), [["r1", "r2"]]);
  assertEquals(noted(reasoning("r1"), call("c1"), reasoning("r2"), message("So")), [["r1"], ["r2"]]);
});

Deno.test("reasoningNotes() keeps nothing of reasoning that no item follows, or that cannot be sent back", () => {
  assertEquals(noted(reasoning("r1")), []);
  assertEquals(noted({ type: "reasoning", id: "r1", summary: [] }, message("So")), []);
});

Deno.test("reasoningNotes() takes neither a second text nor another item for what the reasoning belongs to", () => {
  const search = { type: "web_search_call", id: "ws_1" };
  assertEquals(noted(reasoning("r1"), search, message("So")), [["r1"]]);
  const stored = [reasoning("r1"), search, message("So")].map((item) => ({ item }) as unknown as StoredItem);
  const [note] = reasoningNotes([question], stored);
  assertEquals(findGaps([question, message("So")]).map(({ noteId, before }) => [noteId, before]), [
    [note?.id, 1],
  ]);
  assertEquals(noted(message("First"), reasoning("r1"), message("Second")), []);
});

Deno.test("findGaps() finds answers without reasoning, and leaves those with it", () => {
  assertEquals(findGaps([question, reasoning("r1"), message("So")]), []);
  assertEquals(findGaps([question, call("c1")]).map(({ before }) => before), [1]);
});
