import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { runProgram } from "../program.ts";
import { type ClientSocket, openSocket } from "./client_socket.ts";
import { HELLO, post, type Stage, withProgram } from "./setup.ts";

const CONFIG = '[server]\napi_key = "owner-key"\n';

const ITEM = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] };

/** A key from `ccproxy keys create`, run as its own process next to the server. */
async function createKey({ program }: Stage, line: string): Promise<string> {
  const made = await runProgram(["keys", "create", ...line.split(" ")], { home: program.home });
  assertEquals(made.code, 0, made.stderr);
  return made.stdout.trim();
}

function as(key: string, more: Record<string, string> = {}): RequestInit {
  return { headers: { authorization: `Bearer ${key}`, ...more } };
}

Deno.test("serve gives each named key a memory of its own, and neither page nor metrics", async () => {
  await withProgram(async (stage) => {
    const { program } = stage;
    const [alice, bob] = [await createKey(stage, "alice"), await createKey(stage, "bob")];
    const body = { model: "gpt-5", input: "Hello", store: true };
    const answer = await (await post(program, "/v1/responses", body, as(alice))).json();
    const read = (key: string) => program.fetch(`/v1/responses/${answer.id}`, as(key));
    const states = await Promise.all([alice, bob, "owner-key"].map(async (key) => {
      const response = await read(key);
      await response.body?.cancel();
      return response.status;
    }));
    assertEquals(states, [200, 404, 404]);
    for (const path of ["/", "/page/events", "/page/sessions/s-1", "/metrics"]) {
      const refused = await program.fetch(path, as(alice));
      assertEquals([refused.status, (await refused.json()).error.code], [403, "owner_only"], path);
    }
    const page = await (await program.fetch("/", as("owner-key"))).text();
    assertStringIncludes(page, "<strong>alice</strong>");
    assert(![alice, bob, "owner-key"].some((key) => page.includes(key)));
    const log = await program.stderrUntil(/key=alice.*status=200/);
    assert(!log.includes(alice) && !log.includes(alice.slice(-43)));
    const metrics = await (await program.fetch("/metrics", as("owner-key"))).text();
    assertStringIncludes(metrics, 'ccproxy_key_requests_total{key="alice",status="200"}');
    assertStringIncludes(metrics, 'ccproxy_key_tokens_total{key="alice",kind="output"}');
  }, { config: CONFIG });
});

Deno.test("serve keeps a named key to its models, on every route", async () => {
  await withProgram(async (stage) => {
    const { program, backend } = stage;
    const key = await createKey(stage, "ci --models gpt-5.5");
    for (
      const [path, body] of [
        ["/v1/chat/completions", { ...HELLO, model: "gpt-6.1-sol" }],
        ["/v1/responses", { model: "gpt-6.1-sol", input: "Hello" }],
        ["/v1/messages", { ...HELLO, model: "gpt-6.1-sol", max_tokens: 9 }],
        ["/v1/images/generations", { model: "gpt-image-2", prompt: "a fox" }],
        ["/v1/images/generations", { prompt: "a fox" }],
        ["/v1/alpha/search", { model: "gpt-6.1-sol", commands: {} }],
      ] as const
    ) {
      const refused = await post(program, path, body, as(key));
      assertEquals(refused.status, 404, path);
      assertStringIncludes((await refused.json()).error.message, "Its models are: gpt-5.5");
    }
    const codex = { model: "gpt-6.1-sol", input: [], instructions: "", stream: true, store: false };
    const native = await post(program, "/v1/responses", codex, as(key, { originator: "codex_cli_rs" }));
    assertEquals(native.status, 404);
    await native.body?.cancel();
    const taken = await post(program, "/v1/chat/completions", { ...HELLO, model: "gpt-5.5" }, as(key));
    assertEquals(taken.status, 200);
    await taken.body?.cancel();
    assertEquals(backend.asks().length, 1);
  }, { config: CONFIG });
});

Deno.test("serve keeps a named key to its models for speech, and counts pictures against its budget", async () => {
  await withProgram(async (stage) => {
    const { program, backend } = stage;
    const [words, artist] = [
      await createKey(stage, "words --models gpt-5.5"),
      await createKey(stage, "artist --models gpt-image-2 --budget-tokens 100/month"),
    ];
    const form = new FormData();
    form.set("file", new File(["fLaC and more"], "a.flac"));
    const speech = await program.fetch("/v1/audio/transcriptions", {
      ...as(words),
      method: "POST",
      body: form,
    });
    assertEquals(speech.status, 404);
    assertStringIncludes((await speech.json()).error.message, "Its models are: gpt-5.5");

    const draw = () => post(program, "/v1/images/generations", { prompt: "a fox" }, as(artist));
    const drawn = await draw();
    assertEquals(drawn.status, 200);
    await drawn.body?.cancel();
    const refused = await draw();
    assertEquals([refused.status, (await refused.json()).error.code], [429, "budget_used_up"]);
    assertEquals(backend.requests.filter(({ route }) => route.startsWith("/images")).length, 1);
  }, { config: `${CONFIG}[codex]\ntranscription = true\n` });
});

Deno.test("serve answers 429 in the caller's dialect once a budget is used up, also by a Codex client", async () => {
  await withProgram(async (stage) => {
    const { program } = stage;
    const [spent, codex] = [
      await createKey(stage, "spent --budget-tokens 1/month"),
      await createKey(stage, "codex --budget-tokens 1/month"),
    ];
    const first = await post(program, "/v1/chat/completions", HELLO, as(spent));
    assertEquals(first.status, 200);
    await first.text();
    const native = { model: "gpt-5.5", input: [ITEM], instructions: "", stream: true, store: false };
    const init = as(codex, { originator: "codex_cli_rs" });
    const stream = await post(program, "/v1/responses", native, init);
    assertEquals(stream.status, 200);
    assertStringIncludes(await stream.text(), "response.completed");
    for (const key of [spent, codex]) {
      const openai = await post(program, "/v1/chat/completions", HELLO, as(key));
      const { error } = await openai.json();
      assertEquals([openai.status, error.code, error.type], [429, "budget_used_up", "rate_limit_error"]);
      assertStringIncludes(error.message, "it is free again at 20");
      assert(Number(openai.headers.get("retry-after")) > 0);
      const anthropic = await post(program, "/v1/messages", { ...HELLO, max_tokens: 9 }, {
        headers: { "x-api-key": key },
      });
      assertEquals([anthropic.status, (await anthropic.json()).error.type], [429, "rate_limit_error"]);
    }
    const owner = await post(program, "/v1/chat/completions", HELLO, as("owner-key"));
    assertEquals(owner.status, 200);
    await owner.body?.cancel();
  }, { config: CONFIG });
});

Deno.test("serve refuses unknown and deleted keys alike, and tells them apart in the log only", async () => {
  await withProgram(async (stage) => {
    const { program } = stage;
    const key = await createKey(stage, "gone");
    assertEquals((await runProgram(["keys", "delete", "gone"], { home: program.home })).code, 0);
    const unknown = `sk-ccproxy-000000000000-${"A".repeat(43)}`;
    const told = await Promise.all([key, unknown].map(async (text) => {
      const refused = await post(program, "/v1/chat/completions", HELLO, as(text));
      return [refused.status, (await refused.json()).error.message];
    }));
    assertEquals(told[0], told[1]);
    assertEquals(told[0]?.[0], 401);
    const log = await program.stderrUntil(/reason=unknown/);
    assertStringIncludes(log, "reason=deleted key=gone");
  }, { config: CONFIG });
});

const CREATE = { type: "response.create", model: "gpt-5.5", input: "say hi", store: false };
const CODEX_CREATE = { ...CREATE, stream: true, instructions: "", input: [ITEM] };

/** Sends messages, each behind the answer to the one before, until one is refused: how many were answered, and how. */
async function refusalAfter(socket: ClientSocket, message: unknown): Promise<unknown[]> {
  const ends = () => socket.messages.filter(({ type }) => type === "response.completed").length;
  const before = ends();
  for (;;) {
    socket.send(message);
    const end = await Promise.race([socket.until("response.completed", ends() + 1), socket.until("error")]);
    if (end.type === "error") return [ends() - before, end["status"], end["code"]];
  }
}

Deno.test("serve holds a named key to its budget at each message of a WebSocket, also a Codex client's", async () => {
  await withProgram(async (stage) => {
    const { program, backend } = stage;
    // Both before the server reads them: it looks for new ones every two seconds.
    const keys = [
      await createKey(stage, "public --budget-tokens 1/month"),
      await createKey(stage, "codex --budget-tokens 1/month"),
    ] as const;
    for (
      const [key, message, headers] of [
        [keys[0], CREATE, {}],
        [keys[1], CODEX_CREATE, { originator: "codex_exec" }],
      ] as const
    ) {
      const { headers: bearer } = as(key, headers);
      using socket = await openSocket(program, { headers: { ...bearer as Record<string, string> } });
      assertEquals(await refusalAfter(socket, message), [1, 429, "budget_used_up"]);
    }
    assertEquals(backend.asks().length, 2);
    const log = await program.stderrUntil(/method=WS .*key=codex .*status=429/);
    assertStringIncludes(log, "key=public");
  }, { config: CONFIG });
});

Deno.test("a WebSocket of a named key that was deleted gets 401 at its next message", async () => {
  await withProgram(async (stage) => {
    const { program, backend } = stage;
    const key = await createKey(stage, "gone");
    using socket = await openSocket(program, { headers: { authorization: `Bearer ${key}` } });
    socket.send(CREATE);
    await socket.until("response.completed");
    assertEquals((await runProgram(["keys", "delete", "gone"], { home: program.home })).code, 0);
    const [answers, ...refused] = await refusalAfter(socket, CREATE);
    assertEquals(refused, [401, "invalid_api_key"]);
    assertEquals(backend.asks().length, Number(answers) + 1);
    await program.stderrUntil(/reason=deleted key=gone/);
  }, { config: CONFIG });
});

Deno.test("a WebSocket of a named key is kept to its models and its requests at once", async () => {
  await withProgram(async (stage) => {
    const { program, backend } = stage;
    const key = await createKey(stage, "ci --models gpt-5.5 --concurrency 1");
    using socket = await openSocket(program, { headers: { authorization: `Bearer ${key}` } });
    for (const message of [{ ...CREATE, model: "gpt-6.1-sol" }, { ...CODEX_CREATE, model: "gpt-6.1-sol" }]) {
      socket.send(message);
    }
    assertStringIncludes(JSON.stringify(await socket.until("error", 2)), "Its models are: gpt-5.5");
    assertEquals(backend.asks(), []);
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["Hi"])] });
    socket.send({ ...CREATE, stream_id: "one" });
    await backend.nextRequest();
    socket.send({ ...CREATE, stream_id: "two" });
    assertStringIncludes(
      JSON.stringify(await socket.until("error", 3)),
      '1 requests of the key \\"ci\\" are running',
    );
    gate.open();
    await socket.until("response.completed");
  }, { config: CONFIG });
});
