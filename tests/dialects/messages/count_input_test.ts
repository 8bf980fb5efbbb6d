import { assert, assertEquals } from "@std/assert";
import { countInput } from "../../../src/ask/count_input.ts";

/** One message with these parts. */
function message(...parts: Record<string, unknown>[]) {
  return { input: [{ type: "message", role: "user", content: parts }] };
}

Deno.test("countInput() counts texts, a flat price for an image and a part of a file's size", () => {
  const data = `data:image/png;base64,${"A".repeat(100_000)}`;
  const none = countInput(message());
  assertEquals(countInput(message({ type: "input_text", text: "one two ".repeat(200) })) - none, 378);
  assertEquals(countInput(message({ type: "input_image", image_url: data })) - none, 765);
  assertEquals(countInput(message({ type: "input_file", file_data: "A".repeat(40_000) })) - none, 1000);
});

Deno.test("countInput() counts instructions, tools, calls and their results", () => {
  const input = [
    { type: "function_call", call_id: "call_1", name: "f", arguments: '{"a":1}' },
    { type: "function_call_output", call_id: "call_1", output: "done" },
  ];
  const small = countInput({ input });
  assert(small > 0);
  assert(countInput({ input, instructions: "Be brief." }) > small);
  assert(countInput({ input, tools: [{ type: "function", name: "f", parameters: {} }] }) > small);
});
