import { assert, assertEquals, assertMatch } from "@std/assert";
import { textAnswer, toolCallAnswer } from "../fake/answers.ts";
import type { BackendRequest } from "../fake/backend.ts";
import { type ClientSocket, type Message, openSocket } from "./client_socket.ts";
import { withProgram } from "./setup.ts";

const CREATE = { type: "response.create", model: "gpt-5.5", input: "say hi", store: false };
const CODEX = { "user-agent": "codex_exec/0.171.0", originator: "codex_exec" };
const SSE = '[codex]\ntransport = "sse"\n';
const AUTO = '[codex]\ntransport = "auto"\n';
const user = (text: string) => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});

function textOf({ response }: Message): string {
  return (response as { output: { content: { text: string }[] }[] }).output[0]?.content[0]?.text ?? "";
}

function idOf({ response }: Message): string {
  return (response as { id: string }).id;
}

/** The texts of the messages that the backend was asked with. */
function asked(request: BackendRequest | undefined): string[] {
  const { input } = request?.json as { input: { content: unknown }[] };
  return input.map(({ content }) => typeof content === "string" ? content : JSON.stringify(content));
}

/** Type, status and code of each error that came. */
function errors(socket: ClientSocket): unknown[] {
  return socket.messages.filter(({ type }) => type === "error").map(({ status, code }) => [status, code]);
}

Deno.test("a socket answers a request with the public events, one message each", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send(CREATE);
    const done = await socket.until("response.completed");
    assertEquals(textOf(done), "You said: say hi");
    assertEquals(socket.messages.map((each) => each["sequence_number"]), socket.messages.map((_, at) => at));
    assertEquals(socket.messages.filter(({ type }) => /^codex|metadata|keepalive/.test(type)), []);
    const [{ json }] = backend.asks() as [BackendRequest & { json: Record<string, unknown> }];
    assertEquals([json["stream"], json["type"], json["stream_id"]], [true, undefined, undefined]);
    assertEquals(backend.refusals(), []);
    await program.stderrUntil(
      /method=WS route=\/codex\/v1\/responses lane=filtered .*status=200 .*output_tokens=4/,
    );
  });
});

Deno.test("response.created tells what the headers of a POST's answer tell", async () => {
  await withProgram(async ({ program }) => {
    using socket = await openSocket(program, { path: "/codex/talk/v1/responses" });
    socket.send({ ...CREATE, temperature: 0.5, stream_id: "a" });
    await socket.until("response.completed");
    const [created, ...others] = socket.messages;
    const { "x-request-id": id, ...headers } = created?.["headers"] as Record<string, string>;
    assertEquals(headers, {
      "x-session-id": "talk",
      "x-ccproxy-model": "gpt-5.5",
      "x-ccproxy-ignored-params": "temperature",
    });
    await program.stderrUntil(new RegExp(`method=WS .*id=${id}|id=${id} .*method=WS`));
    assertEquals(others.filter((each) => "headers" in each), []);
  });
});

Deno.test("a socket continues a response that is not stored, and only this socket does", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, input: "one" });
    const first = idOf(await socket.until("response.completed"));
    socket.send({ ...CREATE, input: "two", previous_response_id: first });
    const second = await socket.until("response.completed", 2);
    assertEquals((second["response"] as Message)["previous_response_id"], first);
    socket.send({ ...CREATE, input: "three", previous_response_id: idOf(second) });
    await socket.until("response.completed", 3);
    const texts = asked(backend.asks()[2]).map((text) => /one|two|three/.exec(text)?.[0]);
    assertEquals(texts, ["one", "one", "two", "two", "three"]);
    const keys = backend.asks().map(({ json }) => (json as Message)["prompt_cache_key"]);
    assertEquals(new Set(keys).size, 1);
    using other = await openSocket(program);
    other.send({ ...CREATE, previous_response_id: first });
    const failed = await other.until("error");
    assertEquals([failed["status"], failed["code"], failed["param"]], [
      400,
      "previous_response_not_found",
      "previous_response_id",
    ]);
  });
});

Deno.test("a socket continues a stored response, also of another socket", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, input: "one", store: true });
    const first = idOf(await socket.until("response.completed"));
    using other = await openSocket(program);
    other.send({ ...CREATE, input: "two", store: true, previous_response_id: first });
    await other.until("response.completed");
    assertEquals(asked(backend.asks()[1]).length, 3);
  });
});

Deno.test("a stored response that continues one that is not stored has the whole conversation", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, input: "one" });
    const first = idOf(await socket.until("response.completed"));
    socket.send({ ...CREATE, input: "two", store: true, previous_response_id: first });
    const second = idOf(await socket.until("response.completed", 2));
    using other = await openSocket(program);
    other.send({ ...CREATE, input: "three", previous_response_id: second });
    await other.until("response.completed");
    assertEquals(asked(backend.asks()[2]).length, 5);
  });
});

Deno.test("a turn that fails throws away the response that it continued", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send(CREATE);
    const first = idOf(await socket.until("response.completed"));
    backend.answer({ status: 400, body: { detail: "No." } });
    socket.send({ ...CREATE, previous_response_id: first });
    await socket.until("error");
    socket.send({ ...CREATE, previous_response_id: first });
    await socket.until("error", 2);
    assertEquals(errors(socket)[1], [400, "previous_response_not_found"]);
  });
});

Deno.test("generate false is answered at once, and begins a conversation with its instructions", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, input: "begin", instructions: "Be short", generate: false });
    const begun = await socket.until("response.completed");
    assertEquals(socket.messages.map(({ type }) => type), [
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
    const { output, usage, status } = begun["response"] as Record<string, unknown>;
    assertEquals([output, status, (usage as Message)["total_tokens"]], [[], "completed", 0]);
    assertEquals(backend.asks().length, 0);
    socket.send({ ...CREATE, input: "go on", previous_response_id: idOf(begun) });
    await socket.until("response.completed", 2);
    const [request] = backend.asks();
    const texts = asked(request).flatMap((text) => /begin|go on/.exec(text)?.[0] ?? []);
    assertEquals(texts, ["begin", "go on"]);
    assertMatch(JSON.stringify(request?.json), /Be short/);
  });
});

Deno.test(
  "a Codex client's continuation is the whole conversation where POST is the way to the backend",
  async () => {
    await withProgram(async ({ program, backend }) => {
      using socket = await openSocket(program, { headers: CODEX });
      const create = { type: "response.create", model: "gpt-5.5", store: false, stream: true, include: [] };
      socket.send({ ...create, input: [], generate: false, instructions: "I" });
      const begun = idOf(await socket.until("response.completed"));
      const rest = { ...create, instructions: "I", client_metadata: { "x-codex-turn-state": "sticky" } };
      backend.answer({
        events: textAnswer(["One"], { seed: "one", vendorFrames: true }),
        headers: { "x-codex-turn-state": "sticky" },
      });
      socket.send({ ...rest, input: [user("one")], previous_response_id: begun });
      const first = await socket.until("response.completed", 2);
      assert(socket.messages.some(({ type }) => type === "codex.rate_limits"), "vendor messages");
      const [metadata] = socket.messages.filter(({ type }) => type === "response.metadata");
      assertEquals(metadata?.["headers"], { "x-codex-turn-state": "sticky" });
      assertEquals((first["response"] as { output: unknown[] }).output, []);
      socket.send({ ...rest, input: [user("two")], previous_response_id: idOf(first) });
      await socket.until("response.completed", 3);
      assertEquals(asked(backend.asks()[1]).length, 3);
      assertEquals(backend.asks()[1]?.headers["x-codex-turn-state"], "sticky");
      assertEquals(backend.refusals(), []);
      await program.stderrUntil(/method=WS .*lane=opaque .*status=200/);
    }, { config: SSE });
  },
);

Deno.test("a Codex client's messages go over a kept WebSocket, only what is new, and come back as they came", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program, { headers: CODEX });
    const rest = {
      ...{ type: "response.create", model: "gpt-5.5", store: false, stream: true, include: [], tools: [] },
      instructions: "I",
      prompt_cache_key: "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
      client_metadata: { "x-codex-window-id": "w:0" },
    };
    const events = textAnswer(["One"], { seed: "one", vendorFrames: true });
    const state = { type: "response.metadata", headers: { "x-codex-turn-state": "sticky" } };
    backend.answerSocket([state, ...events]);
    const call = toolCallAnswer([{ callId: "call_1", name: "weather", arguments: "{}" }]);
    backend.answerSocket([...call.slice(0, -1), { ...call.at(-1), type: "response.done" }]);
    socket.send({ ...rest, input: [user("one")] });
    const first = await socket.until("response.completed");
    assertEquals(socket.messages, JSON.parse(JSON.stringify([state, ...events])));
    socket.send({ ...rest, input: [user("two")], previous_response_id: idOf(first) });
    const second = await socket.until("response.completed", 2);
    const output = { type: "function_call_output", call_id: "call_1", output: "Sun" };
    socket.send({ ...rest, input: [output], previous_response_id: idOf(second) });
    await socket.until("response.completed", 3);
    const frames = backend.frames.map(({ json }) => json as Message);
    assertEquals(frames.map(({ input }) => input), [[user("one")], [user("two")], [output]]);
    assertEquals(frames.map((frame) => frame["previous_response_id"]), [
      undefined,
      idOf(first),
      idOf(second),
    ]);
    // The state of the first user turn is not told in the second one.
    const metadata = { ...rest.client_metadata };
    assertEquals(frames.map((frame) => frame["client_metadata"]), [metadata, metadata, metadata]);
    assertEquals([backend.upgrades().length, backend.refusals()], [1, []]);
    await program.stderrUntil(/method=WS .*lane=opaque .*transport=websocket .*continuation=true/);
  }, { config: AUTO });
});

Deno.test("a Codex client's lite message is one at the backend, too", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program, { headers: CODEX });
    const metadata = { ws_request_header_x_openai_internal_codex_responses_lite: "true" };
    const create = { type: "response.create", model: "gpt-5.5", store: false, input: [user("hi")] };
    socket.send({ ...create, client_metadata: metadata });
    // The model is none of the lite lane: the refusal is passed on in the backend's words.
    assertMatch(String((await socket.until("error"))["message"]), /not supported when using/);
    assertEquals((backend.frames[0]?.json as Message)["client_metadata"], metadata);
  }, { config: AUTO });
});

Deno.test("a Codex client's message goes by POST where no WebSocket works, and what is silent is asked again", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ status: 426, body: { detail: "Upgrade Required" } }, "UPGRADE");
    using socket = await openSocket(program, { headers: CODEX });
    const create = { type: "response.create", model: "gpt-5.5", store: false, input: [user("hi")] };
    socket.send(create);
    await socket.until("response.completed");
    assertEquals(backend.asks().map(({ method }) => method), ["POST"]);
  }, { config: AUTO });
  await withProgram(async ({ program, backend }) => {
    backend.answerSocket([{ type: "codex.rate_limits" }, { stall: true }]);
    using socket = await openSocket(program, { headers: CODEX });
    socket.send({ type: "response.create", model: "gpt-5.5", store: false, input: [user("hi")] });
    await socket.until("response.completed");
    assertEquals(backend.asks().map(({ method }) => method), ["WS", "POST"]);
    await program.stderrUntil(/no event within 1 s/);
  }, { config: `${AUTO}[limits]\nfirst_event_seconds = 1\n` });
});

Deno.test("a Codex client hears of a backend that falls silent within an answer, and may ask again", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answerSocket([...textAnswer(["Half"]).slice(0, 5), { stall: true }]);
    using socket = await openSocket(program, { headers: CODEX });
    socket.send({ type: "response.create", model: "gpt-5.5", store: false, input: [user("hi")] });
    const failed = await socket.until("error");
    assertEquals([failed["status"], failed["code"]], [500, "server_error"]);
    assertEquals(backend.asks().length, 1);
  }, { config: `${AUTO}[limits]\nidle_timeout_seconds = 1\n` });
});

Deno.test("a Codex client gets refusals in the backend's words, with a status, and our failures as 500", async () => {
  await withProgram(async ({ program, backend }) => {
    using socket = await openSocket(program, { headers: CODEX });
    const create = { type: "response.create", model: "gpt-5.5", store: false, input: [user("hi")] };
    const error = { type: "usage_limit_reached", message: "Used up", resets_in_seconds: 60 };
    backend.answer({ status: 429, body: { error }, headers: { "x-codex-primary-used-percent": "100" } });
    socket.send(create);
    const limit = await socket.until("error");
    assertEquals([limit["status"], (limit["error"] as Message).type], [429, "usage_limit_reached"]);
    assertEquals((limit["headers"] as Message)["x-codex-primary-used-percent"], "100");
    backend.answer({ events: [...textAnswer(["Half"]).slice(0, 5), { cut: true }] });
    socket.send(create);
    const cut = await socket.until("error", 2);
    assertEquals([cut["status"], (cut["error"] as Message).type], [500, "server_error"]);
    backend.answer({
      events: [...textAnswer(["Half"]).slice(0, 3), { type: "error", code: "server_error", message: "Oh" }],
    });
    socket.send(create);
    const flat = await socket.until("error", 3);
    assertEquals([typeof flat["status"], (flat["error"] as Message)["message"]], ["number", "Oh"]);
  });
});

Deno.test("lanes run at once, requests of one lane one after the other, each event with its stream_id", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["slow"])] });
    using socket = await openSocket(program);
    socket.send({ ...CREATE, stream_id: "a" });
    await backend.nextRequest();
    socket.send({ ...CREATE, stream_id: "a", input: "second of a" });
    socket.send({ ...CREATE, stream_id: "b", input: "b" });
    const first = await socket.until("response.completed");
    assertEquals([first["stream_id"], textOf(first)], ["b", "You said: b"]);
    assertEquals(backend.asks().length, 2);
    gate.open();
    await socket.until("response.completed", 3);
    const done = socket.messages.filter(({ type }) => type === "response.completed");
    assertEquals(done.map((each) => [each["stream_id"], textOf(each)]), [
      ["b", "You said: b"],
      ["a", "slow"],
      ["a", "You said: second of a"],
    ]);
    assertEquals(socket.messages.filter((each) => each["stream_id"] === undefined), []);
  });
});

Deno.test("more than 16 requests in waiting are refused with 429, and those before are answered", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["slow"])] });
    using socket = await openSocket(program);
    for (let count = 0; count < 18; count++) socket.send(CREATE);
    await socket.until("error");
    assertEquals(errors(socket), [[429, "rate_limit_exceeded"]]);
    gate.open();
    await socket.until("response.completed", 17);
  });
});

Deno.test("response.cancel ends the running answer, and the next one is given", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [...textAnswer(["slow"]).slice(0, 6), { wait: gate }] });
    using socket = await openSocket(program);
    socket.send(CREATE);
    const request = await backend.nextRequest();
    await socket.until("response.output_text.delta");
    socket.send({ type: "response.cancel" });
    await socket.until("error");
    await request.cancelled;
    socket.send(CREATE);
    assertEquals(textOf(await socket.until("response.completed")), "You said: say hi");
  });
});

Deno.test("a client that leaves ends the turn at the backend, and nothing of it is kept", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [...textAnswer(["slow"]).slice(0, 6), { wait: gate }] });
    const socket = await openSocket(program);
    socket.send({ ...CREATE, store: true });
    const request = await backend.nextRequest();
    const created = await socket.until("response.output_text.delta").then(() => socket.messages[0]);
    socket.close();
    await request.cancelled;
    const got = await program.fetch(`/codex/v1/responses/${idOf(created as Message)}`);
    assertEquals(got.status, 404);
    await got.body?.cancel();
    await program.stderrUntil(/method=WS .*problem=client_closed/);
  });
});

Deno.test("what is no request is refused, and three in a row close the socket", async () => {
  await withProgram(async ({ program }) => {
    using socket = await openSocket(program);
    socket.sendRaw("{oops");
    socket.sendRaw("[]");
    socket.send(CREATE);
    await socket.until("response.completed");
    socket.sendRaw(new Uint8Array([1, 2]));
    socket.send({ type: "nonsense" });
    socket.send({ ...CREATE, stream_id: 7 });
    assertEquals(await socket.closed, { code: 1008, reason: "too many bad messages" });
    assertEquals(errors(socket), Array(5).fill([400, "bad_request"]));
    for (const { error, message } of socket.messages.filter(({ type }) => type === "error")) {
      assertEquals((error as Message)["message"], message);
    }
  });
});

Deno.test("background, steering and acknowledgements have their answers", async () => {
  await withProgram(async ({ program }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, background: true });
    await socket.until("error");
    assertEquals(socket.messages[0]?.["param"], "background");
    socket.send({ type: "response.processed", response_id: "resp_1" });
    const input = [user("turn left")];
    socket.send({ type: "response.steer", previous_response_id: "resp_1", input });
    const { steer, error } = await socket.until("response.steer.failed");
    assertEquals([steer, (error as Message)["code"]], [
      { previous_response_id: "resp_1", input },
      "steering_not_supported",
    ]);
  });
});

Deno.test("a message over the limit is answered 413, and the socket closed with 1009", async () => {
  await withProgram(async ({ program }) => {
    using socket = await openSocket(program);
    socket.send({ ...CREATE, input: "x".repeat(1024 * 1024) });
    assertEquals((await socket.closed).code, 1009);
    assertEquals(errors(socket), [[413, "request_too_large"]]);
  }, { config: "[limits]\nwebsocket_message_mb = 1\n" });
});

Deno.test("a client that reads nothing is given up, and its turn ended", async () => {
  await withProgram(async ({ program, backend }) => {
    const words = Array<string>(400).fill("x".repeat(50_000));
    backend.answer({ events: textAnswer(words) });
    using raw = await Deno.connect({ hostname: "127.0.0.1", port: program.port });
    const head =
      "GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    await raw.write(new TextEncoder().encode(head));
    await raw.read(new Uint8Array(1024));
    const payload = new TextEncoder().encode(JSON.stringify(CREATE));
    // A mask of zeros leaves the bytes as they are.
    await raw.write(new Uint8Array([0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload]));
    await program.stderrUntil(/method=WS .*status=499 problem=client_closed/);
  }, { config: "[limits]\nidle_timeout_seconds = 1\n" });
});

Deno.test("a socket ends at its age behind the running answer, and says so", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["late"])] });
    using socket = await openSocket(program);
    using idle = await openSocket(program);
    socket.send(CREATE);
    await backend.nextRequest();
    assertEquals((await idle.closed).code, 1000);
    gate.open();
    assertEquals((await socket.closed).code, 1000);
    assertEquals(
      textOf(socket.messages.find(({ type }) => type === "response.completed") as Message),
      "late",
    );
    assertEquals(errors(socket), [[400, "websocket_connection_limit_reached"]]);
  }, { config: "[limits]\nwebsocket_seconds = 1\n" });
});

Deno.test("at the end of the program a running answer is finished, and sockets are closed with 1001", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["late"])] });
    using socket = await openSocket(program);
    using idle = await openSocket(program);
    socket.send(CREATE);
    await backend.nextRequest();
    program.kill("SIGTERM");
    assertEquals((await idle.closed).code, 1001);
    gate.open();
    assertEquals((await socket.closed).code, 1001);
    assertEquals(textOf(socket.messages.at(-1) as Message), "late");
    assertEquals((await program.status).code, 0);
  });
});

Deno.test("GET /metrics tells how many WebSockets are open, of clients and to the backend", async () => {
  await withProgram(async ({ program }) => {
    const open = async () => {
      const text = await (await program.fetch("/metrics")).text();
      return [...text.matchAll(/^ccproxy_websockets_open\{side="(\w+)"\} (\d+)$/gm)].map(([, side, count]) =>
        `${side} ${count}`
      );
    };
    assertEquals(await open(), ["client 0", "backend 0"]);
    using socket = await openSocket(program);
    using _idle = await openSocket(program);
    socket.send(CREATE);
    await socket.until("response.completed");
    assertEquals(await open(), ["client 2", "backend 1"]);
  }, { config: AUTO });
});

Deno.test("one socket more than allowed closes the one that was idle longest", async () => {
  await withProgram(async ({ program }) => {
    using first = await openSocket(program);
    using second = await openSocket(program);
    using third = await openSocket(program);
    assertEquals((await first.closed).code, 1001);
    second.send(CREATE);
    third.send(CREATE);
    await second.until("response.completed");
    await third.until("response.completed");
  }, { config: "[limits]\nwebsockets = 2\n" });
});

/** Each handshake that is refused: headers in place of the usual ones, status and code. */
const REFUSED: readonly (readonly [string, string, Record<string, string>, number, string | null])[] = [
  ["a page of another site", "/v1/responses", { origin: "https://evil.example" }, 403, "origin_not_allowed"],
  ["a page without Origin", "/v1/responses", { "sec-fetch-site": "cross-site" }, 403, "origin_not_allowed"],
  ["another host", "/v1/responses", { host: "evil.example" }, 403, "host_not_allowed"],
  ["no key", "/v1/responses", {}, 401, "invalid_api_key"],
  ["a wrong key", "/v1/responses", { authorization: "Bearer wrong" }, 401, "invalid_api_key"],
  [
    "another version",
    "/v1/responses",
    { authorization: "Bearer k", "sec-websocket-version": "8" },
    426,
    null,
  ],
  [
    "no handshake key",
    "/v1/responses",
    { authorization: "Bearer k", "sec-websocket-key": "" },
    400,
    null,
  ],
  ["another route", "/v1/models", { authorization: "Bearer k" }, 426, "upgrade_required"],
];

Deno.test("a handshake is refused before the upgrade for what a request is refused for", async () => {
  await withProgram(async ({ program }) => {
    for (const [name, path, headers, status, code] of REFUSED) {
      const answer = await handshake(program.port, path, headers);
      assertMatch(answer, new RegExp(`^HTTP/1.1 ${status} [^]*"code":${JSON.stringify(code)}`), name);
    }
    const key = "openai-insecure-api-key.k, openai-beta.responses.v1";
    const opened = await handshake(program.port, "/v1/responses", {
      authorization: "Bearer k",
      "sec-websocket-protocol": key,
    });
    assertMatch(opened, /^HTTP\/1.1 101 [^]*sec-websocket-protocol: openai-beta\.responses\.v1\r\n/i);
    assertMatch(opened, /x-request-id: req_/i);
    assert(!program.stderr().includes("insecure-api-key"), program.stderr());
  }, { args: ["serve", "--port", "0", "--api-key", "k"] });
});

Deno.test("server.websocket = false answers an upgrade with 426 at once, and GET without one gets it too", async () => {
  await withProgram(async ({ program }) => {
    const answer = await handshake(program.port, "/codex/v1/responses", {});
    assertMatch(answer, /^HTTP\/1.1 426 [^]*upgrade: websocket\r\n/i);
  }, { config: "[server]\nwebsocket = false\n" });
  await withProgram(async ({ program }) => {
    const plain = await program.fetch("/codex/v1/responses");
    assertEquals([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
    await plain.body?.cancel();
  });
});

/** The first packet of the answer to a handshake with these headers; an empty one is left out. */
async function handshake(port: number, path: string, headers: Record<string, string>): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const all = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => value === "" ? [] : `${name}: ${value}\r\n`);
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
  const buffer = new Uint8Array(8192);
  const size = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, size));
}
