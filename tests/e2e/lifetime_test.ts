import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { runProgram, startProgram } from "../program.ts";
import { openSocket } from "./client_socket.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";

/** An answer that pauses behind its first word until the gate opens. */
function paused(gate: { opened: Promise<void>; open(): void }) {
  const events = textAnswer(["One", " two"]);
  const second = events.findIndex((event) => event["delta"] === " two");
  return { events: [...events.slice(0, second), { wait: gate }, ...events.slice(second)] };
}

Deno.test("serve cancels the upstream when the client leaves: before headers, in a stream, without a stream", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ before: backend.gate() });
    for (const stream of [true, false]) {
      const controller = new AbortController();
      const answer = post(program, "/v1/chat/completions", { ...HELLO, stream }, {
        signal: controller.signal,
      });
      const request = await backend.nextRequest("/responses");
      controller.abort();
      await answer.catch(() => {});
      await request.cancelled;
    }
    backend.setDefault(() => paused(backend.gate()));
    for (const path of ["/v1/chat/completions", "/v1/responses"]) {
      const body = path.endsWith("responses") ? { input: "x", stream: true } : { ...HELLO, stream: true };
      const response = await fetch(`${program.url}${path}`, { method: "POST", body: JSON.stringify(body) });
      const request = await backend.nextRequest("/responses");
      await response.body?.cancel();
      await request.cancelled;
    }
    const native = await fetch(`${program.url}/v1/responses`, {
      method: "POST",
      headers: { originator: "codex_exec" },
      body: JSON.stringify({
        model: "gpt-5.5",
        stream: true,
        store: false,
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "x" }] }],
      }),
    });
    const request = await backend.nextRequest("/responses");
    await native.body?.cancel();
    await request.cancelled;
    const whole = new AbortController();
    const answer = post(program, "/v1/chat/completions", HELLO, { signal: whole.signal });
    const last = await backend.nextRequest("/responses");
    whole.abort();
    await answer.catch(() => {});
    await last.cancelled;
  });
});

Deno.test("serve lets running streams finish on SIGTERM, and takes no new connection", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer(paused(gate));
    const response = await post(program, "/v1/chat/completions", { ...HELLO, stream: true });
    const text = response.text();
    program.kill("SIGTERM");
    await program.stderrUntil(/Ending/);
    gate.open();
    assertEquals(dataOf(await text).at(-1), "[DONE]");
    assertEquals((await program.status).code, 0);
  });
});

Deno.test("serve ends at once on a second signal, and after the grace in any case", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer(paused(backend.gate()));
    const response = await post(program, "/v1/chat/completions", { ...HELLO, stream: true });
    program.kill("SIGTERM");
    await program.stderrUntil(/Ending/);
    program.kill("SIGTERM");
    assertEquals((await program.status).code, 0);
    await response.text().catch(() => {});
  });
  await withProgram(async ({ program, backend }) => {
    backend.answer(paused(backend.gate()));
    const response = await post(program, "/v1/chat/completions", { ...HELLO, stream: true });
    using idle = await openSocket(program);
    program.kill("SIGINT");
    assertEquals((await program.status).code, 0);
    await response.text().catch(() => {});
    await idle.closed;
  }, { config: "[server]\nshutdown_grace_seconds = 0\n" });
});

Deno.test("serve gives one clear line and the right exit code for a set-up that cannot run", async () => {
  await withProgram(async ({ program }) => {
    const busy = await runProgram(["serve", "--port", String(program.port)]);
    assertEquals(busy.code, 1);
    assert(busy.stderr.includes(`Cannot listen: port ${program.port} on 127.0.0.1 is in use`), busy.stderr);
  });
  const open = await runProgram(["serve", "--host", "0.0.0.0", "--port", "0"]);
  assertEquals(open.code, 2);
  assert(/server\.api_key/.test(open.stderr) && /hint: /.test(open.stderr), open.stderr);
  const wrong = await runProgram(["serve"], { config: "[server]\n\nprot = 8000\n" });
  assertEquals(wrong.code, 2);
  assert(/config\.toml:3: .*prot.*port/s.test(wrong.stderr), wrong.stderr);
  const missing = await runProgram(["serve", "--config", "/tmp/ccproxy-no-such-file.toml"]);
  assertEquals(missing.code, 2);
  const info = await runProgram(["serve", "--port", "0", "--server-info", "/no-such-folder/info.json"]);
  assertEquals([info.code, info.stderr.includes("listens")], [1, false], info.stderr);
  assert(/"--server-info" cannot be written/.test(info.stderr), info.stderr);
  const far = await runProgram(["serve", "--port", "0"], {
    config: '[codex]\nbase_url = "https://gateway.example/x"\n',
  });
  assertEquals(far.code, 2);
  assert(/gateway\.example:443.*only to the OpenAI hosts.*CCPROXY_ALLOW_NET/s.test(far.stderr), far.stderr);
  const http = await runProgram(["serve"], { config: '[codex]\nbase_url = "http://example.com/x"\n' });
  assertEquals(http.code, 2);
  assert(/codex\.base_url/.test(http.stderr), http.stderr);
});

Deno.test("serve starts without credentials, says so, and answers 401 with the login command", async () => {
  await withProgram(async ({ program }) => {
    assert(program.stderr().includes("No valid OpenAI credentials found"));
    assert(program.stderr().includes("ccproxy auth login-openai"));
    const response = await post(program, "/v1/chat/completions", HELLO);
    const { error } = await response.json();
    assertEquals(response.status, 401);
    assert(
      error.message.startsWith("No valid OpenAI credentials found") &&
        error.message.includes("ccproxy auth login-openai"),
    );
    const ready = await program.fetch("/health/ready");
    assertEquals([ready.status, (await ready.json()).status], [503, "not ready"]);
  }, { credentials: null });
});

Deno.test("serve writes --server-info once it listens", async () => {
  await using program = await startProgram();
  assertEquals(program.serverInfo, { port: program.port, pid: program.pid, url: program.url });
});

Deno.test("serve logs one line for each request, as text or JSON, without what was said", async () => {
  await withProgram(async ({ program }) => {
    const response = await post(program, "/codex/v1/chat/completions", {
      model: "gpt-5",
      messages: [{ role: "user", content: "my secret question" }],
    });
    await response.body?.cancel();
    await program.stderrUntil(/"message":"request".*\n/);
    const line = program.stderr().split("\n").find((text) => text.includes('"message":"request"')) ?? "";
    const {
      id,
      method,
      route,
      lane,
      model_asked,
      model_used,
      status,
      first_byte_ms,
      total_ms,
      output_tokens,
    } = JSON.parse(line);
    assertEquals([method, route, lane, model_asked, status], [
      "POST",
      "/codex/v1/chat/completions",
      "aggregated",
      "gpt-5",
      200,
    ]);
    assertEquals(id, response.headers.get("x-request-id"));
    assertEquals(model_used, response.headers.get("x-ccproxy-model"));
    assert([first_byte_ms, total_ms, output_tokens].every(Number.isInteger), line);
    assert(!program.stderr().includes("secret question"));
  }, { args: ["serve", "--port", "0", "--log-format", "json"] });
});

Deno.test("a second start on the same port says that ccproxy is already running, and as which process", async () => {
  await using program = await startProgram();
  const second = await runProgram(["serve", "--port", String(program.port)], { home: program.home });
  assertEquals(second.code, 1);
  assertEquals(second.stderr.split("\n").slice(0, 2), [
    `Cannot listen: ccproxy is already running on port ${program.port} (pid ${program.pid})`,
    `hint: Use it at ${program.url}/codex/v1, or run "ccproxy serve --port ${
      program.port + 1
    }" for a second one`,
  ]);
});
