import { assertEquals } from "@std/assert";
import { composeAsk } from "../../src/ask/compose.ts";
import { UNSAID, UNSAID_WANT } from "../../src/ask/draft.ts";
import { createNameMap } from "../../src/ask/names.ts";
import type { InputItem } from "../../src/wire/responses.ts";

const USER = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
const CALL = { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" };
const OUTPUT = { type: "function_call_output", call_id: "call_1", output: "1" };

/** How many items at the end of what is sent are the client's, and how many are sent. */
function counts(input: readonly InputItem[], earlier: number, lite = false): [own: number, all: number] {
  const { ask, own } = composeAsk({
    draft: {
      ...UNSAID,
      model: "gpt-5.5",
      stream: true,
      input: input.slice(earlier),
      ignored: [],
      propagated: {},
      want: { ...UNSAID_WANT, names: createNameMap(), reasoningOutput: "none" },
    },
    settings: { "codex.system_prompt_injection_mode": "override" },
    model: { slug: "gpt-5.5", effort: undefined },
    sessionId: undefined,
    turn: { input, earlier, cacheKey: undefined },
    prompt: "PROMPT",
    lite,
    unwanted: [],
    onLeftOut: () => {},
  });
  return [own, ask.input.length];
}

Deno.test("composeAsk() counts what the client sent where calls were answered for, repeated or not sendable (translation 130)", () => {
  assertEquals(counts([USER, CALL, USER, USER], 2), [2, 5], "a call of an earlier turn is answered for");
  assertEquals(counts([USER, USER, CALL, USER], 1), [4, 5], "a call that the client sent is answered for");
  assertEquals(counts([USER, CALL, CALL, OUTPUT, USER], 2), [2, 4], "a repeated call is sent once");
  assertEquals(counts([USER, { type: "not_known" }, USER], 1), [1, 2], "what cannot be sent is not counted");
  assertEquals(counts([USER, CALL, OUTPUT, USER], 2), [2, 4], "a call and its output are on both sides");
  assertEquals(counts([USER, USER], 1, true), [1, 3], "the lite shape puts items in front");
  assertEquals(counts([USER, CALL, USER], 0), [4, 4]);
});
