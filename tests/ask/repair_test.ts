import { assertEquals } from "@std/assert";
import { createNameMap } from "../../src/ask/names.ts";
import { repairToolCalls } from "../../src/ask/repair.ts";
import type { InputItem } from "../../src/wire/responses.ts";

/** `call_1 get {}` for a call, `call_1 = ok` for an output, `user: …` for a message. */
function repaired(input: readonly InputItem[]): string[] {
  return repairToolCalls(input, createNameMap()).map((item) => {
    if (item.type.endsWith("_output")) return `${item["call_id"]} = ${item["output"]}`;
    if (item.type.endsWith("_call")) return `${item["call_id"]} ${item["name"]} ${item["arguments"]}`;
    return `user: ${JSON.stringify(item["content"])}`;
  });
}

function call(id: string | undefined, args = "{}"): InputItem {
  return {
    type: "function_call",
    ...(id === undefined ? {} : { call_id: id }),
    name: "get",
    arguments: args,
  };
}

function output(id: string | undefined, text = "ok"): InputItem {
  return { type: "function_call_output", ...(id === undefined ? {} : { call_id: id }), output: text };
}

const MESSAGE: InputItem = { type: "message", role: "user", content: [] };

Deno.test("repairToolCalls() gives back the same items where nothing is broken", () => {
  const input = [MESSAGE, call("call_1"), output("call_1"), MESSAGE];
  assertEquals(repairToolCalls(input, createNameMap()), input);
});

Deno.test("repairToolCalls() answers calls that nobody answered, behind the run they stand in (translation 32)", () => {
  assertEquals(repaired([call("call_1"), call("call_2"), output("call_2"), MESSAGE, call("call_3")]), [
    "call_1 get {}",
    "call_2 get {}",
    "call_1 = aborted",
    "call_2 = ok",
    "user: []",
    "call_3 get {}",
    "call_3 = aborted",
  ]);
});

Deno.test("repairToolCalls() makes a message of an output without its call (translation 32)", () => {
  assertEquals(repaired([output("call_9", "42")]), [
    'user: [{"type":"input_text","text":"Output of tool call call_9:"},{"type":"input_text","text":"42"}]',
  ]);
});

Deno.test("repairToolCalls() pairs calls and outputs without ids in order, under ids nobody uses (translation 15, 32)", () => {
  assertEquals(
    repaired([call(undefined, "1"), call(undefined, "2"), output(undefined, "a"), output(undefined, "b")]),
    [
      "call_ccproxy_1 get 1",
      "call_ccproxy_2 get 2",
      "call_ccproxy_1 = a",
      "call_ccproxy_2 = b",
    ],
  );
  assertEquals(
    repaired([call(undefined), output(undefined), call("call_ccproxy_1"), output("call_ccproxy_1")]),
    [
      "call_ccproxy_2 get {}",
      "call_ccproxy_2 = ok",
      "call_ccproxy_1 get {}",
      "call_ccproxy_1 = ok",
    ],
  );
});

Deno.test("repairToolCalls() sends a repeated call and a repeated output once (translation 32)", () => {
  assertEquals(repaired([call("call_1"), call("call_1"), output("call_1"), output("call_1")]), [
    "call_1 get {}",
    "call_1 = ok",
  ]);
});

Deno.test("repairToolCalls() gives another call under a used id an id of its own (translation 32)", () => {
  const input = [call("call_1", "1"), output("call_1", "a"), call("call_1", "2"), output("call_1", "b")];
  assertEquals(repaired(input), ["call_1 get 1", "call_1 = a", "call_1_1 get 2", "call_1_1 = b"]);
});

Deno.test("repairToolCalls() gives an output the kind of its call (translation 14)", () => {
  const custom = { type: "custom_tool_call", call_id: "call_1", name: "patch", input: "x" };
  assertEquals(
    repairToolCalls([custom, output("call_1")], createNameMap())[1]?.type,
    "custom_tool_call_output",
  );
});
