import { assert, assertEquals } from "@std/assert";
import { HELLO, post, withProgram } from "./setup.ts";

/** Sends a request by hand: fetch does not let a test choose the Host. */
async function raw(port: number, head: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  return await new Response(connection.readable).text();
}

Deno.test("serve refuses a foreign Host (DNS rebinding) and takes loopback names and listed ones", async () => {
  await withProgram(async ({ program: { port } }) => {
    for (const host of ["evil.com", "localhost.evil.com", `127.0.0.1.evil.com:${port}`, "[::2]"]) {
      assert((await raw(port, `GET /health HTTP/1.1\r\nHost: ${host}`)).startsWith("HTTP/1.1 403 "), host);
    }
    for (const host of ["localhost", `LOCALHOST.:${port}`, `[::1]:${port}`, "127.0.0.1", "box.lan:99"]) {
      assert((await raw(port, `GET /health HTTP/1.1\r\nHost: ${host}`)).startsWith("HTTP/1.1 200 "), host);
    }
  }, { config: '[server]\nallowed_hosts = ["box.lan"]\n' });
});

Deno.test("serve refuses a foreign Origin, and gives CORS headers to listed origins only", async () => {
  await withProgram(async ({ program, backend }) => {
    const foreign = await post(program, "/v1/chat/completions", HELLO, {
      headers: { origin: "https://evil.com" },
    });
    assertEquals([foreign.status, foreign.headers.get("access-control-allow-origin")], [403, null]);
    await foreign.body?.cancel();
    const preflight = await program.fetch("/v1/chat/completions", {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "POST" },
    });
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-origin")], [
      204,
      "https://app.example",
    ]);
    const listed = await post(program, "/v1/chat/completions", HELLO, {
      headers: { origin: "https://app.example" },
    });
    assertEquals([listed.status, listed.headers.get("access-control-allow-origin")], [
      200,
      "https://app.example",
    ]);
    await listed.body?.cancel();
    assertEquals(backend.asks().length, 1);
  }, { config: '[server]\ncors_origins = ["https://app.example"]\n' });
});

Deno.test("serve asks for its key in both spellings, and lets only the health check in without", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const headers of [{}, { authorization: "Bearer wrong" }, { "x-api-key": "wrong" }]) {
      const refused = await post(program, "/v1/chat/completions", HELLO, { headers });
      assertEquals([refused.status, (await refused.json()).error.code], [401, "invalid_api_key"]);
    }
    for (const headers of [{ authorization: "Bearer my-key" }, { "x-api-key": "my-key" }]) {
      const taken = await post(program, "/v1/chat/completions", HELLO, { headers });
      assertEquals(taken.status, 200);
      await taken.body?.cancel();
    }
    const health = await program.fetch("/health");
    assertEquals((await health.json()).status, "ok");
    const models = await program.fetch("/v1/models");
    assertEquals((await models.json()).error.code, "invalid_api_key");
    for (const { headers } of backend.asks()) assert(!JSON.stringify(headers).includes("my-key"));
  }, { args: ["serve", "--port", "0", "--api-key", "my-key"] });
});

Deno.test("serve listens on all addresses only with a key", async () => {
  await withProgram(async ({ program }) => {
    const health = await program.fetch("/health");
    assertEquals((await health.json()).status, "ok");
  }, { args: ["serve", "--port", "0", "--host", "0.0.0.0", "--api-key", "k"] });
});

Deno.test("serve forwards neither cookies, the client's authorization nor its account id, in any lane", async () => {
  await withProgram(async ({ program, backend }) => {
    const own = {
      authorization: "Bearer sk-client",
      cookie: "session=1",
      "x-forwarded-for": "1.2.3.4",
      "chatgpt-account-id": "somebody-else",
    };
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }];
    const native = { model: "gpt-5.5", stream: true, store: false, input };
    for (
      const [path, body, headers] of [
        ["/v1/responses", { input: "hi", stream: true }, own],
        ["/v1/responses", { input: "hi" }, own],
        ["/v1/chat/completions", { ...HELLO, stream: true }, own],
        ["/v1/responses", native, { ...own, originator: "codex_exec" }],
      ] as const
    ) {
      const answer = await post(program, path, body, { headers });
      assertEquals(answer.status, 200);
      await answer.body?.cancel();
      const sent = backend.asks().at(-1)?.headers ?? {};
      const text = JSON.stringify(sent);
      for (const secret of ["sk-client", "session=1", "1.2.3.4", "somebody-else"]) {
        assert(!text.includes(secret), secret);
      }
      assertEquals(sent["chatgpt-account-id"], program.tokens?.account_id);
    }
  });
});

Deno.test("serve shows requests and answers in the log only when asked to", async () => {
  for (const verbose of [true, false]) {
    await withProgram(async ({ program }) => {
      const answer = await post(program, "/v1/chat/completions", {
        model: "gpt-5",
        messages: [{ role: "user", content: "a private question" }],
      });
      await answer.body?.cancel();
      const log = await program.stderrUntil(/request .*status=200/);
      assertEquals(log.includes("a private question"), verbose);
      assertEquals(/ answer .*You said/.test(log), verbose);
    }, { config: `[codex]\nverbose_logging = ${verbose}\n` });
  }
});
