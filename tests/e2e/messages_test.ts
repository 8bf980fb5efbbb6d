import { assert, assertEquals } from "@std/assert";
import { answerEvents, reasoningAnswer, textAnswer } from "../fake/answers.ts";
import { foldCompletions } from "../dialects/completions/fold_completions.ts";
import { foldMessages } from "../dialects/messages/fold_messages.ts";
import { isRecord, type JsonObject, listAt } from "../../src/wire/json.ts";
import { post, withProgram } from "./setup.ts";

/** A short request of Anthropic's API. */
const ASK = { model: "claude-sonnet-4-5", max_tokens: 1000, messages: [{ role: "user", content: "Hi" }] };

/** Tools as Claude Code has them; the fake's rules check each as the backend does. */
const TOOLS = ["Bash", "Read", "Edit", "Write", "Glob", "Grep", "Task", "WebFetch", "mcp__memory__store"]
  .map((name) => ({
    name,
    description: `The tool ${name}`,
    input_schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { command: { type: "string", description: "What to do" }, timeout: { type: "number" } },
      required: ["command"],
      additionalProperties: false,
    },
  }));

Deno.test("serve answers Anthropic's API on every prefix, under the name that was asked for", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello", " there"]) });
    for (const prefix of ["/codex", "/codex/v1", "/v1", "/codex/chat-1", "/codex/chat-2/v1"]) {
      const response = await post(program, `${prefix}/messages?beta=true`, ASK, {
        headers: { "x-api-key": "dummy", "anthropic-version": "2023-06-01", "anthropic-beta": "x" },
      });
      assertEquals(response.status, 200, prefix);
      assertEquals(response.headers.get("request-id"), response.headers.get("x-request-id"));
      assert(response.headers.get("x-ccproxy-model")?.startsWith("gpt-"));
      const { id, ...message } = await response.json();
      assert(/^msg_/.test(id));
      assertEquals(message, {
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        content: [{ type: "text", text: "Hello there" }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: {
          input_tokens: 11,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 7,
          output_tokens_details: { thinking_tokens: 0 },
        },
      });
    }
    assertEquals(backend.refusals(), []);
    assertEquals(backend.asks().flatMap(({ headers }) => headers["x-api-key"] ?? []), []);
  });
});

Deno.test("serve goes through a turn of Claude Code: thinking, two calls, their results, the reasoning carried back", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({
      events: answerEvents([
        { type: "reasoning", summary: ["I look around."] },
        { type: "text", words: ["Let me", " look."] },
        { type: "call", name: "Bash", arguments: ['{"command":', '"ls"}'], callId: "call_1" },
        { type: "call", name: "Read", arguments: '{"command":"a.ts"}', callId: "call_2" },
      ], { interleave: false }),
    });
    const body = {
      ...ASK,
      model: "claude-opus-4-5-20251101",
      max_tokens: 32000,
      stream: true,
      temperature: 1,
      thinking: { type: "enabled", budget_tokens: 31999 },
      metadata: { user_id: "user_1_account__session_2" },
      context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
      system: [
        { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.37.0d9; cch=fa690;" },
        { type: "text", text: "You are a coding agent.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "# Tone\nBe brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
      ],
      tools: TOOLS,
    };
    const first = await post(program, "/codex/v1/messages?beta=true", body);
    assertEquals(first.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assertEquals(
      first.headers.get("x-ccproxy-ignored-params"),
      "temperature",
    );
    const folded = foldMessages(await first.text());
    const message = "message" in folded ? folded.message : {};
    assertEquals(message["stop_reason"], "tool_use");
    const content = (listAt(message, "content") ?? []).filter(isRecord);
    assertEquals(content.map((block) => block["type"]), ["thinking", "text", "tool_use", "tool_use"]);

    backend.answer({ events: textAnswer(["Done."], { seed: "2" }) });
    const second = await post(program, "/codex/v1/messages?beta=true", {
      ...body,
      messages: [
        ...ASK.messages,
        { role: "assistant", content },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: "a.ts" },
            { type: "tool_result", tool_use_id: "call_2", content: "no such file", is_error: true },
            { type: "text", text: "<system-reminder>Be quick.</system-reminder>" },
          ],
        },
      ],
    });
    const done = foldMessages(await second.text());
    assertEquals("message" in done && done.message["stop_reason"], "end_turn");
    const [asked, again] = backend.asks().map(({ json }) => (isRecord(json) ? json : {}));
    const input = (ask: JsonObject | undefined) => (listAt(ask ?? {}, "input") ?? []).filter(isRecord);
    assertEquals(
      input(again).map((item) => item["type"]),
      ["message", "message", "reasoning", "message", "function_call"]
        .concat(["function_call", "function_call_output", "function_call_output", "message"]),
    );
    // What was sent before is sent again letter for letter, so that the backend's cache matches.
    assertEquals(input(again).slice(0, 2), input(asked));
    assertEquals(again?.["prompt_cache_key"], asked?.["prompt_cache_key"]);
    assert(!JSON.stringify(asked).includes("billing"));
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("serve tells a client of Anthropic's API nothing of reasoning it did not ask for", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: reasoningAnswer(["I think."], ["Yes."]) });
    const { content } = await (await post(program, "/codex/messages", ASK)).json();
    assertEquals(content, [{ type: "text", text: "Yes." }]);
  });
});

Deno.test("serve counts the tokens of a Messages request without asking the backend", async () => {
  await withProgram(async ({ program, backend }) => {
    const count = async (body: unknown): Promise<number> => {
      const response = await post(program, "/codex/v1/messages/count_tokens?beta=true", body);
      assertEquals(response.status, 200);
      return (await response.json()).input_tokens;
    };
    const { max_tokens: _, ...ask } = ASK;
    const small = await count(ask);
    assert(Number.isInteger(small) && small > 0);
    const words = await count({ ...ask, messages: [{ role: "user", content: "word ".repeat(4000) }] });
    // o200k_base counts 4001.
    assert(Math.abs(words - small - 4001) < 400, `${words - small}`);
    const image = {
      type: "image",
      source: { type: "base64", media_type: "image/png", data: "A".repeat(400000) },
    };
    const picture = await count({ ...ask, messages: [{ role: "user", content: [image] }] });
    assert(picture - small < 2000, "an image counts as an image, not as its text");
    assert(await count({ ...ask, tools: TOOLS, system: "Be brief." }) > small);
    assertEquals(backend.asks(), []);
  });
});

Deno.test("serve tells errors on Anthropic's routes and to Anthropic's SDKs in Anthropic's shape, else in OpenAI's", async () => {
  await withProgram(async ({ program, backend }) => {
    const check = async (response: Response, status: number, type: string, message: RegExp) => {
      const body = await response.json();
      assertEquals([response.status, body.type, body.error.type], [status, "error", type]);
      assert(message.test(body.error.message), body.error.message);
      assertEquals(body.request_id, response.headers.get("request-id"));
    };
    const path = "/codex/v1/messages";
    await check(await post(program, path, "{"), 400, "invalid_request_error", /^Invalid request/);
    await check(await program.fetch(path), 405, "invalid_request_error", /^Method not allowed/);
    await check(await post(program, `${path}/batches`, {}), 404, "not_found_error", /^Not offered/);
    await check(
      await post(program, path, { ...ASK, model: "no-such-model" }),
      404,
      "not_found_error",
      /^Model not available/,
    );
    const foreign = { headers: { origin: "https://evil.example" } };
    await check(await post(program, path, ASK, foreign), 403, "permission_error", /^Origin not allowed/);
    const limit = {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      resets_in_seconds: 60,
    };
    backend.answer({ status: 429, body: { error: limit } });
    const limited = await post(program, path, ASK);
    assertEquals([limited.headers.get("retry-after"), limited.headers.get("x-should-retry")], [
      "60",
      "false",
    ]);
    await check(limited, 429, "rate_limit_error", /^Rate limit exceeded/);
    const failed = answerEvents([], {}, { type: "failed", code: "server_is_overloaded", message: "Busy" });
    backend.setDefault({ events: [failed[0], failed.at(-1)].filter((event) => event !== undefined) });
    await check(
      await post(program, path, { ...ASK, stream: true }),
      503,
      "overloaded_error",
      /overloaded/,
    );
    const sdk = { headers: { "anthropic-version": "2023-06-01" } };
    await check(await program.fetch("/v1/models/no-such-model", sdk), 404, "not_found_error", /^Model not/);
    await check(await program.fetch("/v1/nothing", sdk), 404, "not_found_error", /^Not found/);
    const other = await post(program, "/codex/v1/completions", "{");
    assertEquals(Object.keys((await other.json()).error), ["message", "type", "param", "code"]);
  });
});

Deno.test("serve follows the user's alias for a claude name before its own", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const model of ["claude-haiku-4-5", "claude-opus-4-5"]) {
      await post(program, "/codex/messages", { ...ASK, model }).then((response) => response.body?.cancel());
    }
    const models = backend.asks().map(({ json }) => (isRecord(json) ? json["model"] : undefined));
    assertEquals(models[0], "gpt-5.5");
    assert(models[1] !== "gpt-5.5");
    // The names mean nothing on OpenAI's routes.
    const chat = await post(program, "/codex/chat/completions", { ...ASK, stream: false });
    assertEquals(chat.status, 404);
    await chat.body?.cancel();
  }, { config: '[codex.model_aliases]\n"claude-haiku*" = "gpt-5.5"\n' });
});

Deno.test("serve answers legacy completions, whole and streamed", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello", " there"]) });
    const ask = { model: "gpt-3.5-turbo-instruct", prompt: "Say hi", max_tokens: 50, temperature: 0 };
    const whole = await post(program, "/codex/v1/completions", ask);
    assertEquals(whole.headers.get("x-ccproxy-ignored-params"), "temperature");
    const completion = await whole.json();
    assert(/^cmpl-/.test(completion.id));
    assertEquals(completion.choices, [
      { text: "Hello there", index: 0, logprobs: null, finish_reason: "stop" },
    ]);
    const stream = await post(program, "/v1/completions", { ...ask, stream: true, echo: true });
    const folded = foldCompletions(await stream.text());
    assertEquals("completion" in folded && listAt(folded.completion, "choices"), [
      { text: "Say hiHello there", index: 0, logprobs: null, finish_reason: "stop" },
    ]);
    assertEquals(backend.refusals(), []);
  });
});
