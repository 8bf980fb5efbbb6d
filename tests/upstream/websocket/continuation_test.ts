import { assertEquals } from "@std/assert";
import { chainAfter, continuationOf, itemKey, keysOf } from "../../../src/upstream/websocket/continuation.ts";
import { createFrame } from "../../../src/upstream/websocket/create_frame.ts";
import type { InputItem, OutputItem } from "../../../src/wire/responses.ts";
import { bodyOf, said } from "./transport.ts";

/** Where the input that follows this output begins to be new; undefined when all of it is sent. */
function newFrom(
  output: readonly OutputItem[],
  back: readonly InputItem[],
  change: Record<string, unknown> = {},
) {
  const chain = chainAfter(keysOf(bodyOf([said("hello")])), "resp_1", output.map(itemKey));
  const asked = keysOf(bodyOf([said("hello"), ...back, said("on")], change));
  return continuationOf(chain, asked)?.newFrom;
}

const ANSWER = {
  type: "message",
  id: "msg_1",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text: "Hi", annotations: [{ type: "url_citation" }], logprobs: [] }],
  phase: null,
};

Deno.test("continuation: an output item is known again without ids, states and notes about it", () => {
  const said = (content: unknown) => ({ type: "message", role: "assistant", content });
  assertEquals(newFrom([ANSWER], [ANSWER]), 2);
  assertEquals(newFrom([ANSWER], [said([{ type: "output_text", text: "Hi" }])]), 2);
  assertEquals(newFrom([ANSWER], [said("Hi")]), 2);
  assertEquals(newFrom([ANSWER], [said("Ho")]), undefined);
  assertEquals(newFrom([ANSWER], [{ ...said("Hi"), role: "user" }]), undefined);
  assertEquals(newFrom([ANSWER], [{ ...said("Hi"), phase: "commentary" }]), undefined);
  const call = {
    type: "function_call",
    id: "fc_1",
    status: "completed",
    call_id: "c",
    name: "f",
    arguments: "{}",
  };
  const back = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
  assertEquals(newFrom([call], [back]), 2);
  assertEquals(newFrom([call], [{ ...back, arguments: "{ }" }]), undefined);
  assertEquals(newFrom([call], [{ ...back, call_id: "d" }]), undefined);
});

Deno.test("continuation: reasoning has to be sent back, and be the same", () => {
  const reasoning = { type: "reasoning", id: "rs_1", summary: [{ text: "a" }], encrypted_content: "x" };
  assertEquals(newFrom([reasoning, ANSWER], [{ ...reasoning, content: [] }, ANSWER]), 3);
  assertEquals(newFrom([reasoning, ANSWER], [ANSWER]), undefined);
  assertEquals(newFrom([reasoning, ANSWER], [{ ...reasoning, encrypted_content: "y" }, ANSWER]), undefined);
  const { encrypted_content: _, ...open } = reasoning;
  assertEquals(newFrom([open, ANSWER], [open, ANSWER]), undefined);
});

Deno.test("continuation: everything but input and metadata has to be equal, whatever the order of keys", () => {
  assertEquals(newFrom([ANSWER], [ANSWER], { client_metadata: { a: "b" } }), 2);
  assertEquals(newFrom([ANSWER], [ANSWER], { service_tier: undefined }), 2);
  for (
    const change of [
      { model: "other" },
      { instructions: "Be brief." },
      { tools: [] },
      { tool_choice: "auto" },
      { parallel_tool_calls: false },
      { reasoning: { effort: "low" } },
      { text: { verbosity: "low" } },
      { include: [] },
      { service_tier: "priority" },
      { prompt_cache_key: "other" },
      { a_key_of_tomorrow: 1 },
      { tool_choice: null },
    ]
  ) {
    assertEquals(newFrom([ANSWER], [ANSWER], change), undefined, JSON.stringify(change));
  }
  const tools = (tool: Record<string, unknown>) => keysOf(bodyOf([], { tools: [tool] })).rest;
  assertEquals(tools({ a: 1, b: { c: 1, d: 2 } }), tools({ b: { d: 2, c: 1 }, a: 1 }));
});

Deno.test("continuation: without a chain, without anything new, or with less, everything is sent", () => {
  const asked = keysOf(bodyOf([said("hello")]));
  assertEquals(continuationOf(undefined, asked), undefined);
  const chain = chainAfter(asked, "resp_1", [itemKey(ANSWER)]);
  assertEquals(continuationOf(chain, asked), undefined);
  assertEquals(continuationOf(chain, keysOf(bodyOf([said("hello"), ANSWER]))), undefined);
  assertEquals(chainAfter(asked, "resp_1", [undefined]), undefined);
});

Deno.test("create_frame: the keys of the body, all of them again in a continuation", () => {
  const body = bodyOf([said("a"), said("b")], { client_metadata: { turn_id: "1" } });
  const plain = { lite: false, turnState: undefined };
  assertEquals(JSON.parse(createFrame(body, undefined, plain)), { type: "response.create", ...body });
  const continuation = { previousResponseId: "resp_1", newFrom: 1 };
  assertEquals(JSON.parse(createFrame(body, continuation, { lite: true, turnState: "s" })), {
    type: "response.create",
    ...body,
    previous_response_id: "resp_1",
    input: [said("b")],
    client_metadata: {
      turn_id: "1",
      "x-codex-turn-state": "s",
      ws_request_header_x_openai_internal_codex_responses_lite: "true",
    },
  });
  const bare = bodyOf([said("a")]);
  assertEquals("client_metadata" in JSON.parse(createFrame(bare, undefined, plain)), false);
});
