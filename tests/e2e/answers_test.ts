import { assert, assertEquals } from "@std/assert";
import { frame } from "../fake/script.ts";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";

Deno.test("serve answers the guide's first curl with the guide's shape, on every prefix", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["I'm doing well,", " thank you!"]) });
    for (const prefix of ["/codex", "/codex/v1", "/v1", "/codex/chat-1", "/codex/chat-1/v1"]) {
      const response = await post(program, `${prefix}/chat/completions`, HELLO);
      assertEquals(
        [response.status, response.headers.get("content-type")],
        [200, "application/json"],
        prefix,
      );
      const answer = await response.json();
      assert(/^chatcmpl-/.test(answer.id) && Number.isInteger(answer.created));
      assertEquals([answer.object, answer.model], ["chat.completion", "gpt-5"]);
      assertEquals(answer.choices, [{
        index: 0,
        message: { role: "assistant", content: "I'm doing well, thank you!", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      }]);
      const { prompt_tokens, completion_tokens, total_tokens } = answer.usage;
      assertEquals(total_tokens, prompt_tokens + completion_tokens);
      assert(response.headers.get("x-request-id")?.startsWith("req_"));
    }
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("serve answers `messages` on a responses route as chat, streamed too, as the guide does", async () => {
  await withProgram(async ({ program, backend }) => {
    const body = { ...HELLO, temperature: 0.7, max_tokens: 150 };
    const whole = await post(program, "/codex/responses", body);
    assertEquals(whole.headers.get("x-ccproxy-ignored-params"), "temperature");
    assertEquals((await whole.json()).object, "chat.completion");
    const streamed = await post(program, "/codex/responses", { ...HELLO, stream: true });
    assertEquals(streamed.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const text = await streamed.text();
    assert(text.startsWith("data: {") && text.endsWith("data: [DONE]\n\n") && !text.includes("event:"));
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("serve streams the second word before the third has left the backend", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    const events = textAnswer(["One", " two", " three"]);
    const third = events.findIndex((event) => event["delta"] === " three");
    backend.answer({ events: [...events.slice(0, third), { wait: gate }, ...events.slice(third)] });
    const response = await post(program, "/codex/v1/chat/completions", { ...HELLO, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('" two"')) text += (await reader?.read())?.value ?? "";
    assert(!text.includes("three"));
    gate.open();
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      text += piece.value;
    }
    assert(text.includes('" three"') && text.endsWith("data: [DONE]\n\n"));
  });
});

Deno.test("serve passes a Codex client's stream on byte for byte, vendor frames and all", async () => {
  await withProgram(async ({ program, backend }) => {
    const events = textAnswer(["Hi"], { vendorFrames: true });
    backend.answer({ events });
    const body = `{"model":"gpt-5.5","stream":true,"store":false,"input":[{"type":"message","role":"user",` +
      `"content":[{"type":"input_text","text":"hi"}]}],"include":[],"instructions":"x","tools":[]}`;
    const response = await post(program, "/codex/v1/responses", body, {
      headers: {
        originator: "codex_exec",
        "user-agent": "codex_exec/0.172.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.172.0)",
        authorization: "Bearer dummy",
        cookie: "a=b",
        "chatgpt-account-id": "somebody-else",
        "x-codex-window-id": "w:0",
        "session-id": "019a0000-0000-7000-8000-000000000001",
      },
    });
    assertEquals(await response.text(), events.map((event) => frame(event)).join(""));
    const [sent] = backend.asks();
    assertEquals(sent?.bodyText, body);
    assertEquals(sent?.headers["originator"], "codex_exec");
    assertEquals(sent?.headers["version"], "0.172.0");
    assertEquals(sent?.headers["x-codex-window-id"], "w:0");
    assertEquals(sent?.headers["session-id"], "019a0000-0000-7000-8000-000000000001");
    assertEquals(sent?.headers["cookie"], undefined);
    assertEquals(sent?.headers["chatgpt-account-id"], program.tokens?.account_id);
    assertEquals(sent?.headers["authorization"], `Bearer ${program.tokens?.access_token}`);
  });
});

Deno.test("serve gives a Codex client the backend's error body untouched, everybody else OpenAI's shape", async () => {
  await withProgram(async ({ program, backend }) => {
    const body = {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: "plus",
        resets_in_seconds: 7200,
      },
    };
    const refusal = { status: 429, body };
    backend.setDefault(refusal);
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }];
    const ask = { model: "gpt-5.5", stream: true, store: false, input };
    const native = await post(program, "/codex/responses", ask, { headers: { originator: "codex_exec" } });
    assertEquals([native.status, await native.json()], [429, body]);
    const other = await post(program, "/codex/responses", ask);
    assertEquals(other.status, 429);
    assertEquals(other.headers.get("retry-after"), "7200");
    assertEquals(other.headers.get("x-should-retry"), "false");
    const { error } = await other.json();
    assert(error.message.startsWith("Rate limit exceeded: The usage limit has been reached"));
    assertEquals([error.type, error.code, error.param], ["rate_limit_error", "usage_limit_reached", null]);
  });
});

Deno.test("serve filters other Responses streams: no vendor frame, complete objects, output rebuilt", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: reasoningAnswer(["Think"], ["Yes"], { vendorFrames: true }) });
    const response = await post(program, "/codex/v1/responses", {
      model: "gpt-5",
      input: "hi",
      stream: true,
    });
    const events = dataOf(await response.text()).map((data) => JSON.parse(data));
    const first = events[0].sequence_number;
    assertEquals(events.map((event) => event.sequence_number), events.map((_, index) => first + index));
    assert(events.every((event) => /^response\./.test(event.type) && event.type !== "response.metadata"));
    const last = events.at(-1);
    assertEquals(last.type, "response.completed");
    assertEquals(last.response.output.map((item: { type: string }) => item.type), ["reasoning", "message"]);
    assertEquals(last.response.output[1].content[0].text, "Yes");
    assertEquals(last.response.model, "gpt-5");
    const whole = await post(program, "/codex/v1/responses", { model: "gpt-5", input: "hi" });
    const answer = await whole.json();
    assertEquals(answer.output[1].content[0].text, "Yes");
    assertEquals(Object.keys(answer).sort(), Object.keys(last.response).sort());
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("serve translates tool calls, reasoning and usage of a chat stream", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({
      events: toolCallAnswer([{ name: "weather", arguments: ['{"city":', '"Bern"}'] }, {
        name: "time",
        arguments: "{}",
      }], {
        parallel: true,
      }),
    });
    const tools = ["weather", "time"].map((name) => ({
      type: "function",
      function: { name, parameters: {} },
    }));
    const response = await post(program, "/codex/v1/chat/completions", {
      ...HELLO,
      model: "gpt-5.5",
      tools,
      stream: true,
      stream_options: { include_usage: true },
    });
    const data = dataOf(await response.text());
    assertEquals(data.at(-1), "[DONE]");
    const chunks = data.slice(0, -1).map((text) => JSON.parse(text));
    const calls: { id: string; name: string; text: string }[] = [];
    for (const chunk of chunks) {
      for (const part of chunk.choices[0]?.delta.tool_calls ?? []) {
        const call = calls[part.index] ??= { id: part.id, name: part.function.name, text: "" };
        call.text += part.function.arguments;
      }
    }
    assertEquals(calls.map(({ name, text }) => [name, text]), [["weather", '{"city":"Bern"}'], [
      "time",
      "{}",
    ]]);
    assertEquals(chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []), ["tool_calls"]);
    assertEquals(chunks.at(-1).choices, []);
    assert(chunks.at(-1).usage.total_tokens > 0);
    assert(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("serve keeps reasoning out of structured output, and gives it in tags otherwise", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: reasoningAnswer(["Adding"], ['{"n":4}']) });
    const tagged = await (await post(program, "/codex/chat/completions", HELLO)).json();
    assertEquals(tagged.choices[0].message.content, '<thinking>Adding</thinking>\n\n{"n":4}');
    const format = {
      type: "json_schema",
      json_schema: { name: "n", schema: { type: "object", properties: {} } },
    };
    const json = await (await post(program, "/codex/chat/completions", { ...HELLO, response_format: format }))
      .json();
    assertEquals(json.choices[0].message.content, '{"n":4}');
  });
});

Deno.test("serve cuts at stop texts and limits, and ends the upstream", async () => {
  await withProgram(async ({ program, backend }) => {
    const stalled = () => ({
      events: [...textAnswer(["one", " tw", "o th", "ree", " four"]).slice(0, -3), {
        wait: new Promise(() => {}),
      }],
    });
    backend.answer(stalled());
    const stopped = await (await post(program, "/v1/chat/completions", { ...HELLO, stop: ["two"] })).json();
    assertEquals([stopped.choices[0].message.content, stopped.choices[0].finish_reason], ["one ", "stop"]);
    await backend.asks()[0]?.cancelled;
    backend.answer(stalled());
    const limited = await (await post(program, "/v1/chat/completions", { ...HELLO, max_tokens: 2 })).json();
    assertEquals([limited.choices[0].message.content, limited.choices[0].finish_reason], [
      "one tw",
      "length",
    ]);
    await backend.asks()[1]?.cancelled;
  });
});

Deno.test("serve lists its models for both kinds of reader", async () => {
  await withProgram(async ({ program }) => {
    const list = await (await program.fetch("/codex/v1/models?client_version=0.169.0")).json();
    assertEquals(list.object, "list");
    assert(list.data.length > 0 && Array.isArray(list.models));
    const [first] = list.data;
    assertEquals((await (await program.fetch(`/codex/models/${first.id}`)).json()).id, first.id);
    assertEquals((await (await program.fetch("/v1/models/gpt-5")).json()).id, "gpt-5");
    const missing = await program.fetch("/codex/models/claude-9");
    assertEquals([missing.status, (await missing.json()).error.code], [404, "model_not_found"]);
    assertEquals((await (await program.fetch("/health")).json()).status, "ok");
    const ready = await program.fetch("/health/ready");
    assertEquals([ready.status, (await ready.json()).status], [200, "ready"]);
  });
});
