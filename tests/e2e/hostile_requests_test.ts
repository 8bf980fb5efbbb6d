import { assertEquals } from "@std/assert";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { HELLO, post, withProgram } from "./setup.ts";

/** Sends a request by hand and gives the status: fetch lets no test choose the Host. */
async function statusOf(port: number, head: string): Promise<string | undefined> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  return (await new Response(connection.readable).text()).split(" ")[1];
}

/** An object that holds an object, and so on: more levels than JSON.stringify has stack for. */
const DEEP = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;

Deno.test("serve refuses a Host that makes no URL as it refuses a foreign one", async () => {
  await withProgram(async ({ program: { port, stderr } }) => {
    for (const host of ["foo bar", "127.0.0.1:99999", `127.0.0.1:${port}, evil.com`, "127.999.1.1"]) {
      assertEquals([host, await statusOf(port, `GET /health HTTP/1.1\r\nHost: ${host}`)], [host, "403"]);
    }
    assertEquals(stderr().includes("internal error"), false);
  });
});

Deno.test("serve answers JSON that is nested too deeply with 400, and stays as it was", async () => {
  await withProgram(async ({ program, backend }) => {
    const tool = `{"type":"function","function":{"name":"a","parameters":${DEEP}}}`;
    const messages = '"messages":[{"role":"user","content":"hi"}]';
    for (
      const [path, body] of [
        ["/codex/deep/chat/completions", `{"model":"gpt-5",${messages},"tools":[${tool}]}`],
        [
          "/codex/deep/v1/messages",
          `{"max_tokens":9,${messages},"tools":[{"name":"a","input_schema":${DEEP}}]}`,
        ],
      ] as const
    ) {
      const response = await post(program, path, body);
      const { error } = await response.json();
      assertEquals([path, response.status, error.type, error.message], [
        path,
        400,
        "invalid_request_error",
        "Invalid request: the JSON is nested too deeply: the limit is 500 levels. Correct the request and send it again",
      ]);
    }
    // The session of the refused turns is free again.
    const next = await post(program, "/codex/deep/chat/completions", HELLO);
    await next.body?.cancel();
    assertEquals([next.status, backend.asks().length], [200, 1]);
  });
});

Deno.test("serve takes a session id in any script, and gives it back in a form that leads to the same session", async () => {
  await withProgram(async ({ program, backend }) => {
    const id = "你好 café";
    const first = await post(program, `/codex/${encodeURIComponent(id)}/chat/completions`, {
      messages: [{ role: "user", content: "My name is Alice" }],
    });
    await first.body?.cancel();
    const given = first.headers.get("x-session-id") ?? "";
    assertEquals([first.status, given], [200, encodeURIComponent(id)]);
    const second = await post(program, "/codex/chat/completions", {
      messages: [{ role: "user", content: "What is my name?" }],
    }, { headers: { "x-session-id": given } });
    await second.body?.cancel();
    assertEquals(second.headers.get("x-session-id"), given);
    assertEquals(JSON.stringify(backend.asks()[1]?.json).includes("My name is Alice"), true);
  });
});

Deno.test("serve keeps the list of ignored parameters short enough for the header parsers of clients", async () => {
  await withProgram(async ({ program }) => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`parameter_${index}`, 1]));
    const response = await post(program, "/v1/chat/completions", { ...many, ...HELLO });
    await response.body?.cancel();
    const names = response.headers.get("x-ccproxy-ignored-params")?.split(", ") ?? [];
    assertEquals([response.status, names.length, names[0], names.at(-1)], [200, 51, "parameter_0", "..."]);
  });
});

Deno.test("serve shows no control characters of a login at its start", async () => {
  const credentials = authJson(makeTokens({ email: "a\x1b]0;pwned\x07\r\n@b", plan: "plus\x1b[31m" }));
  await withProgram(async ({ program }) => {
    const text = await program.stderrUntil(/Account .*\n/);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f]/.test(text), false);
  }, { credentials });
});

Deno.test("serve writes no more of a model's name than a name has", async () => {
  await withProgram(async ({ program }) => {
    const response = await post(program, "/v1/chat/completions", { ...HELLO, model: "x".repeat(100_000) });
    await response.body?.cancel();
    assertEquals(response.status, 404);
    const log = await program.stderrUntil(/problem=model_not_available/);
    assertEquals(/model_asked=(x+)/.exec(log)?.[1]?.length, 100);
  });
});

Deno.test("serve hides a token that the backend's error quotes", async () => {
  await withProgram(async ({ program, backend }) => {
    // In the standard lane, and in the lite lane.
    for (let lane = 0; lane < 2; lane++) {
      backend.answer((request) => ({
        status: 400,
        body: { error: { message: `Bad header: ${request.headers["authorization"]}` } },
      }));
    }
    const response = await post(program, "/v1/chat/completions", HELLO);
    const { error } = await response.json();
    assertEquals(
      error.message,
      "The ChatGPT backend refused the request: Bad header: Bearer [hidden]. Correct the request and send it again",
    );
  });
});

Deno.test("serve says what is wrong with a malformed chunk", async () => {
  await withProgram(async ({ program: { port }, backend }) => {
    for (const body of ["zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}XX0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n"]) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const head = ["POST /codex/v1/responses HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"];
      // A body in one packet with its head makes the runtime close the connection before anybody can answer; this
      // client waits until its body is asked for.
      const text = [...head, "Expect: 100-continue", "", ""].join("\r\n");
      await connection.write(new TextEncoder().encode(text));
      await connection.read(new Uint8Array(100));
      await connection.write(new TextEncoder().encode(body));
      const answer = await new Response(connection.readable).text();
      assertEquals([body, answer.split(" ")[1]], [body, "400"]);
      const { error } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
      assertEquals([error.type, /chunked body is malformed/.test(error.message)], [
        "invalid_request_error",
        true,
      ]);
    }
    assertEquals(backend.asks().length, 0);
  });
});

Deno.test("serve refuses what pages of other sites ask for without an Origin, on every route", async () => {
  await withProgram(async ({ program, backend }) => {
    const foreign = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "image",
    };
    for (
      const path of ["/codex/v1/usage", "/codex/v1/models", "/codex/v1/sessions", "/metrics", "/health/ready"]
    ) {
      const response = await program.fetch(path, { headers: foreign });
      assertEquals([path, response.status], [path, 403]);
      assertEquals((await response.json()).error.code, "origin_not_allowed");
    }
    const sent = await post(program, "/codex/v1/chat/completions", HELLO, {
      headers: { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    });
    assertEquals([sent.status, backend.asks().length], [403, 0]);
    await sent.body?.cancel();
    const link = await program.fetch("/", {
      headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    });
    assertEquals([link.status, (await link.text()).includes("<html")], [200, true]);
  });
});

Deno.test("serve writes no more of a method than a method has, and nothing that turns the text of its log", async () => {
  await withProgram(async ({ program }) => {
    assertEquals(await statusOf(program.port, `${"X".repeat(9000)} / HTTP/1.1\r\nHost: localhost`), "405");
    const body = { ...HELLO, model: "a\u202eb\u2066c\u009bd\u2028e" };
    await (await post(program, "/v1/chat/completions", body)).body?.cancel();
    const log = await program.stderrUntil(/problem=model_not_available/);
    assertEquals(/method=(X+)/.exec(log)?.[1]?.length, 32);
    assertEquals(/[\x7f-\x9f\u2028\u202e\u2066]/.test(log), false);
    assertEquals(log.length < 9000, true);
  });
});
