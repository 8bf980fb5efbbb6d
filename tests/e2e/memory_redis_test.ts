import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { type Program, startProgram } from "../program.ts";
import { freePort, HAS_REDIS, HAS_TLS_REDIS, startRedis, startTlsRedis } from "../store/redis_server.ts";
import { post } from "./setup.ts";

interface Message {
  role: string;
  content: { text: string }[];
}

function lastTexts(backend: FakeBackend, count: number): string[] {
  const { input } = backend.asks().at(-1)?.json as { input: Message[] };
  return input.slice(-count).map(({ role, content }) => `${role}: ${content[0]?.text}`);
}

const say = (content: string) => ({ model: "gpt-5", messages: [{ role: "user", content }] });

async function turn(program: Program, path: string, body: unknown) {
  const response = await post(program, path, body);
  return { status: response.status, body: await response.json() };
}

Deno.test({
  name: "two proxies on one Redis continue each other's sessions, responses and turns",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = await startRedis();
    await using backend = await startFakeBackend();
    const env = { CCPROXY_STORAGE__URL: redis.url };
    await using one = await startProgram({ backend, env });
    await using two = await startProgram({ backend, env, credentials: await credentialsOf(one) });
    backend.answer({ events: textAnswer(["Hello Alice"]) });
    await turn(one, "/codex/shared/chat/completions", say("My name is Alice"));
    backend.answer({ events: textAnswer(["Alice"]) });
    await turn(two, "/codex/shared/chat/completions", say("What's my name?"));
    await turn(one, "/codex/shared/chat/completions", say("Thanks"));
    assertEquals(lastTexts(backend, 5), [
      "user: My name is Alice",
      "assistant: Hello Alice",
      "user: What's my name?",
      "assistant: Alice",
      "user: Thanks",
    ]);
    backend.answer({ events: textAnswer(["first"], { seed: "77" }) });
    const first = await turn(one, "/codex/v1/responses", { model: "gpt-5", input: "one" });
    const second = { model: "gpt-5", input: "two", previous_response_id: first.body.id };
    assertEquals((await turn(two, "/codex/v1/responses", second)).status, 200);
    assertEquals(lastTexts(backend, 3), ["user: one", "assistant: first", "user: two"]);
    // Turns of one session run one after the other, whichever proxy they reach.
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["one"], { seed: "78" })] });
    const slow = turn(one, "/codex/busy/chat/completions", say("1"));
    while (backend.asks().length < 6) await backend.nextRequest();
    const quick = turn(two, "/codex/busy/chat/completions", say("2"));
    await turn(two, "/codex/free/chat/completions", say("3"));
    gate.open();
    await Promise.all([slow, quick]);
    assertEquals(lastTexts(backend, 3), ["user: 1", "assistant: one", "user: 2"]);
    assertEquals(backend.refusals(), []);
  },
});

Deno.test({
  name: "a lost Redis is 503 for what needs memory and nothing for what does not",
  ignore: !HAS_REDIS,
  async fn() {
    await using backend = await startFakeBackend();
    const port = freePort();
    await using program = await startProgram({
      backend,
      env: { CCPROXY_STORAGE__URL: `redis://127.0.0.1:${port}` },
    });
    const ready = async () => {
      const response = await program.fetch("/health/ready");
      return [response.status, (await response.json()).memory];
    };
    assertEquals(await ready(), [503, "the store cannot be reached"]);
    const answer = await post(program, "/codex/v1/chat/completions", say("hi"));
    assertEquals(
      [answer.status, answer.headers.get("x-ccproxy-warning")],
      [200, "this turn is not remembered: the store cannot be reached"],
    );
    await answer.text();
    const quiet = { ...say("hi"), store: false };
    assertEquals((await turn(program, "/codex/v1/chat/completions", quiet)).status, 200);
    const lost = await turn(program, "/codex/needed/chat/completions", say("hi"));
    assertEquals([lost.status, lost.body.error.code], [503, "memory_unavailable"]);
    const previous = { model: "gpt-5", input: "x", previous_response_id: "resp_1" };
    assertEquals((await turn(program, "/codex/v1/responses", previous)).status, 503);
    await using redis = await startRedis(port);
    const url = new URL(redis.url);
    await using back = await startProgram({ backend, env: { CCPROXY_STORAGE__URL: url.href } });
    const again = await back.fetch("/health/ready");
    assertEquals([again.status, (await again.json()).memory], [200, "ok"]);
  },
});

Deno.test({
  name: "a Redis over TLS is used when its certificate is trusted (DENO_CERT), and else is a clear 503",
  ignore: !HAS_TLS_REDIS,
  async fn() {
    await using redis = await startTlsRedis();
    await using backend = await startFakeBackend();
    const env = { CCPROXY_STORAGE__URL: redis.url };
    await using program = await startProgram({ backend, env: { ...env, DENO_CERT: redis.authorityFile } });
    backend.answer({ events: textAnswer(["Hello Alice"]) });
    assertEquals((await turn(program, "/codex/tls/chat/completions", say("My name is Alice"))).status, 200);
    assertEquals((await turn(program, "/codex/tls/chat/completions", say("What's my name?"))).status, 200);
    assertEquals(lastTexts(backend, 3), [
      "user: My name is Alice",
      "assistant: Hello Alice",
      "user: What's my name?",
    ]);
    await using doubtful = await startProgram({ backend, env });
    const refused = await turn(doubtful, "/codex/tls/chat/completions", say("hi"));
    assertEquals([refused.status, refused.body.error.code], [503, "memory_unavailable"]);
    assert(/certificate/.test(refused.body.error.message), refused.body.error.message);
  },
});

async function credentialsOf(program: Program): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(`${program.home}/.codex/auth.json`));
}

Deno.test("a Redis on another machine is out of the program's permissions, and the error says what to do", async () => {
  await using backend = await startFakeBackend();
  await using program = await startProgram({
    backend,
    env: { CCPROXY_STORAGE__URL: "redis://:secret-word@redis.example.com:6379" },
  });
  const { status, body } = await turn(program, "/codex/needed/chat/completions", say("hi"));
  assertEquals([status, body.error.code], [503, "memory_unavailable"]);
  assert(/tunnel.*CCPROXY_ALLOW_NET/.test(body.error.message), body.error.message);
  assert(!`${body.error.message}${program.stderr()}`.includes("secret-word"));
});
