import { assertEquals, assertStrictEquals } from "@std/assert";
import { type ContextEdit, editContext } from "../../src/ask/edit_context.ts";

const USER = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
const THOUGHT = { type: "reasoning", summary: [], encrypted_content: "gAAAAABfake" };
const LONG = "Rain and wind, all day long. ".repeat(20);

function use(id: string, name = "weather") {
  return [
    { type: "function_call", call_id: id, name, arguments: '{"city":"Bern"}' },
    { type: "function_call_output", call_id: id, output: LONG },
  ];
}

const TOOL_USES: ContextEdit = {
  kind: "clear_tool_uses",
  type: "clear_tool_uses_20250919",
  trigger: { unit: "tool_uses", above: 1 },
  keep: 1,
  clearAtLeast: 0,
  exclude: new Set(),
  inputs: false,
};
const THINKING: ContextEdit = { kind: "clear_thinking", type: "clear_thinking_20251015", keep: 1 };

Deno.test("editContext() leaves out results of old calls once, and what is remembered is still in front (translation 120)", () => {
  const input = [USER, THOUGHT, ...use("1"), USER, THOUGHT, ...use("2")];
  const edited = editContext({ input, earlier: 4 }, [THINKING, TOOL_USES]);
  assertEquals(edited.input.map(({ output, type }) => output === undefined ? type : output === LONG), [
    "message",
    "function_call",
    false,
    "message",
    "reasoning",
    "function_call",
    true,
  ]);
  assertEquals(edited.earlier, 3);
  assertEquals(edited.applied.map(({ cleared_input_tokens: _, ...rest }) => rest), [
    { type: "clear_thinking_20251015", cleared_thinking_turns: 1 },
    { type: "clear_tool_uses_20250919", cleared_tool_uses: 1 },
  ]);
  assertEquals(editContext({ input: edited.input, earlier: 3 }, [TOOL_USES]).applied, [], "once is enough");
});

Deno.test("editContext() touches nothing where an edit has nothing to do (translation 120)", () => {
  const input = [USER, ...use("1"), ...use("2", "news")];
  const edits: readonly ContextEdit[] = [
    { ...TOOL_USES, keep: 2 },
    { ...TOOL_USES, exclude: new Set(["weather"]) },
    { ...TOOL_USES, clearAtLeast: 100_000 },
    { ...TOOL_USES, trigger: { unit: "input_tokens", above: 100_000 } },
    THINKING,
  ];
  const edited = editContext({ input, earlier: 0 }, edits);
  assertStrictEquals(edited.input, input);
  assertEquals(edited.applied, []);
});

Deno.test("editContext() clears what is worth exactly as many tokens as is asked for, and not one less", () => {
  const input = [USER, ...use("1"), ...use("2")];
  const worth = editContext({ input, earlier: 0 }, [TOOL_USES]).applied[0]?.["cleared_input_tokens"];
  assertEquals(typeof worth, "number");
  const applied = (clearAtLeast: number) =>
    editContext({ input, earlier: 0 }, [{ ...TOOL_USES, clearAtLeast }]).applied.length;
  assertEquals([applied(Number(worth)), applied(Number(worth) + 1)], [1, 0]);
});
