import { assertEquals } from "@std/assert";
import { lastWords } from "../../src/ask/compaction.ts";

Deno.test("lastWords() gives what the user said last, and nothing where something else came after", () => {
  const user = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
  const assistant = { type: "message", role: "assistant", content: [] };
  const output = { type: "function_call_output", role: "user", call_id: "c", output: "1" };
  assertEquals(lastWords([user("1"), assistant, user("2"), user("3")]), [user("2"), user("3")]);
  assertEquals(lastWords([user("1"), assistant]), []);
  assertEquals(lastWords([user("1"), output]), []);
  assertEquals(lastWords([user("1")]), [user("1")]);
});
