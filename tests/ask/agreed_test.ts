import { assert, assertEquals, assertThrows } from "@std/assert";
import { agreed } from "../../src/ask/agreed.ts";
import type { DialectName } from "../../src/ask/draft.ts";
import { Problem } from "../../src/problem.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { readDraft } from "../dialects/answer_ways.ts";

const TOOL = { type: "function", function: { name: "look" } };
const JSON_FORMAT = { type: "json_object" };
const ANSWER_FORMAT = {
  type: "json_schema",
  schema: {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  },
};

/** Spellings of one wish: any two of them with different values contradict each other. */
const WISHES: readonly { readonly in: readonly DialectName[]; readonly said: readonly JsonObject[] }[] = [
  {
    in: ["chat", "responses", "completions", "messages"],
    said: [{ max_tokens: 1 }, { max_completion_tokens: 2 }, { max_output_tokens: 3 }],
  },
  {
    in: ["chat", "responses"],
    said: [
      { reasoning_effort: "low" },
      { reasoning: { effort: "high" } },
      { enable_thinking: false },
    ],
  },
  { in: ["chat", "responses"], said: [{ reasoning_effort: "low" }, { reasoning: { enabled: false } }] },
  { in: ["chat", "responses"], said: [{ reasoning_effort: "low" }, { thinking: { type: "disabled" } }] },
  { in: ["chat", "responses"], said: [{ include_reasoning: true }, { reasoning: { exclude: true } }] },
  {
    in: ["chat", "responses"],
    said: [{ reasoning: { max_tokens: 100 } }, { thinking: { budget_tokens: 9000 } }],
  },
  { in: ["chat", "responses"], said: [{ tools: [TOOL] }, { functions: [{ name: "look" }] }] },
  {
    in: ["chat", "responses"],
    said: [{ tools: [{ type: "web_search" }] }, { web_search_options: {} }],
  },
  {
    in: ["chat", "responses"],
    said: [{ tool_choice: "none" }, { function_call: "auto" }],
  },
  {
    in: ["chat", "responses"],
    said: [{ text: { format: { type: "text" } } }, { response_format: JSON_FORMAT }],
  },
  {
    in: ["messages"],
    said: [
      { output_config: { format: ANSWER_FORMAT } },
      { output_format: { type: "json_schema", schema: { type: "object", properties: { b: {} } } } },
      { response_format: JSON_FORMAT },
    ],
  },
  { in: ["messages"], said: [{ output_config: { effort: "low" } }, { reasoning_effort: "high" }] },
  { in: ["chat", "responses"], said: [{ text: { verbosity: "low" } }, { verbosity: "high" }] },
];

const ASKED: Readonly<Record<DialectName, JsonObject>> = {
  chat: { messages: [{ role: "user", content: "Hi" }] },
  responses: { input: "Hi" },
  completions: { prompt: "Hi" },
  messages: { messages: [{ role: "user", content: "Hi" }] },
};

Deno.test("no spelling of a wish wins over another in silence, in either order (translation 135)", () => {
  for (const { in: dialects, said } of WISHES) {
    for (const dialect of dialects) {
      for (const one of said) {
        readDraft(dialect, { ...ASKED[dialect], ...one }, {});
        for (const other of said.filter((each) => each !== one)) {
          const body = { ...ASKED[dialect], ...one, ...other };
          const problem = assertThrows(() => readDraft(dialect, body, {}));
          assert(problem instanceof Problem && /say different things/.test(problem.message), `${problem}`);
          assertEquals([problem.status, typeof problem.param], [400, "string"], JSON.stringify(body));
        }
      }
    }
  }
});

Deno.test("spellings that agree, and empty ones next to one that asks, are taken (translation 135)", () => {
  const draft = readDraft("chat", {
    ...ASKED.chat,
    max_tokens: 5,
    max_completion_tokens: 5,
    reasoning_effort: "none",
    reasoning: { enabled: false },
    tools: [],
    functions: [{ name: "look" }],
    tool_choice: { type: "function", function: { name: "look" } },
    function_call: { name: "look" },
    response_format: JSON_FORMAT,
    text: { format: JSON_FORMAT },
  }, {});
  assertEquals([draft.want.maxOutputTokens, draft.effort, draft.want.legacyFunctions], [5, "none", true]);
  assertEquals(draft.tools?.map(({ name }) => name), ["look"]);
});

Deno.test("a budget of thinking next to a level is reported as ignored (translation 135)", () => {
  const body = { ...ASKED.chat, reasoning: { effort: "low", max_tokens: 9000 } };
  const { effort, ignored } = readDraft("chat", body, {});
  assertEquals([effort, ignored], ["low", ["reasoning.max_tokens"]]);
});

Deno.test("spellings of Messages that agree are taken (translation 135)", () => {
  const { effort, sent, want, ignored } = readDraft("messages", {
    ...ASKED.messages,
    max_tokens: 5,
    max_output_tokens: 5,
    output_config: { effort: "low", format: ANSWER_FORMAT },
    output_format: ANSWER_FORMAT,
    reasoning_effort: "low",
  }, {});
  assertEquals([effort, want.maxOutputTokens, want.jsonFormat, ignored], ["low", 5, true, []]);
  assertEquals(sent["text"], { format: { ...ANSWER_FORMAT, name: "response", strict: true } });
});

Deno.test("what an effort leaves of thinking without effect is told as ignored (translation 135)", () => {
  const read = (thinking: JsonObject, effort?: string) => {
    const more = effort === undefined ? {} : { output_config: { effort } };
    const draft = readDraft("messages", { ...ASKED.messages, thinking, ...more }, {});
    return [draft.effort, draft.ignored];
  };
  const budget = { type: "enabled", budget_tokens: 9000 };
  assertEquals(read(budget), ["medium", []]);
  assertEquals(read(budget, "low"), ["low", ["thinking.budget_tokens"]]);
  assertEquals(read({ type: "adaptive" }, "low"), ["low", []]);
  assertEquals(read({ type: "disabled" }), ["none", []]);
  assertEquals(read({ type: "disabled" }, "none"), ["none", []]);
  assertEquals(read({ type: "disabled" }, "low"), ["low", ["thinking.type"]]);
  assertEquals(read({ type: "disabled", budget_tokens: 9000 }), ["none", ["thinking.budget_tokens"]]);
});

Deno.test("two compactions of one request that differ are refused (translation 135)", () => {
  const edit = (value: number) => ({
    type: "compact_20260112",
    trigger: { type: "input_tokens", value },
  });
  const read = (...edits: JsonObject[]) =>
    readDraft("messages", { ...ASKED.messages, context_management: { edits } }, {});
  read(edit(100_000), edit(100_000));
  const problem = assertThrows(() => read(edit(100_000), edit(200_000)));
  assert(problem instanceof Problem && problem.param === "context_management.edits[1]", `${problem}`);
});

Deno.test("agreed() gives the first value, and nothing where nothing was said", () => {
  assertEquals(agreed([["a", undefined], ["b", 2], ["c", 2]]), 2);
  assertEquals(agreed([["a", undefined]]), undefined);
});
