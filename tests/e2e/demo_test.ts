/** `serve --demo`: everything that a client does, without an account, marked, and without a trace. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeHome, type Program, runProgram, startProgram } from "../program.ts";
import { readEvents } from "../demo/demo_upstream.ts";
import { dataOf, post } from "./setup.ts";

const DEMO = ["serve", "--demo", "--demo-pace", "0", "--port", "0"];
const HI = [{ role: "user", content: "say hi" }];

/** Runs a test against the demo, in a home without a login. */
async function withDemo(
  run: (program: Program) => Promise<void>,
  args: readonly string[] = DEMO,
): Promise<void> {
  await using program = await startProgram({ args, credentials: null });
  await run(program);
}

async function json(answer: Promise<Response>): Promise<Record<string, unknown>> {
  const response = await answer;
  assertEquals(response.headers.get("x-ccproxy-demo"), "true");
  return await response.json();
}

Deno.test("serve --demo tries no WebSocket, whatever the settings say, and does not take that for a fault", async () => {
  await using program = await startProgram({
    args: DEMO,
    credentials: null,
    config: '[codex]\ntransport = "websocket"\n',
  });
  await json(post(program, "/codex/v1/responses", { input: "say hi" }));
  assertMatch(
    await (await program.fetch("/metrics")).text(),
    /ccproxy_backend_requests_total\{transport="sse",fallback="",continuation="false"\} 1/,
  );
});

Deno.test("serve --demo answers every dialect, whole and streamed, and marks it in a header and in the model's name", () =>
  withDemo(async (program) => {
    const chat = await json(post(program, "/codex/v1/chat/completions", { model: "gpt-5", messages: HI }));
    const responses = await json(post(program, "/codex/v1/responses", { model: "gpt-5.5", input: "say hi" }));
    const messages = await json(
      post(program, "/codex/messages", { model: "claude-sonnet-4-5", max_tokens: 50, messages: HI }),
    );
    const completions = await json(post(program, "/v1/completions", { model: "gpt-5", prompt: "say hi" }));
    assertEquals([chat, responses, messages, completions].map(({ model }) => model), [
      "gpt-6.2-sol-demo",
      "gpt-5.5-demo",
      "gpt-6.2-sol-demo",
      "gpt-6.2-sol-demo",
    ]);
    const texts = JSON.stringify([
      chat["choices"],
      responses["output"],
      messages["content"],
      completions["choices"],
    ]);
    assertEquals(texts.match(/"hi"/g)?.length, 4);

    for (
      const [path, body] of [
        ["/codex/v1/chat/completions", { messages: HI }],
        ["/codex/v1/responses", { input: "say hi" }],
        ["/codex/messages", { max_tokens: 50, messages: HI }],
        ["/v1/completions", { prompt: "say hi" }],
      ] as const
    ) {
      const stream = await post(program, path, { model: "gpt-5", stream: true, ...body });
      assertEquals(stream.headers.get("x-ccproxy-demo"), "true");
      const text = await stream.text();
      assert(text.includes('"hi"'), text);
      assertMatch(text, /"model":"gpt-6\.2-sol-demo"/);
    }
  }));

Deno.test("serve --demo lists marked models, and takes the names it gives and those that they stand for", () =>
  withDemo(async (program) => {
    const { data } = await json(program.fetch("/codex/v1/models")) as { data: { id: string }[] };
    assert(data.length > 5 && data.every(({ id }) => id.endsWith("-demo")), JSON.stringify(data));
    for (const model of ["gpt-5.5", "gpt-5.5-demo", "gpt-5.5-high"]) {
      const answer = await json(post(program, "/codex/v1/chat/completions", { model, messages: HI }));
      assertEquals(answer["model"], "gpt-5.5-demo");
    }
    for (const model of ["gpt-image-2", "gpt-image-2-demo"]) {
      const drawn = await json(post(program, "/v1/images/generations", { model, prompt: "a fox" }));
      assertEquals((drawn["data"] as unknown[]).length, 1);
      assertEquals((await json(program.fetch(`/v1/models/${model}`)))["id"], model);
    }
    const unknown = await post(program, "/codex/v1/chat/completions", { model: "llama", messages: HI });
    assertEquals([unknown.status, unknown.headers.get("x-ccproxy-demo")], [404, "true"]);
    await unknown.body?.cancel();
  }));

Deno.test("serve --demo remembers sessions and responses while it runs", () =>
  withDemo(async (program) => {
    const say = (text: string) =>
      json(
        post(program, "/codex/my-chat/v1/chat/completions", {
          model: "gpt-5",
          messages: [{ role: "user", content: text }],
        }),
      );
    await say("My name is Alice");
    assertMatch(JSON.stringify(await say("What's my name?")), /Your name is Alice\./);
    assertMatch(JSON.stringify(await json(program.fetch("/codex/sessions"))), /my-chat/);

    const first = await json(post(program, "/codex/v1/responses", { model: "gpt-5", input: "Hello" }));
    const next = { model: "gpt-5", input: "what did I say?", previous_response_id: first["id"] };
    assertMatch(
      JSON.stringify(await json(post(program, "/codex/v1/responses", next))),
      /Before this you said: Hello/,
    );
    assertEquals((await json(program.fetch(`/codex/v1/responses/${first["id"]}`)))["id"], first["id"]);
    const compact = await json(
      post(program, "/codex/v1/responses/compact", { model: "gpt-5", input: "Hello" }),
    );
    assertMatch(JSON.stringify(compact["output"]), /"type":"compaction"/);
  }));

Deno.test("serve --demo calls a tool, takes its result, fills a schema and sees a picture, in chat", () =>
  withDemo(async (program) => {
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const tools = [{ type: "function", function: { name: "get_weather", parameters } }];
    const asked = { role: "user", content: "Call get_weather for Paris" };
    const chat = (body: unknown) => json(post(program, "/codex/v1/chat/completions", body));
    const called = await chat({ model: "gpt-5", messages: [asked], tools }) as {
      choices: { finish_reason: string; message: { tool_calls: { id: string; function: unknown }[] } }[];
    };
    const { finish_reason, message } = called.choices[0] ?? {};
    const call = message?.tool_calls[0];
    assertEquals([finish_reason, call?.function], [
      "tool_calls",
      { name: "get_weather", arguments: '{"city":"Paris"}' },
    ]);
    const result = { role: "tool", tool_call_id: call?.id, content: "sunny" };
    const told = await chat({ model: "gpt-5", messages: [asked, message, result], tools });
    assertMatch(JSON.stringify(told), /The tool get_weather answered: sunny/);

    const schema = {
      type: "object",
      properties: { age: { type: "integer" } },
      required: ["age"],
      additionalProperties: false,
    };
    const response_format = { type: "json_schema", json_schema: { name: "person", schema, strict: true } };
    const filled = await chat({
      model: "gpt-5",
      messages: [{ role: "user", content: "I am 33" }],
      response_format,
    });
    assertMatch(JSON.stringify(filled), /"content":"\{\\"age\\":33\}"/);

    const url = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    const content = [{ type: "text", text: "what is it?" }, { type: "image_url", image_url: { url } }];
    const seen = await chat({ model: "gpt-5", messages: [{ role: "user", content }] });
    assertMatch(JSON.stringify(seen), /I see a GIF picture, 1 × 1 pixels, 42 bytes\./);
  }));

Deno.test("serve --demo answers a Codex client untouched, by the model names that it brings along", () =>
  withDemo(async (program) => {
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "say hi" }] }];
    const body = {
      model: "gpt-6.1-sol",
      input,
      store: false,
      stream: true,
      parallel_tool_calls: false,
      reasoning: { effort: "low", summary: "auto", context: "all_turns" },
    };
    const headers = {
      originator: "codex_exec",
      "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)",
      version: "0.169.0",
      "x-openai-internal-codex-responses-lite": "true",
    };
    const answer = await post(program, "/codex/responses", body, { headers });
    assertEquals([answer.status, answer.headers.get("x-ccproxy-demo")], [200, "true"]);
    const events = readEvents(await answer.text());
    assertEquals(events.find(({ type }) => type === "response.output_text.done")?.["text"], "hi");
    assertMatch(JSON.stringify(events.at(-1)), /"type":"response.completed".*"gpt-6\.1-sol-demo"/);
    const refused = await post(program, "/codex/responses", { ...body, store: true }, { headers });
    assertEquals([refused.status, await refused.json()], [400, { detail: "Store must be set to false" }]);
  }));

Deno.test("serve --demo has a page that says what it is, and limits that move", () =>
  withDemo(async (program) => {
    const used = async () =>
      (await json(program.fetch("/codex/usage")) as {
        rate_limit: { primary_window: { used_percent: number } };
      }).rate_limit.primary_window.used_percent;
    await (await post(program, "/codex/v1/responses", { model: "gpt-5", input: "count to 50" })).body
      ?.cancel();
    const before = await used();
    await (await post(program, "/codex/v1/responses", { model: "gpt-5", input: "count to 900" })).text();
    assert(await used() > before);
    const page = await (await program.fetch("/")).text();
    assertMatch(page, /<strong>Demo\.<\/strong>/);
    assertMatch(page, /gpt-6\.1-sol-demo/);
    const ready = await program.fetch("/health/ready");
    assertEquals(ready.status, 200);
    await ready.body?.cancel();
  }));

Deno.test("serve --demo reads no login, sends nothing anywhere and leaves nothing behind", async () => {
  const home = await makeHome();
  try {
    // A login that cannot be read without being noticed: it is not even JSON.
    await Deno.mkdir(`${home}/.codex`);
    await Deno.writeTextFile(`${home}/.codex/auth.json`, "broken");
    const before = await filesIn(home);
    await using program = await startProgram({ args: DEMO, home });
    await json(post(program, "/codex/v1/chat/completions", { model: "gpt-5", messages: HI }));
    // Thoughts of a real conversation are not ours to read: they are left out, as those of another account are.
    const thoughts = [{ type: "reasoning", summary: [], encrypted_content: "gAAAAABreal" }, ...HI];
    await json(post(program, "/codex/v1/responses", { model: "gpt-5", input: thoughts }));
    const { stderr, code } = await program.stop();
    assertEquals(code, 0);
    assertMatch(stderr, /Demo {6}A stand-in inside ccproxy answers/);
    assertMatch(stderr, /request changed and sent again reason=dropped_reasoning/);
    assert(!/ error |broken|auth\.json/.test(stderr), stderr);
    assertEquals(await filesIn(home), before);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("serve without a login names the demo next to the login command, and --demo-pace needs --demo", async () => {
  await using program = await startProgram({ credentials: null });
  const { stderr } = await program.stop();
  assertMatch(stderr, /ccproxy auth login-openai/);
  assertMatch(stderr, /"ccproxy serve --demo" answers without an account/);
  const refused = await runProgram(["serve", "--demo-pace", "1"], { credentials: null });
  assertEquals(refused.code, 2);
  assertMatch(refused.stderr, /"--demo-pace" needs "--demo"/);
});

Deno.test("commands say of a demo at their address what it is", () =>
  withDemo(async (program) => {
    const env = { CCPROXY_SERVER__PORT: `${program.port}` };
    const { code, stdout, stderr } = await runProgram(["usage"], { credentials: null, env });
    assertEquals(code, 0);
    assertMatch(stderr, /but it is a demo \(serve --demo\), so its numbers belong to no account/);
    assertMatch(stdout, /Limits of the plan DEMO/);
    // One with a key is not asked at all: a key is sent to nobody but the server of this user.
    const keyed = await runProgram(["usage"], {
      credentials: null,
      env: { ...env, CCPROXY_SERVER__API_KEY: "k" },
    });
    assertEquals(keyed.stdout, "");
  }));

Deno.test("serve --demo streams word by word", () =>
  withDemo(async (program) => {
    const stream = await post(program, "/codex/v1/chat/completions", {
      model: "gpt-5",
      stream: true,
      messages: [{ role: "user", content: "count to 5" }],
    });
    const chunks = dataOf(await stream.text()).filter((data) => data !== "[DONE]").map((data) =>
      JSON.parse(data)
    );
    const words = chunks.flatMap(({ choices }) => choices[0]?.delta.content ?? []).filter((text) =>
      text !== ""
    );
    assertEquals(words, ["1,", " 2,", " 3,", " 4,", " 5"]);
  }, ["serve", "--demo", "--demo-pace", "1", "--port", "0"]));

/** Every file below a folder but those of the test itself. */
async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name === ".run") continue;
    const path = `${folder}/${entry.name}`;
    found.push(...entry.isDirectory ? [path, ...await filesIn(path)] : [path]);
  }
  return found.sort();
}

Deno.test("serve --demo follows the settings file, and asks for no backend that the file names", async () => {
  await using program = await startProgram({ args: DEMO, credentials: null, config: "" });
  await Deno.writeTextFile(
    `${program.home}/.config/ccproxy/config.toml`,
    "[codex]\nmax_output_tokens_fallback = 77\n",
  );
  const log = await program.stderrUntil(/settings changed|stay/);
  assertEquals(log.match(/^.*\b(?:error|warn)\b.*$/gm), null);
});
