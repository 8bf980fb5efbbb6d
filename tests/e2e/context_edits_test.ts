/** What Anthropic's clients want left out of a long conversation, or put together. */
import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, listAt, recordAt } from "../../src/wire/json.ts";
import { foldMessages } from "../dialects/messages/fold_messages.ts";
import { textAnswer, toolCallAnswer } from "../fake/answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

const MESSAGES = "/v1/messages";
const SAID = "Hi, this is a sentence of more than ten tokens, as everybody can see at once.";

const COMPACTION = { type: "compaction", id: "cmp_1", encrypted_content: "gAAAAABfakecompacted" };

/** What the backend answers to a `compaction_trigger`. */
const COMPACTED = [
  { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } },
  { type: "response.output_item.done", output_index: 0, item: COMPACTION },
  { type: "response.completed", response: { id: "resp_1", status: "completed", output: [COMPACTION] } },
];

async function ask(program: Program, body: JsonObject): Promise<JsonObject> {
  const response = await post(program, MESSAGES, { model: "claude-sonnet-4-5", max_tokens: 1000, ...body });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  const folded = body["stream"] === true ? foldMessages(text) : undefined;
  assert(folded === undefined || "message" in folded);
  return folded?.message ?? JSON.parse(text);
}

function inputs(backend: FakeBackend): JsonObject[][] {
  return backend.asks().map(({ json }) =>
    (isRecord(json) ? listAt(json, "input") ?? [] : []).filter(isRecord)
  );
}

const isUser = (item: JsonObject) => item["role"] === "user";

for (const stream of [false, true]) {
  Deno.test(`translation 112: an answer goes on behind a compaction for which nobody pauses, ${stream ? "streamed" : "whole"}`, async () => {
    await withProgram(async ({ program, backend }) => {
      const context_management = {
        edits: [{
          type: "compact_20260112",
          trigger: { type: "input_tokens", value: 10 },
          instructions: "Keep every file name.",
        }],
      };
      backend.answer({ events: COMPACTED });
      const question = { role: "user", content: SAID };
      const message = await ask(program, { stream, context_management, messages: [question] });
      const content = (listAt(message, "content") ?? []).filter(isRecord);
      assertEquals(content.map(({ type }) => type), ["compaction", "text"]);
      assertEquals([message["stop_reason"], message["context_management"]], ["end_turn", {
        applied_edits: [],
      }]);
      const iterations = listAt(recordAt(message, "usage") ?? {}, "iterations") ?? [];
      assertEquals(iterations.map((entry) => isRecord(entry) && entry["type"]), ["compaction", "message"]);
      const [compacting = [], answering = []] = inputs(backend);
      assertEquals(compacting.at(-1), { type: "compaction_trigger" });
      assert(JSON.stringify(compacting.at(-2)).includes("Keep every file name."));
      assertEquals(answering.filter(isUser).length, 1, "the last words stand behind the compaction too");
      assert(answering.some(({ type }) => type === "compaction"));

      const messages = [question, { role: "assistant", content }, { role: "user", content: "And?" }];
      await ask(program, { stream, messages });
      const later = inputs(backend).at(-1) ?? [];
      assertEquals(later.filter(({ type }) => type === "compaction").length, 1);
      assertEquals(later.filter(isUser).length, 1, "what came before is told by the block");
      assertEquals(backend.refusals(), []);
    });
  });
}

Deno.test("translation 112: a compaction that fails ends the request, and nothing is answered without it", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello"]) });
    const response = await post(program, MESSAGES, {
      model: "claude-sonnet-4-5",
      max_tokens: 1000,
      context_management: {
        edits: [{ type: "compact_20260112", trigger: { type: "input_tokens", value: 1 } }],
      },
      messages: [{ role: "user", content: SAID }],
    });
    assertEquals([response.status, backend.asks().length], [502, 1]);
    await response.body?.cancel();
  });
});

Deno.test("translation 120: edits are counted, and a conversation stays one session while its results are left out", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Fine"]) });
    const context_management = {
      edits: [{
        type: "clear_tool_uses_20250919",
        trigger: { type: "tool_uses", value: 1 },
        keep: { type: "tool_uses", value: 0 },
      }],
    };
    const tools = [{ name: "weather", input_schema: { type: "object", properties: {} } }];
    const messages: JsonObject[] = [{ role: "user", content: "How is the weather?" }];
    for (const call of ["1", "2", "3"]) {
      const arguments_ = ["{}"];
      backend.answer({
        events: toolCallAnswer([{ name: "weather", arguments: arguments_ }], { seed: call }),
      });
      const { content } = await ask(program, { tools, messages: messages.slice(), context_management });
      const [use] = (Array.isArray(content) ? content : []).filter(isRecord);
      messages.push({ role: "assistant", content }, {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: use?.["id"], content: SAID.repeat(9) }],
      });
    }
    await ask(program, { tools, messages, context_management });
    const cleared = inputs(backend).map((items) =>
      items.filter(({ output }) => output === "[Old tool result content cleared]").length
    );
    assertEquals(cleared, [0, 0, 2, 3]);
    const sessions = await (await program.fetch("/codex/sessions")).json();
    assertEquals(sessions.data?.length ?? sessions.sessions?.length, 1, JSON.stringify(sessions));

    const body = { model: "claude-sonnet-4-5", tools, messages, context_management };
    const counted = await (await post(program, `${MESSAGES}/count_tokens`, body)).json();
    const original = counted.context_management.original_input_tokens;
    assert(counted.input_tokens < original);
    const { context_management: _, ...plain } = body;
    const whole = await (await post(program, `${MESSAGES}/count_tokens`, plain)).json();
    assertEquals(whole, { input_tokens: original });
  });
});
