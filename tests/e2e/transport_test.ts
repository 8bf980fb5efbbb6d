/** Which way requests take to the backend, what is sent over it, and what is told of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import type { Program } from "../program.ts";
import type { FakeBackend } from "../fake/backend.ts";
import { HELLO, post, type Stage, withProgram } from "./setup.ts";

const CHAT = "/v1/chat/completions";
const JSON_LOG = ["serve", "--port", "0", "--log-format", "json"];

function over(transport: string, run: (stage: Stage) => Promise<void>, limits = ""): Promise<void> {
  const config = `[codex]\ntransport = "${transport}"\n${limits}`;
  return withProgram(run, { args: JSON_LOG, config });
}

async function text(program: Program, body: unknown, path = CHAT): Promise<string> {
  const response = await post(program, path, body);
  assertEquals(response.status, 200);
  return await response.text();
}

const methods = (backend: FakeBackend) => backend.asks().map(({ method }) => method);

Deno.test("requests go over one kept WebSocket, and only what is new is sent in later turns", async () => {
  await over("auto", async ({ program, backend }) => {
    backend.sockets.headers = { "x-codex-primary-used-percent": "12" };
    backend.answerSocket(reasoningAnswer(["think"], ["I am Bob"], { seed: "1" }));
    const first = await post(program, "/codex/s1/v1/responses", { input: "I am Alice" });
    await first.text();
    assertMatch(
      await text(program, { input: "Who am I?", stream: true }, "/codex/s1/v1/responses"),
      /Who am I/,
    );
    assertEquals([backend.upgrades().length, backend.frames.length, backend.refusals()], [1, 2, []]);
    const [, second] = backend.frames.map(({ json }) =>
      json as { input: unknown[]; previous_response_id: string }
    );
    assertEquals(second?.input.length, 1);
    assert(second?.previous_response_id.startsWith("resp_"));
    await program.stderrUntil(/"transport":"websocket","continuation":true/);
    assertMatch(
      await (await program.fetch("/metrics")).text(),
      /ccproxy_backend_requests_total\{transport="websocket",fallback="",continuation="true"\} 1/,
    );
    assertMatch(await (await program.fetch("/")).text(), /WebSocket; only what was new was sent/);
    // The limits and other headers of the 101 are an hour old at worst: they are given with the first answer only.
    assert(first.headers.has("x-codex-primary-used-percent"));
    const third = await post(program, "/codex/s1/v1/responses", { input: "And now?" });
    await third.text();
    assert(!third.headers.has("x-codex-primary-used-percent"));
  });
});

Deno.test("a refused upgrade costs one try: the reason is remembered, and told", async () => {
  await over("auto", async ({ program, backend }) => {
    backend.setDefault({ status: 426, body: { detail: "Upgrade Required" } }, "UPGRADE");
    for (let n = 0; n < 3; n++) assertMatch(await text(program, HELLO), /You said: Hello/);
    assertEquals([backend.upgrades().length, methods(backend)], [1, ["POST", "POST", "POST"]]);
    await program.stderrUntil(/"transport_reason":"the upgrade was refused \(426\)"/);
    const metrics = await (await program.fetch("/metrics")).text();
    assertMatch(metrics, /transport="sse",fallback="refused",continuation="false"\} 1/);
    assertMatch(metrics, /transport="sse",fallback="remembered",continuation="false"\} 2/);
    assertMatch(
      await (await program.fetch("/")).text(),
      /a WebSocket failed: the upgrade was refused \(426\)/,
    );
    assertMatch((await (await program.fetch("/health/ready")).json()).transport, /refused \(426\)/);
  });
});

Deno.test("codex.transport decides: sse never tries a WebSocket, websocket tries one each time", async () => {
  await over("sse", async ({ program, backend }) => {
    await text(program, HELLO);
    assertEquals([backend.upgrades().length, methods(backend)], [0, ["POST"]]);
  });
  await over("websocket", async ({ program, backend }) => {
    backend.setDefault({ status: 426, body: { detail: "Upgrade Required" } }, "UPGRADE");
    for (let n = 0; n < 2; n++) await text(program, HELLO);
    assertEquals([backend.upgrades().length, methods(backend)], [2, ["POST", "POST"]]);
  });
});

Deno.test("a Codex client's own stream goes by POST, byte for byte", async () => {
  await over("auto", async ({ program, backend }) => {
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }];
    const body = { model: "gpt-5.5", stream: true, store: false, input };
    await (await post(program, "/v1/responses", body, { headers: { originator: "codex_exec" } })).text();
    assertEquals([backend.upgrades().length, methods(backend)], [0, ["POST"]]);
  });
});

Deno.test("what is larger than a frame may be goes by POST, and the next request over a WebSocket", async () => {
  await over("auto", async ({ program, backend }) => {
    const url = `data:image/png;base64,${"A".repeat(16 * 1024 * 1024)}`;
    const content = [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url } }];
    await (await post(program, CHAT, { model: "gpt-5", messages: [{ role: "user", content }] })).text();
    await text(program, HELLO);
    assertEquals(methods(backend), ["POST", "WS"]);
  });
});

Deno.test("a request that meets silence is sent once more on another connection, over each transport", async () => {
  for (const transport of ["sse", "websocket"]) {
    await over(transport, async ({ program, backend }) => {
      if (transport === "sse") backend.answer({ before: "stall" });
      else backend.answerSocket([{ stall: true }]);
      assertMatch(await text(program, HELLO), /You said: Hello/);
      // Headers without an event are silence as well.
      if (transport === "sse") {
        backend.answer({ events: [{ stall: true }] });
        assertMatch(await text(program, { ...HELLO, stream: true }), /"content":"You"/);
      }
      assertEquals(methods(backend), transport === "sse" ? ["POST", "POST", "POST", "POST"] : ["WS", "POST"]);
      await program.stderrUntil(/no event within 1 s/);
    }, "[limits]\nfirst_event_seconds = 1\n");
  }
});

Deno.test("silence is met twice at most: the second time it ends as before", async () => {
  await over("sse", async ({ program, backend }) => {
    backend.setDefault({ events: [{ stall: true }] });
    const response = await post(program, CHAT, HELLO);
    assertEquals([response.status, methods(backend)], [504, ["POST", "POST"]]);
    assertMatch(await response.text(), /the answer paused for 3 s/);
  }, "[limits]\nfirst_event_seconds = 1\nidle_timeout_seconds = 3\n");
});

Deno.test("a turn's state goes back with tool results, and not with the user's next message", async () => {
  const user = { role: "user", content: "Weather?" };
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
  const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } };
  const called = [user, { role: "assistant", tool_calls: [call] }, {
    role: "tool",
    tool_call_id: "call_1",
    content: "Sun",
  }];
  const turns = [[user], called, [...called, { role: "assistant", content: "Sun." }, {
    role: "user",
    content: "And tomorrow?",
  }]];
  const events = toolCallAnswer([{ callId: "call_1", name: "weather", arguments: "{}" }]);
  for (const transport of ["sse", "websocket"]) {
    await over(transport, async ({ program, backend }) => {
      if (transport === "sse") backend.answer({ events, headers: { "x-codex-turn-state": "ts-1" } });
      else {
        backend.answerSocket([
          { type: "response.metadata", headers: { "x-codex-turn-state": "ts-1" } },
          ...events,
        ]);
      }
      for (const messages of turns) await text(program, { model: "gpt-5", messages, tools });
      const states = backend.asks().map(({ headers, json }) =>
        transport === "sse"
          ? headers["x-codex-turn-state"]
          : (json as { client_metadata?: Record<string, string> }).client_metadata?.["x-codex-turn-state"]
      );
      assertEquals([transport, states], [transport, [undefined, "ts-1", undefined]]);
    });
  }
});

Deno.test("the backend's own events feed the limits, and go to nobody", async () => {
  await over("auto", async ({ program, backend }) => {
    backend.setLimits(undefined);
    const primary = { used_percent: 91, limit_window_seconds: 18_000, reset_after_seconds: 60 };
    const limits = { type: "codex.rate_limits", plan_type: "plus", rate_limits: { primary_window: primary } };
    backend.answerSocket([limits, ...textAnswer(["Hi"])]);
    assert(!(await text(program, { input: "Hi", stream: true }, "/v1/responses")).includes("rate_limits"));
    assertMatch(await (await program.fetch("/")).text(), /91 ?% used/);
  });
});

Deno.test("a token that is refused over a WebSocket is renewed as over POST", async () => {
  await over("auto", async ({ program, backend }) => {
    const error = { type: "error", status: 401, error: { code: "token_expired", message: "No" } };
    backend.answerSocket([{ text: JSON.stringify(error) }]);
    await post(program, CHAT, HELLO).then((response) => response.text());
    // The token is seconds old: it is given once more after a moment, on a socket of its own.
    assertEquals(methods(backend).slice(0, 2), ["WS", "WS"]);
    assertEquals(backend.upgrades().length, 2);
  });
});

Deno.test("an open socket holds the end of the program up for nobody", async () => {
  await over("auto", async ({ program, backend }) => {
    await text(program, HELLO);
    assertEquals(backend.upgrades().length, 1);
    assertEquals((await program.stop()).code, 0);
  });
});
