import { assertEquals } from "@std/assert";
import { withoutRefused } from "../../src/ask/without_refused.ts";

const USER = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
const SEEN = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "See" }, {
    type: "input_image",
    image_url: "https://a.example/x.png",
  }],
};
const THOUGHT = { type: "reasoning", summary: [], encrypted_content: "x", content: [] };
const CALL = { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" };
const OUTPUT = { type: "function_call_output", call_id: "call_1", output: "1" };
const IMAGE = { type: "image_generation_call", status: "completed", result: "AAAA" };

Deno.test("withoutRefused() leaves out the item that an earlier turn brought (translation 130)", () => {
  const input = [USER, IMAGE, USER];
  assertEquals(withoutRefused(input, "input[1]", { own: 1, isKey: false }), [USER, USER]);
  assertEquals(withoutRefused(input, "input[1].result", { own: 3, isKey: false }), [USER, USER]);
});

Deno.test("withoutRefused() leaves out one part of a content, and an unknown key of every item of the type (translation 130)", () => {
  assertEquals(withoutRefused([SEEN, USER], "input[0].content[1].image_url", { own: 1, isKey: false }), [
    { ...SEEN, content: SEEN.content.slice(0, 1) },
    USER,
  ]);
  const { content: _, ...bare } = THOUGHT;
  assertEquals(withoutRefused([THOUGHT, THOUGHT, USER], "input[1].content", { own: 1, isKey: true }), [
    bare,
    bare,
    USER,
  ]);
});

Deno.test("withoutRefused() leaves out a call with its output, and an output with its call (translation 130)", () => {
  for (const place of ["input[1].name", "input[2].output"]) {
    assertEquals(withoutRefused([USER, CALL, OUTPUT, USER], place, { own: 1, isKey: false }), [USER, USER]);
  }
});

Deno.test("withoutRefused() touches nothing that the client said itself (translation 130)", () => {
  for (
    const [input, place, own] of [
      [[USER, SEEN], "input[1].content[1].image_url", 1],
      [[SEEN, USER], "input[0].content[1]", 2],
      [[CALL, OUTPUT, USER], "input[1].output", 3],
      [[USER, USER], "input[7]", 0],
      [[USER, USER], "text.format", 0],
    ] as const
  ) {
    assertEquals(withoutRefused(input, place, { own, isKey: false }), undefined, place);
  }
});
