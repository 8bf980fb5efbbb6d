import { assert, assertEquals } from "@std/assert";
import { createRawSockets } from "../../../src/cli/raw_sockets.ts";
import { readLimitHeaders } from "../../../src/upstream/rate_limits.ts";
import type { Network } from "../../../src/upstream/websocket/wire.ts";
import { recordAt } from "../../../src/wire/json.ts";
import type { InputItem } from "../../../src/wire/responses.ts";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../../fake/backend.ts";
import { errorFrame, notFound, tooOld } from "../../fake/backend_socket.ts";
import { createGate } from "../../fake/script.ts";
import type { SocketStep } from "../../fake/socket_script.ts";
import { makeTokens } from "../../fake/tokens.ts";
import {
  bodyOf,
  createTransport,
  DEADLINE_MS,
  IDLE_MS,
  readAll,
  RENEW_MS,
  said,
  type Transport,
} from "./transport.ts";

const GOOD = "Hello you response.completed";
const HELLO = textAnswer(["Hello", " you"]);
const message = (value: unknown): SocketStep => ({ text: JSON.stringify(value) });

/** What the fake's echo of "hello" said, as a client sends it back. */
function answered(text: string): InputItem {
  return { type: "message", role: "assistant", content: [{ type: "output_text", text }] };
}

const SECOND = [said("hello"), answered("You said: hello"), said("and now")];

/** Lets time pass, and gives the backend the time to answer each ping of it. */
async function elapse(transport: Transport, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20_000) {
    transport.clock.advance(Math.min(left, 20_000));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** What each frame sent: how many items, and behind which response. */
function sent(backend: FakeBackend): unknown[] {
  return backend.frames.map(({ json, socket }) => {
    const body = json as { input: unknown[]; previous_response_id?: string };
    return [socket, body.input.length, body.previous_response_id !== undefined];
  });
}

Deno.test("sockets: a second turn sends only what is new, on the same socket, and everything else again", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  assertEquals(await transport.tell(), "You said: hello response.completed");
  const second = await transport.sockets.respond(transport.ask({ body: bodyOf(SECOND) }));
  assert(second.ok && second.isContinuation && second.isKept);
  assertEquals(await readAll(second.events.next), "You said: and now response.completed");
  assertEquals(backend.refusals(), []);
  assertEquals(sent(backend), [[1, 1, false], [1, 1, true]]);
  const { json, whole } = backend.frames[1] ?? {};
  const { type, previous_response_id, input, ...rest } = json as Record<string, unknown>;
  const { input: _, ...expected } = bodyOf(SECOND);
  assertEquals([type, typeof previous_response_id, rest], ["response.create", "string", expected]);
  assertEquals(input, SECOND.slice(2));
  assertEquals((whole as { input: unknown[] }).input.length, 3);
});

Deno.test("sockets: calls and reasoning are known again; a tool's output alone is sent", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  const tools = [{
    type: "function",
    name: "f",
    parameters: { type: "object", properties: {} },
    strict: false,
  }];
  backend.answer({ events: toolCallAnswer([{ name: "f", arguments: "{}", callId: "call_1" }]) });
  await transport.tell({ body: bodyOf([said("hello")], { tools }) });
  const called: InputItem[] = [
    said("hello"),
    { type: "function_call", name: "f", arguments: "{}", call_id: "call_1" },
    { type: "function_call_output", call_id: "call_1", output: "done" },
  ];
  backend.answer({ events: reasoningAnswer(["thinking"], ["Hello", " you"], { seed: "2" }) });
  assertEquals(await transport.tell({ body: bodyOf(called, { tools }) }), GOOD);
  const frame = backend.frames[1];
  assertEquals(sent(backend)[1], [1, 1, true]);
  assertEquals((frame?.json as { input: unknown[] }).input, called.slice(2));
  // Without the reasoning it is another conversation: the model would see what the client did not send.
  assertEquals(
    await transport.tell({ body: bodyOf([...called, answered("Hello you"), said("on")], { tools }) }),
    "You said: on response.completed",
  );
  assertEquals(sent(backend)[2], [1, 5, false]);
});

Deno.test("sockets: whatever differs is sent whole, on the socket that is there", async () => {
  for (
    const body of [
      bodyOf(SECOND, { instructions: "Be brief." }),
      bodyOf(SECOND, { model: "gpt-5.4" }),
      bodyOf(SECOND, { reasoning: { effort: "low" } }),
      bodyOf([said("hello"), answered("I never said this"), said("and now")]),
      bodyOf([said("hullo"), ...SECOND.slice(1)]),
      bodyOf(SECOND.slice(0, 2)),
      bodyOf([said("and now")]),
    ]
  ) {
    await using backend = await startFakeBackend();
    await using transport = createTransport(backend);
    await transport.tell();
    await transport.tell({ body });
    assertEquals(sent(backend)[1], [1, body.input.length, false]);
  }
});

Deno.test("sockets: metadata and turn state do not end a chain, and travel in each frame", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  const body = bodyOf(SECOND, { client_metadata: { turn_id: "2" } });
  await transport.tell({ body, turnState: "sticky" });
  assertEquals(sent(backend)[1], [1, 1, true]);
  assertEquals(recordAt(backend.frames[1]?.json as Record<string, unknown>, "client_metadata"), {
    turn_id: "2",
    "x-codex-turn-state": "sticky",
  });
});

Deno.test("sockets: a chain that is lost, and a socket that is too old, cost one repetition with everything", async () => {
  for (const refusal of [notFound("resp_1"), tooOld()]) {
    await using backend = await startFakeBackend();
    await using transport = createTransport(backend);
    await transport.tell();
    backend.answerSocket([message(errorFrame(refusal))]);
    assertEquals(await transport.tell({ body: bodyOf(SECOND) }), "You said: and now response.completed");
    assertEquals(sent(backend), [[1, 1, false], [1, 1, true], [2, 3, false]]);
    assertEquals(transport.sockets.count(), 1);
  }
});

Deno.test("sockets: the chain is also lost in words without a code", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  const error = { type: "invalid_request_error", message: "Invalid `previous_response_id`" };
  backend.answerSocket([message({ type: "error", status: 400, error })]);
  assertEquals(await transport.tell({ body: bodyOf(SECOND) }), "You said: and now response.completed");
  assertEquals(sent(backend).at(-1), [2, 3, false]);
});

Deno.test("sockets: a kept socket that is dead is replaced once; the second one is not", async () => {
  for (const end of [{ close: true }, { reset: true }, { closeWith: 1011 }] as const) {
    await using backend = await startFakeBackend();
    await using transport = createTransport(backend);
    await transport.tell();
    backend.answerSocket([end]);
    assertEquals(await transport.tell({ body: bodyOf(SECOND) }), "You said: and now response.completed");
    assertEquals(sent(backend), [[1, 1, false], [1, 1, true], [2, 3, false]]);
    backend.answerSocket([end]);
    backend.answerSocket([{ closeWith: 1011, reason: "again" }]);
    assertEquals(await transport.tell(), "closed 1011 by peer again | post");
    assertEquals(backend.frames.length, 5);
  }
});

Deno.test("sockets: once an event has come nothing is repeated", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  backend.answerSocket([...HELLO.slice(0, 2), { close: true }]);
  assert((await transport.tell({ body: bodyOf(SECOND) })).includes("cut"));
  assertEquals(backend.frames.length, 2);
  assertEquals(transport.sockets.count(), 0);
});

Deno.test("sockets: a failed answer drops the chain; the socket goes on", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  backend.answerSocket([
    message({ type: "error", status: 503, error: { code: "slow_down", message: "No" } }),
  ]);
  assertEquals(await transport.tell({ body: bodyOf(SECOND) }), "error 503: overloaded 503 | refusal");
  assertEquals(await transport.tell({ body: bodyOf(SECOND) }), "You said: and now response.completed");
  assertEquals(sent(backend).at(-1), [1, 3, false]);
});

Deno.test("sockets: idle ones are closed in order, and one is not used beyond its age", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  assertEquals(transport.sockets.count(), 1);
  await elapse(transport, IDLE_MS - 1000);
  await transport.tell();
  assertEquals([transport.sockets.count(), backend.upgrades().length], [1, 1]);
  await elapse(transport, IDLE_MS);
  assertEquals(transport.sockets.count(), 0);
  await transport.tell();
  assertEquals(backend.upgrades().length, 2);
});

Deno.test("sockets: a socket that is used all the time is renewed before the backend ends it", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  for (let ms = 0; ms <= RENEW_MS; ms += 60_000) {
    await transport.tell();
    transport.clock.advance(60_000);
  }
  assertEquals(backend.upgrades().length, 2);
});

Deno.test("sockets: one answer at a time for each; a second request of a conversation gets its own", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  const gate = createGate();
  backend.answerSocket([...HELLO.slice(0, 2), { wait: gate }, ...HELLO.slice(2)]);
  const first = transport.tell();
  await backend.nextRequest();
  assertEquals(await transport.tell(), "You said: hello response.completed");
  gate.open();
  assertEquals(await first, GOOD);
  assertEquals(backend.upgrades().length, 2);
  assertEquals(await transport.tell({ conversation: "another" }), "You said: hello response.completed");
  assertEquals([backend.upgrades().length, transport.sockets.count()], [3, 3]);
});

Deno.test("sockets: their number is bounded; the one idle longest goes, and none in use does", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend, { mostSockets: 2 });
  for (const conversation of ["a", "b", "c"]) {
    await transport.tell({ conversation });
    transport.clock.advance(1000);
  }
  assertEquals(transport.sockets.count(), 2);
  await transport.tell({ conversation: "b" });
  assertEquals(backend.upgrades().length, 3);
  const gate = createGate();
  const steps = [...HELLO.slice(0, 2), { wait: gate }, ...HELLO.slice(2)];
  backend.answerSocket(steps);
  backend.answerSocket(steps);
  const held = await Promise.all(
    ["b", "c"].map((conversation) => transport.sockets.respond(transport.ask({ conversation }))),
  );
  assertEquals(await transport.tell({ conversation: "d" }), "no_room | post");
  gate.open();
  for (const one of held) assertEquals(one.ok && await readAll(one.events.next), GOOD);
});

Deno.test("sockets: a new token, account or identity means a new socket", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  await transport.tell();
  await transport.tell({ token: makeTokens().access_token });
  assertEquals([backend.upgrades().length, transport.sockets.count()], [2, 1]);
  const headers = transport.ask().headers;
  headers.set("originator", "codex_exec");
  await transport.tell({ headers });
  assertEquals([backend.upgrades().length, transport.sockets.count()], [3, 1]);
});

Deno.test("sockets: the client's leaving ends the socket, while it opens, waits, or answers", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  const before = new AbortController();
  before.abort();
  assertEquals(await transport.tell({ signal: before.signal }), "aborted | left");

  backend.answer({ before: "stall" }, "UPGRADE");
  const opening = new AbortController();
  const first = transport.tell({ signal: opening.signal });
  const upgrade = await backend.nextRequest("UPGRADE");
  opening.abort();
  assertEquals(await first, "aborted | left");
  await upgrade.cancelled;

  backend.answerSocket([{ stall: true }]);
  const waiting = new AbortController();
  const second = transport.tell({ signal: waiting.signal });
  const asked = await backend.nextRequest();
  waiting.abort();
  assertEquals(await second, "aborted | left");
  await asked.cancelled;

  backend.answerSocket([...HELLO.slice(0, 5), { stall: true }]);
  const third = await transport.sockets.respond(transport.ask());
  assert(third.ok);
  await third.events.next();
  third.events.cancel();
  // The backend does not answer the close frame here, and is not waited for.
  transport.clock.advance(2000);
  await (await backend.nextRequest()).cancelled;
  assertEquals([await third.events.next(), transport.sockets.count()], [undefined, 0]);
});

Deno.test("sockets: what comes between two answers is in neither", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  const taken = createGate();
  backend.answerSocket((async function* () {
    yield* HELLO;
    yield { type: "responsesapi.websocket_timing" };
    yield message({ type: "error", status: 500 });
    yield { pingPong: "taken" };
    taken.open();
  })());
  assertEquals(await transport.tell(), GOOD);
  await taken.opened;
  assertEquals(await transport.tell(), "You said: hello response.completed");
  assertEquals(backend.upgrades().length, 1);
});

Deno.test("sockets: limits come from the 101, from refusals and from error messages", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  backend.sockets.headers = { "x-codex-primary-used-percent": "10", "x-codex-primary-window-minutes": "300" };
  const headers = {
    "X-Codex-Primary-Used-Percent": "100",
    "X-Codex-Primary-Window-Minutes": 300,
    "bad name": "x",
  };
  backend.answerSocket([
    message({ type: "error", status: 429, error: { type: "usage_limit_reached" }, headers }),
  ]);
  await transport.tell();
  backend.answer({ status: 429, headers: { "x-codex-primary-used-percent": "99" }, body: {} }, "UPGRADE");
  await transport.tell({ conversation: "another" });
  const used = transport.seen.map((seen) => readLimitHeaders(seen, 0)?.windows[0]?.usedPercent);
  assertEquals(used, [10, 100, 99]);
});

Deno.test("sockets: a request beyond the backend's limit for frames is not sent, and opens nothing", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  const large = bodyOf([said("ü".repeat(8 * 1024 * 1024))]);
  assertEquals(await transport.tell({ body: large }), "too_large | post");
  assertEquals(backend.upgrades().length, 0);
  backend.answerSocket(HELLO);
  assertEquals(await transport.tell({ body: bodyOf([said("x".repeat(14 * 1024 * 1024))]) }), GOOD);
});

/** A network that tells how much was read. */
function countingNetwork(): {
  network: Network;
  read: () => number;
  reached: (bytes: number) => Promise<void>;
} {
  const inner = createRawSockets({ get: () => undefined });
  let bytes = 0;
  let wanted: { bytes: number; resolve: () => void } | undefined;
  const network: Network = {
    ...inner,
    async connect(place) {
      const wire = await inner.connect(place);
      return {
        ...wire,
        async read(buffer) {
          const count = await wire.read(buffer);
          bytes += count ?? 0;
          if (wanted !== undefined && bytes >= wanted.bytes) wanted.resolve();
          return count;
        },
      };
    },
  };
  const reached = (count: number) =>
    new Promise<void>((resolve) => bytes >= count ? resolve() : void (wanted = { bytes: count, resolve }));
  return { network, read: () => bytes, reached };
}

Deno.test("sockets: while nobody takes events, the backend has to wait, and nothing is lost", async () => {
  await using backend = await startFakeBackend();
  const { network, read, reached } = countingNetwork();
  await using transport = createTransport(backend, { network });
  const deltas = 800;
  const delta = { type: "response.output_text.delta", delta: "x".repeat(50_000) };
  let written = 0;
  backend.answerSocket((async function* () {
    yield* HELLO.slice(0, 2);
    for (; written < deltas; written++) yield delta;
    yield* HELLO.slice(-1);
  })());
  const responded = await transport.sockets.respond(transport.ask());
  assert(responded.ok);
  await reached(1024 * 1024);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert(read() < 1.2 * 1024 * 1024, `${read()} bytes were read`);
  assert(written < deltas);
  const text = await readAll(responded.events.next);
  assertEquals(text.length, deltas * 50_000 + " response.completed".length);
});

Deno.test("sockets: a refusal whose body never ends is given with what came of it", async () => {
  await using backend = await startFakeBackend();
  const { network, reached } = countingNetwork();
  await using transport = createTransport(backend, { network });
  backend.answer({ status: 429, events: [{ bytes: "half" }, { stall: true }] }, "UPGRADE");
  const telling = transport.tell();
  await reached(100);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  transport.clock.advance(DEADLINE_MS);
  assertEquals(await telling, "refused 429: rate_limited 429 | post");
});

Deno.test("sockets: the backend's pings are answered between two answers, and it does not give up", async () => {
  await using backend = await startFakeBackend();
  await using transport = createTransport(backend);
  let pongs = 0;
  backend.sockets.greeting = (async function* () {
    for (; pongs < 3; pongs++) yield { pingPong: `${pongs}` } as const;
  })();
  assertEquals(await transport.tell(), "You said: hello response.completed");
  assertEquals(pongs, 3);
});

Deno.test("sockets: at the end all are closed in order, with the answers that still run", async () => {
  const backend = await startFakeBackend();
  const transport = createTransport(backend);
  await transport.tell({ conversation: "idle" });
  backend.answerSocket([...HELLO.slice(0, 2), { stall: true }]);
  const running = await transport.sockets.respond(transport.ask());
  assert(running.ok);
  backend.answer({ before: "stall" }, "UPGRADE");
  const opening = transport.tell({ conversation: "opening" });
  await backend.nextRequest("UPGRADE");
  await backend.nextRequest("UPGRADE");
  await backend.nextRequest("UPGRADE");
  await transport[Symbol.asyncDispose]();
  assertEquals(await opening, "aborted | left");
  assert((await readAll(running.events.next)).includes("cut"));
  assertEquals(await transport.tell(), "no_room | post");
  assertEquals([transport.sockets.count(), transport.clock.waiting()], [0, 0]);
  await backend.close();
});
