import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import type { Script } from "../fake/script.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";

/** What the backend does, and the status and title a client gets. */
const FAILURES: readonly (readonly [string, Script, number, RegExp])[] = [
  [
    "a Cloudflare page",
    {
      status: 403,
      headers: { "cf-mitigated": "challenge", "content-type": "text/html" },
      body: "<!doctype html><title>Just a moment...</title>",
    },
    403,
    /Cloudflare/,
  ],
  [
    "a plan without Codex",
    {
      status: 403,
      body: {
        error: {
          type: "usage_not_included",
          message: "To use Codex with your ChatGPT plan, upgrade to Plus",
        },
      },
    },
    403,
    /^ChatGPT Plus subscription required/,
  ],
  [
    "a limit",
    { status: 429, body: { error: { type: "rate_limit_exceeded", message: "Please try again in 1.2s" } } },
    429,
    /^Rate limit exceeded/,
  ],
  [
    "a model of another plan",
    {
      status: 400,
      body: { detail: "The 'gpt-6.1-sol' model is not supported when using Codex with a ChatGPT account." },
    },
    404,
    /^Model not available/,
  ],
  [
    "a validation error",
    { status: 400, body: { detail: [{ loc: ["body", "input"], msg: "field required", type: "missing" }] } },
    400,
    /body\.input: field required/,
  ],
  [
    "a page of a gateway",
    { status: 500, body: "<html><head><title>Oops</title></head><body>secret</body></html>" },
    502,
    /HTML page titled "Oops"/,
  ],
  [
    "a page instead of an answer",
    {
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<html><title>Sign in</title>secret</html>",
    },
    502,
    /HTML page titled "Sign in"/,
  ],
  ["an empty answer", { status: 200, body: "" }, 502, /ended too early/],
  [
    "invalid JSON",
    { status: 200, headers: { "content-type": "text/event-stream" }, events: [{ bytes: "data: {oops\n\n" }] },
    502,
    /is damaged/,
  ],
  [
    "a failure inside 200",
    {
      events: [{ type: "response.created", response: { id: "r" } }, {
        type: "response.failed",
        response: { error: { code: "server_is_overloaded", message: "Busy" } },
      }],
    },
    503,
    /overloaded/,
  ],
  ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" }, 502, /redirect/],
];

Deno.test("serve maps every failure of the backend to a status and a title, streamed or not", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const [what, script, status, message] of FAILURES) {
      for (const path of ["/v1/chat/completions", "/v1/responses"]) {
        for (const stream of [false, true]) {
          backend.setDefault(script);
          const body = path.endsWith("responses") ? { input: "hi", stream } : { ...HELLO, stream };
          const response = await post(program, path, body);
          const { error } = await response.json();
          assertEquals(response.status, status, `${what}, ${path}, stream ${stream}: ${error.message}`);
          assert(message.test(error.message) && !error.message.includes("<"), error.message);
        }
      }
    }
  });
});

Deno.test("serve tries again what certainly did nothing, and leaves the long wait to the client (translation 133)", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ status: 503, body: { error: { code: "server_is_overloaded", message: "Busy" } } });
    backend.answer({ before: "close" });
    const mended = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([mended.status, backend.asks().length], [200, 3]);
    await mended.body?.cancel();
    backend.setDefault({ status: 503, body: { error: { code: "server_is_overloaded", message: "Busy" } } });
    const given = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([given.status, backend.asks().length], [503, 5]);
    assertEquals(given.headers.get("x-should-retry"), null);
    await given.body?.cancel();
  });
});

Deno.test("serve never lets a cut or broken stream look finished", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const fault of [{ cut: true }, { reset: true }] as const) {
      const events = [...textAnswer(["One", " two"]).slice(0, -4), fault];
      backend.answer({ events });
      const chat = await (await post(program, "/v1/chat/completions", { ...HELLO, stream: true })).text();
      const data = dataOf(chat);
      assertEquals(data.at(-1), "[DONE]");
      assertEquals(JSON.parse(data.at(-2) ?? "").error.code, "stream_cut");
      assert(!chat.includes('"finish_reason":"'));
      backend.answer({ events });
      const responses = await (await post(program, "/v1/responses", { input: "hi", stream: true })).text();
      assertEquals(JSON.parse(dataOf(responses).at(-1) ?? "").type, "error");
      backend.answer({ events });
      const whole = await post(program, "/v1/chat/completions", HELLO);
      assertEquals([whole.status, (await whole.json()).error.code], [502, "stream_cut"]);
    }
  });
});

Deno.test("serve says that nobody answers when the backend is down", async () => {
  await withProgram(async ({ program, backend }) => {
    await backend.close();
    const response = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(response.status, 502);
    assert((await response.json()).error.message.startsWith("Failed to connect to ChatGPT backend"));
    const ready = await program.fetch("/health/ready");
    assertEquals([ready.status, (await ready.json()).backend], [503, "unreachable"]);
  });
});

Deno.test("serve gives up on a backend without headers, and on one that falls silent", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ before: "stall" });
    const late = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(late.status, 504);
    await late.body?.cancel();
    backend.answer({ events: [...textAnswer(["One"]).slice(0, 5), { wait: new Promise(() => {}) }] });
    const silent = await (await post(program, "/v1/chat/completions", { ...HELLO, stream: true })).text();
    assert(silent.includes("the answer paused for 1 s"), silent);
  }, { config: "[limits]\nheader_timeout_seconds = 1\nidle_timeout_seconds = 1\n" });
});

/** An error answer whose body stops in the middle. */
const ENDLESS_ERROR: Script = {
  status: 400,
  headers: { "content-type": "application/json" },
  events: [{ bytes: '{"detail":"Bad' }, { stall: true }],
};

Deno.test("serve answers with what there is of an error whose body never ends", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer(ENDLESS_ERROR);
    const late = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([late.status, (await late.json()).error.type], [400, "invalid_request_error"]);
  }, { config: "[limits]\nheader_timeout_seconds = 1\n" });
});

Deno.test("serve lets go of an error whose body never ends when the client leaves", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer(ENDLESS_ERROR);
    const leaving = new AbortController();
    const left = post(program, "/v1/chat/completions", HELLO, { signal: leaving.signal });
    const ask = await backend.nextRequest();
    leaving.abort();
    await left.catch(() => {});
    await ask.cancelled;
    await program.stderrUntil(/problem=client_closed/);
  });
});

Deno.test("serve never passes a page on to a Codex client, whatever its status", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const status of [200, 403]) {
      const body = "<html><title>Sign in</title>secret</html>";
      backend.setDefault({ status, headers: { "content-type": "text/html" }, body });
      const response = await post(program, "/v1/responses", { model: "gpt-5.5", input: [], stream: true }, {
        headers: { originator: "codex_exec" },
      });
      assertEquals([status, (await response.text()).includes("secret")], [status, false]);
    }
  });
});
