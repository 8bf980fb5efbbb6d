import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, type Program, type ProgramOptions, runProgram, startProgram } from "../program.ts";
import { openSocket } from "./client_socket.ts";
import { HELLO, post } from "./setup.ts";

const CONFIG = '[server]\napi_key = "owner-key"\n';
const ITEM = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] };
const NATIVE = { model: "gpt-5.5", input: [ITEM], instructions: "", stream: true, store: false };
const USAGE = { inputTokens: 1000, cachedTokens: 400, outputTokens: 50, reasoningTokens: 20 };

type Row = Record<string, number | string | null>;

/** A home that outlives its programs, so that what they wrote at their end can be read. */
async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await makeHome();
  try {
    await work(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** A server of somebody who is signed in. */
async function serve(home: string, options: ProgramOptions): Promise<Program> {
  return await startProgram({ home, config: CONFIG, credentials: authJson(makeTokens()), ...options });
}

/** What `ccproxy usage` tells as JSON, in a process of its own. */
async function usage(home: string, line: string): Promise<{ groups: Row[]; requests: Row[]; total: Row }> {
  const { code, stdout, stderr } = await runProgram(["usage", "--json", ...line.split(" ")], { home });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

function as(
  key: string,
  agent: string,
  more: Record<string, string> = {},
): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${key}`, "user-agent": agent, ...more } };
}

/** Reads an answer to its end. */
async function read(response: Promise<Response>, status = 200): Promise<void> {
  const answer = await response;
  assertEquals([answer.status, await answer.text()].slice(0, 1), [status]);
}

Deno.test("usage tells who used what, over every route and transport, after the server has ended", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    backend.setDefault({ events: textAnswer(["Hi"], { usage: USAGE }) });
    const made = await runProgram(["keys", "create", "alice"], { home, config: CONFIG });
    const alice = made.stdout.trim();
    await using program = await serve(home, { backend });
    await read(post(program, "/v1/chat/completions", HELLO, as("owner-key", "OpenAI/Python 2.8.1")));
    await read(post(program, "/v1/chat/completions", { ...HELLO, stream: true }, as(alice, "curl/8.1")));
    await read(post(program, "/v1/messages", { ...HELLO, max_tokens: 99 }, as(alice, "claude-cli/2.0")));
    const codex = { originator: "codex_exec" };
    await read(post(program, "/v1/responses", NATIVE, as("owner-key", "codex_exec/0.171.0", codex)));
    {
      using socket = await openSocket(program, as(alice, "codex_exec/0.171.0", codex));
      socket.send({ type: "response.create", ...NATIVE });
      await socket.until("response.completed");
    }
    // None of these is sent to the backend.
    await read(post(program, "/v1/chat/completions", { model: 5 }, as("owner-key", "curl/8.1")), 400);
    await read(program.fetch("/v1/models", as("owner-key", "curl/8.1")));
    await read(post(program, "/v1/chat/completions", HELLO, as("wrong", "curl/8.1")), 401);
    await program.stop();

    const path = `${home}/.local/state/ccproxy/ccproxy.db-usage`;
    const written = new TextDecoder("latin1").decode(await Deno.readFile(path));
    for (const word of ["Hello", "how are you", alice.slice(11), "owner-key"]) {
      assert(!written.includes(word), word);
    }
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const { groups, total } = await usage(home, "--by key");
    assertEquals(
      groups.map(({ key, requests, input_tokens, output_tokens, cached_tokens }) => [
        key,
        requests,
        input_tokens,
        output_tokens,
        cached_tokens,
      ]),
      [["alice", 3, 3000, 150, 1200], [null, 2, 1000, 50, 400]],
    );
    assertEquals([total["requests"], total["unknown_requests"], total["failed_requests"]], [5, 1, 0]);
    const clients = (await usage(home, "--since 1d --by client")).groups;
    assertEquals(
      new Map(clients.map(({ client, requests }) => [client, requests])),
      new Map([["claude-cli", 1], ["curl", 1], ["OpenAI/Python", 1], ["codex_exec", 2]]),
    );
    const { requests } = await usage(home, "--since today --by request");
    assertEquals(requests.map(({ dialect }) => dialect).sort(), [
      "chat",
      "chat",
      "messages",
      "responses",
      "responses",
    ]);
    for (const row of requests) {
      const [first, ownFirst, all, own] = [
        row["first_byte_ms"],
        row["first_byte_own_ms"],
        row["total_ms"],
        row["total_own_ms"],
      ].map(Number) as [number, number, number, number];
      assert(ownFirst <= first && first <= all && own <= all, JSON.stringify(row));
    }
    const list = JSON.parse((await runProgram(["keys", "list", "--json"], { home })).stdout);
    assertEquals(list[0].last_days, { days: 30, requests: 3, input_tokens: 3000, output_tokens: 150 });
  });
});

Deno.test("usage and the budget of a key count the same, also of answers that were cut", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    const made = await runProgram(["keys", "create", "ci", "--budget-tokens", "1M/month"], {
      home,
      config: CONFIG,
    });
    const key = made.stdout.trim();
    await using program = await serve(home, { backend });
    backend.answer({ events: textAnswer(["Hi"], { usage: USAGE }) });
    await read(post(program, "/v1/chat/completions", HELLO, as(key, "curl/8.1")));
    const half = textAnswer(["Hi", "there"]).slice(0, 5);
    backend.answer({ events: [...half, { wait: backend.gate() }] });
    const leaving = new AbortController();
    const left = await post(program, "/v1/chat/completions", { ...HELLO, stream: true }, {
      ...as(key, "curl/8.1"),
      signal: leaving.signal,
    });
    await left.body?.getReader().read();
    leaving.abort();
    await program.stderrUntil(/request .*lane=translated/);
    // A whole answer that breaks off has a way of its own.
    backend.answer({ events: [...half, { cut: true }] });
    await read(post(program, "/v1/chat/completions", HELLO, as(key, "curl/8.1")), 502);
    const codex = { originator: "codex_exec" };
    backend.answer({ events: textAnswer(["Hi"], { usage: USAGE }) });
    await read(post(program, "/v1/responses", NATIVE, as(key, "codex_exec/0.171.0", codex)));
    await program.stop();
    const { total } = await usage(home, "--by model");
    assertEquals([total["requests"], total["estimated_requests"], total["unknown_requests"]], [4, 2, 0]);
    const [listed] = JSON.parse((await runProgram(["keys", "list", "--json"], { home })).stdout);
    assertEquals(listed.budget_used, Number(total["input_tokens"]) + Number(total["output_tokens"]));
    assert(listed.budget_used > 2100);
  });
});

Deno.test("usage adds up what two servers wrote at once, and what was written before a restart", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    backend.setDefault({ events: textAnswer(["Hi"], { usage: USAGE }) });
    const ask = async (program: Program, count: number) => {
      const init = { headers: { authorization: "Bearer owner-key" } };
      for (let at = 0; at < count; at++) await read(post(program, "/v1/chat/completions", HELLO, init));
    };
    {
      await using one = await serve(home, { backend });
      await using other = await serve(home, { backend });
      await Promise.all([ask(one, 7), ask(other, 5)]);
      await Promise.all([one.stop(), other.stop()]);
    }
    await using again = await serve(home, { backend });
    await ask(again, 2);
    await again.stop();
    assertEquals((await usage(home, "--by day")).total["requests"], 14);
  });
});

Deno.test("usage waits for what runs in the background", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    await using program = await serve(home, { backend });
    const gate = backend.gate();
    const events = textAnswer(["Hi"], { usage: USAGE });
    backend.answer({ events: [...events.slice(0, 3), { wait: gate }, ...events.slice(3)] });
    const init = { headers: { authorization: "Bearer owner-key" } };
    const begun = await post(
      program,
      "/v1/responses",
      { model: "gpt-5.5", input: "Hi", background: true },
      init,
    );
    const { id } = await begun.json();
    gate.open();
    for (let status = ""; status !== "completed";) {
      ({ status } = await (await program.fetch(`/v1/responses/${id}`, init)).json());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await program.stop();
    const { total } = await usage(home, "--by model");
    assertEquals([total["requests"], total["input_tokens"], total["output_tokens"]], [1, 1000, 50]);
  });
});

Deno.test("usage.codex_streams counts what Codex clients get by POST", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    backend.setDefault({ events: textAnswer(["Hi"], { usage: USAGE }) });
    const config = `${CONFIG}[usage]\ncodex_streams = true\n`;
    await using program = await serve(home, { backend, config });
    const init = as("owner-key", "codex_exec/0.171.0", { originator: "codex_exec" });
    await read(post(program, "/v1/responses", NATIVE, init));
    const log = await program.stderrUntil(/lane=opaque .*input_tokens=1000/);
    assertStringIncludes(log, "output_tokens=50");
    await program.stop();
    const { total } = await usage(home, "--by model");
    assertEquals([total["requests"], total["input_tokens"], total["unknown_requests"]], [1, 1000, 0]);
  });
});

Deno.test("a server whose usage file cannot be used says so and serves on", async () => {
  await withHome(async (home) => {
    await using backend = await startFakeBackend();
    const folder = `${home}/.local/state/ccproxy`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/ccproxy.db-usage`, "no database at all ".repeat(100));
    await using program = await serve(home, { backend, config: "" });
    const answer = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    assertStringIncludes(program.stderr(), "usage is kept until the end of the process only");
    await program.stop();
    const { code, stderr } = await runProgram(["usage", "--since", "1d"], { home });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "ccproxy.db-usage");
  });
});
