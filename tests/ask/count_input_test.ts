import { assertEquals } from "@std/assert";
import { countInput } from "../../src/ask/count_input.ts";
import { estimateTokens } from "../../src/ask/estimate_tokens.ts";

Deno.test("countInput() adds up texts, and four tokens for each item", () => {
  const content = [{ type: "input_text", text: "Hi!" }, { type: "input_text", text: "Hi!" }];
  assertEquals(countInput({ input: [] }), 0);
  assertEquals(countInput({ input: [{ type: "message", role: "user", content }] }), 4 + 2 + 2);
  assertEquals(countInput({ instructions: "Hi!", input: [{ type: "message", content: "Hi!" }] }), 2 + 4 + 2);
});

Deno.test("countInput() counts tools as the JSON they are sent as", () => {
  const tools = [{ type: "function", name: "add", parameters: {} }];
  assertEquals(countInput({ input: [], tools }), estimateTokens(JSON.stringify(tools)));
  assertEquals(countInput({ input: [], tools: [] }), 0);
});

Deno.test("countInput() gives images a flat price, and files one by their size", () => {
  const image = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(9999)}` };
  const file = { type: "input_file", filename: "a.pdf", file_data: "A".repeat(401) };
  assertEquals(countInput({ input: [{ type: "message", content: [image] }] }), 4 + 765);
  assertEquals(countInput({ input: [{ type: "message", content: [file] }] }), 4 + 11);
});

Deno.test("countInput() leaves out what a model does not read", () => {
  const call = {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    status: "completed",
    arguments: "Hi!",
  };
  assertEquals(countInput({ input: [call] }), 4 + 2);
});
