import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { usageLimitReached } from "../fake/failures.ts";
import { parseJson } from "../../src/wire/json.ts";
import { type Opened, openSocket } from "../../src/upstream/websocket/open_socket.ts";
import { createRawSockets } from "../../src/cli/raw_sockets.ts";
import type { Socket } from "../../src/upstream/websocket/socket.ts";
import { bodyOf, createTransport, said } from "../upstream/websocket/transport.ts";
import { createManualClock } from "../upstream/websocket/manual_clock.ts";

function open(backend: FakeBackend, change: (headers: Headers) => void = () => {}): Promise<Opened> {
  const { headers } = createTransport(backend).ask();
  change(headers);
  return openSocket(
    {
      network: createRawSockets({ get: () => undefined }),
      after: createManualClock().after,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      deadlineMs: 1000,
      limitBytes: 1 << 20,
    },
    new URL(`${backend.url}/responses`),
    headers,
    new AbortController().signal,
  );
}

async function connected(backend: FakeBackend): Promise<Socket> {
  const opened = await open(backend);
  assert(opened.ok);
  return opened.socket;
}

/** Sends a frame, and gives the messages up to the end of its answer. */
async function answersTo(socket: Socket, frame: unknown): Promise<Record<string, unknown>[]> {
  await socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  const events: Record<string, unknown>[] = [];
  for (;;) {
    const received = await socket.receive();
    if ("end" in received) return [...events, { type: "end", ...received.end }];
    const event = parseJson(received.text) as Record<string, unknown>;
    events.push(event);
    if (event["type"] === "error" || event["type"] === "response.completed") return events;
  }
}

const FRAME = { type: "response.create", ...bodyOf([said("hello")]) };

Deno.test("the fake's socket: an upgrade that lacks something is refused as HTTP", async () => {
  await using backend = await startFakeBackend();
  for (
    const [change, status] of [
      [(headers: Headers) => headers.delete("authorization"), 401],
      [(headers: Headers) => headers.delete("chatgpt-account-id"), 401],
      [(headers: Headers) => headers.delete("openai-beta"), 400],
      [(headers: Headers) => headers.set("openai-beta", "responses=experimental"), 400],
      [(headers: Headers) => headers.delete("originator"), 400],
      [(headers: Headers) => headers.set("content-type", "application/json"), 400],
      [(headers: Headers) => headers.set("origin", "https://example.com"), 400],
    ] as const
  ) {
    const opened = await open(backend, change);
    assert(!opened.ok && opened.failure.kind === "refused");
    assertEquals(opened.failure.refusal.status, status);
  }
  assertEquals(backend.refusals().length, 7);
});

Deno.test("the fake's socket: frames are refused in the backend's words, and the socket stays open", async () => {
  await using backend = await startFakeBackend();
  const socket = await connected(backend);
  const { store: _, ...unstored } = FRAME;
  for (
    const [frame, words] of [
      ["no JSON", "not a JSON object"],
      [{ ...FRAME, type: "response.append" }, "Unknown message type"],
      [{ ...FRAME, stream_id: "a" }, "Unsupported parameter: stream_id"],
      [{ ...FRAME, background: true }, "Unsupported parameter: background"],
      [{ ...FRAME, temperature: 1 }, "Unsupported parameter: temperature"],
      [{ ...FRAME, client_metadata: { a: 1 } }, "client_metadata.a"],
      [{ ...FRAME, previous_response_id: "resp_x" }, "Previous response with id 'resp_x' not found."],
      [unstored, "Store must be set to false"],
    ] as const
  ) {
    const [error] = await answersTo(socket, frame);
    assertEquals([error?.["type"], error?.["status"]], ["error", 400]);
    assert(JSON.stringify(error).includes(words), JSON.stringify(error));
  }
  assertEquals((await answersTo(socket, FRAME)).at(-1)?.["type"], "response.completed");
  socket.abort();
});

Deno.test("the fake's socket: it remembers the last response of this socket, until one fails", async () => {
  await using backend = await startFakeBackend();
  const socket = await connected(backend);
  const idOf = (events: Record<string, unknown>[]) => (events.at(-1)?.["response"] as { id: string }).id;
  const first = idOf(await answersTo(socket, FRAME));
  const next = { ...FRAME, input: [said("on")], previous_response_id: first };
  const other = await connected(backend);
  assertEquals((await answersTo(other, next))[0]?.["type"], "error", "not of another socket");
  const second = idOf(await answersTo(socket, next));
  assertEquals((await answersTo(socket, next))[0]?.["type"], "error", "not the one before");
  const again = { ...next, previous_response_id: second };
  assertEquals((await answersTo(socket, again))[0]?.["type"], "error", "not after a failure");
  other.abort();
  socket.abort();
});

Deno.test("the fake's socket: a warm-up has no output and can be continued; what is left out is missed", async () => {
  await using backend = await startFakeBackend();
  const socket = await connected(backend);
  const warm = await answersTo(socket, { ...FRAME, input: [], generate: false });
  assertEquals(warm.map(({ type }) => type), ["response.created", "response.completed"]);
  const { id } = warm.at(-1)?.["response"] as { id: string };
  const answer = await answersTo(socket, { ...FRAME, previous_response_id: id });
  assert(answer.length > 5);
  const { instructions: _, ...rest } = FRAME;
  const { id: last } = answer.at(-1)?.["response"] as { id: string };
  const empty = await answersTo(socket, { ...rest, input: [said("on")], previous_response_id: last });
  assertEquals(empty.map(({ type }) => type), ["response.created", "response.completed"]);
  socket.abort();
});

Deno.test("the fake's socket: sixty minutes, sixteen megabytes, and a script for POST", async () => {
  await using backend = await startFakeBackend();
  const socket = await connected(backend);
  backend.answer(usageLimitReached());
  const [limit] = await answersTo(socket, FRAME);
  assertEquals([limit?.["status"], (limit?.["error"] as { type: string }).type], [
    429,
    "usage_limit_reached",
  ]);
  backend.answer({ events: textAnswer(["Hi"]) });
  assertEquals((await answersTo(socket, FRAME)).length, textAnswer(["Hi"]).length);
  backend.sockets.ageMs = -1;
  const [old] = await answersTo(socket, FRAME);
  assertEquals((old?.["error"] as { code: string }).code, "websocket_connection_limit_reached");
  backend.sockets.ageMs = 1e9;
  const [end] = await answersTo(socket, { ...FRAME, instructions: "x".repeat(17 * 1024 * 1024) });
  assertEquals([end?.["type"], end?.["code"]], ["end", 1009]);
});

Deno.test("the fake's socket: it pings, and gives up on a client that does not answer", async () => {
  await using backend = await startFakeBackend();
  backend.sockets.pingMs = 5;
  const socket = await connected(backend);
  backend.answerSocket((async function* () {
    for (let round = 0; round < 3; round++) yield { pingPong: `${round}` } as const;
    yield* textAnswer(["Hi"]);
  })());
  assertEquals((await answersTo(socket, FRAME)).at(-1)?.["type"], "response.completed");
  await socket.close();
  // A client that opens and says nothing any more.
  const mute = await Deno.connect({ hostname: "127.0.0.1", port: backend.port });
  const { headers } = createTransport(backend).ask();
  const lines = [
    "GET /backend-api/codex/responses HTTP/1.1",
    "host: x",
    "upgrade: websocket",
    "connection: upgrade",
  ];
  lines.push("sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
  lines.push(...[...headers].map(([name, value]) => `${name}: ${value}`), "", "");
  await mute.write(new TextEncoder().encode(lines.join("\r\n")));
  let seen = "";
  const buffer = new Uint8Array(4096);
  while (!seen.includes("keepalive ping timeout")) {
    const count = await mute.read(buffer);
    assert(count !== null, seen);
    seen += new TextDecoder().decode(buffer.subarray(0, count));
  }
  mute.close();
});

Deno.test("the fake's transports are delayed each on its own", async () => {
  await using backend = await startFakeBackend();
  const order: string[] = [];
  backend.setDelays({ sseMs: 300, socketMs: 20 });
  const { headers } = createTransport(backend).ask();
  const post = async () => {
    const { type: _, ...body } = FRAME;
    const posted = new Headers(headers);
    posted.delete("openai-beta");
    const answer = await fetch(`${backend.url}/responses`, {
      method: "POST",
      headers: posted,
      body: JSON.stringify(body),
    });
    await answer.text();
    order.push("sse");
  };
  const socket = await connected(backend);
  await Promise.all([post(), answersTo(socket, FRAME).then(() => order.push("socket"))]);
  assertEquals(order, ["socket", "sse"]);
  socket.abort();
});
