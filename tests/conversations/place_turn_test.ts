import { assertEquals } from "@std/assert";
import { placeTurn } from "../../src/conversations/place_turn.ts";
import type { StoredItem } from "../../src/conversations/stored_items.ts";
import type { InputItem } from "../../src/wire/responses.ts";

const ORIGIN = { model: "gpt-6.1-sol", account: "a" };

function message(role: string, text: string): InputItem {
  return {
    type: "message",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
  };
}
const system = message("developer", "Be brief.");
const user = (text: string) => message("user", text);
const assistant = (text: string) => message("assistant", text);
const call = (id: string): InputItem => ({
  type: "function_call",
  call_id: id,
  name: "look",
  arguments: '{"a":1}',
});
const output = (id: string, text: string): InputItem => ({
  type: "function_call_output",
  call_id: id,
  output: text,
});
const reasoning: InputItem = { type: "reasoning", summary: [], encrypted_content: "x" };

/** What was said, and what the model answered. */
function known(...items: (InputItem | { ours: InputItem })[]): StoredItem[] {
  return items.map((item) =>
    "ours" in item && typeof item.ours === "object"
      ? { item: item.ours as InputItem, origin: ORIGIN }
      : { item: item as InputItem, origin: undefined }
  );
}
const ours = (item: InputItem) => ({ ours: item });

const ALICE = known(user("I am Alice"), ours(reasoning), ours(assistant("Hello Alice")));

Deno.test("placeTurn() takes everything for new in a new session", () => {
  assertEquals(placeTurn([], [system, user("hi")]), { kind: "continued", newFrom: 0 });
});

Deno.test("placeTurn() takes what does not begin with the remembered for new", () => {
  assertEquals(placeTurn(ALICE, [user("Who am I?")]), { kind: "continued", newFrom: 0 });
  assertEquals(placeTurn(ALICE, [output("call_1", "x")]), { kind: "continued", newFrom: 0 });
});

Deno.test("placeTurn() takes the same words said again for new", () => {
  assertEquals(placeTurn(ALICE, [user("I am Alice")]), { kind: "continued", newFrom: 0 });
  const withSystem = known(system, user("hi"), ours(assistant("Hello")));
  assertEquals(placeTurn(withSystem, [system, user("hi")]), { kind: "continued", newFrom: 1 });
});

Deno.test("placeTurn() finds a resent history by what was said, not by how it is written", () => {
  const sent = [
    user(" I am Alice\n"),
    { ...assistant("<thinking>Aha</thinking>\n\nHello Alice"), id: "msg_1", status: "completed" },
    user("Who am I?"),
  ];
  assertEquals(placeTurn(ALICE, sent), { kind: "continued", newFrom: 2 });
  assertEquals(placeTurn(ALICE, sent.slice(0, 2)), { kind: "continued", newFrom: 2 });
});

Deno.test("placeTurn() takes several items of an answer for the one message that chat makes of them", () => {
  const remembered = known(
    user("Look"),
    ours(assistant("Let me ")),
    ours(reasoning),
    ours(assistant("look.")),
    ours(call("call_1")),
    output("call_1", "a cat"),
    ours(assistant("A cat.")),
  );
  const sent = [
    user("Look"),
    assistant("Let me look."),
    { ...call("call_1"), arguments: '{ "a": 1 }' },
    output("call_1", "a cat"),
    assistant("A cat."),
    user("Sure?"),
  ];
  assertEquals(placeTurn(remembered, sent), { kind: "continued", newFrom: 5 });
});

Deno.test("placeTurn() believes a client that echoes an answer of ours and has edited, cut or branched the rest", () => {
  const long = known(
    user("one"),
    ours(assistant("1")),
    user("two"),
    ours(assistant("2")),
    user("three"),
    ours(assistant("3")),
  );
  const replaced = { kind: "replaced" } as const;
  const regenerated = [user("one"), assistant("1"), user("two")];
  assertEquals(placeTurn(long, regenerated), replaced);
  const trimmed = [user("two"), assistant("2"), user("three"), assistant("3"), user("four")];
  assertEquals(placeTurn(long, trimmed), replaced);
  const summarised = [system, user("three"), assistant("3, shortened"), user("four")];
  assertEquals(placeTurn(long, summarised), replaced);
});

Deno.test("placeTurn() does not take examples that come with every request for a history", () => {
  const examples = [system, user("2+2"), assistant("4")];
  const remembered = known(...examples, user("3+3"), ours(assistant("6")));
  assertEquals(placeTurn(remembered, [...examples, user("5+5")]), { kind: "continued", newFrom: 3 });
});
