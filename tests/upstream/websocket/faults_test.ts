/** What the transport makes of everything that can go wrong on a socket: one row for each fault. */
import { assertEquals } from "@std/assert";
import { OPCODES } from "../../../src/wire/websocket/frames.ts";
import { errorFrame, notFound, tooOld } from "../../fake/backend_socket.ts";
import { type FakeBackend, startFakeBackend } from "../../fake/backend.ts";
import { failedAnswer, textAnswer } from "../../fake/answers.ts";
import { CLOUDFLARE_CHALLENGE, overloaded, tokenRefused, usageLimitReached } from "../../fake/failures.ts";
import { textFrame } from "../../fake/socket_script.ts";
import type { SocketStep } from "../../fake/socket_script.ts";
import { createTransport, DEADLINE_MS, type Transport } from "./transport.ts";

interface Row {
  readonly name: string;
  readonly arrange: (backend: FakeBackend, transport: Transport) => void;
  readonly expected: string;
  /** done once the backend has the upgrade, or the first frame */
  readonly then?: (transport: Transport) => void;
  readonly at?: "upgrade" | "frame";
}

const events = textAnswer(["Hello", " you"]);
const [created, progress] = events;
if (created === undefined || progress === undefined) throw new Error("an answer begins with two events");
const GOOD = "Hello you response.completed";
const HANDSHAKE = { upgrade: "websocket", connection: "Upgrade" };

/** The upgrade is answered with this. */
const upgrade = (script: Parameters<FakeBackend["answer"]>[0]) => (backend: FakeBackend) =>
  backend.answer(script, "UPGRADE");
/** The first frame is answered with these steps. */
const frame = (...steps: readonly SocketStep[]) => (backend: FakeBackend) => backend.answerSocket(steps);
const message = (value: unknown): SocketStep => ({ text: JSON.stringify(value) });
const raw = (...bytes: readonly number[]): SocketStep => ({ bytes: new Uint8Array(bytes) });
const late = (transport: Transport) => transport.clock.advance(DEADLINE_MS);
const limit = {
  type: "usage_limit_reached",
  message: "The usage limit has been reached",
  resets_in_seconds: 60,
};

const ROWS: readonly Row[] = [
  // Before the upgrade is answered.
  {
    name: "426",
    arrange: upgrade({ status: 426, body: { detail: "Upgrade Required" } }),
    expected: "refused 426: backend_refused 426 | post, remembered at_once",
  },
  {
    name: "404",
    arrange: upgrade({ status: 404, body: { detail: "Not Found" } }),
    expected: "refused 404: backend_refused 404 | post, remembered at_once",
  },
  {
    name: "401",
    arrange: upgrade(tokenRefused("token_expired")),
    expected: "refused 401: no_credentials 401 | post",
  },
  {
    name: "403 of Cloudflare",
    arrange: upgrade(CLOUDFLARE_CHALLENGE),
    expected: "refused 403: forbidden 403 | post",
  },
  {
    name: "429 usage limit",
    arrange: upgrade(usageLimitReached()),
    expected: "refused 429: rate_limited 429 | post",
  },
  { name: "503", arrange: upgrade(overloaded()), expected: "refused 503: overloaded 503 | post" },
  {
    name: "a page with 200",
    arrange: upgrade({ status: 200, body: "<html>" }),
    expected: "refused 200: backend_refused 200 | post",
  },
  {
    name: "a redirect",
    arrange: upgrade({ status: 302, headers: { location: "/" }, body: "" }),
    expected: "refused 302: backend_error 502 | post",
  },
  {
    name: "a refusal that is endless",
    arrange: upgrade({ status: 503, events: [{ flood: "x".repeat(65_536), limitBytes: 1 << 26 }] }),
    expected: "refused 503: overloaded 503 | post",
  },
  {
    name: "closed without an answer",
    arrange: upgrade({ before: "close" }),
    expected:
      "handshake: the connection was closed before an answer to the upgrade | post, remembered second_time",
  },
  {
    name: "reset without an answer",
    arrange: upgrade({ before: "reset" }),
    expected: "handshake: Connection reset by peer (os error 104) | post, remembered second_time",
  },
  {
    name: "no answer at all",
    arrange: upgrade({ before: "stall" }),
    at: "upgrade",
    then: late,
    expected: "handshake in time: no WebSocket within 10 s | post, remembered at_once",
  },
  {
    name: "half a head",
    arrange: upgrade({ raw: "HTTP/1.1 101 Switching Proto" }),
    expected:
      "handshake: the connection was closed before an answer to the upgrade | post, remembered second_time",
  },
  {
    name: "no HTTP",
    arrange: upgrade({ raw: "220 smtp.example.com\r\n\r\n" }),
    expected:
      "handshake: the answer to the upgrade is damaged: no HTTP/1.1 answer | post, remembered second_time",
  },
  {
    name: "headers without end",
    arrange: upgrade({ raw: `HTTP/1.1 101 X\r\n${"a: b\r\n".repeat(20_000)}` }),
    expected:
      "handshake: the answer to the upgrade is damaged: headers of more than 65536 bytes | post, remembered second_time",
  },
  {
    name: "another accept key",
    arrange: (backend) => void (backend.sockets.headers = { "sec-websocket-accept": "d3Jvbmc=" }),
    expected: "handshake: the answer is no WebSocket: its accept key is wrong | post, remembered second_time",
  },
  {
    name: "no accept key",
    arrange: (backend) => void (backend.sockets.headers = { "sec-websocket-accept": "" }),
    expected: "handshake: the answer is no WebSocket: its accept key is wrong | post, remembered second_time",
  },
  {
    name: "compression that nobody offered",
    arrange: (backend) =>
      void (backend.sockets.headers = { "sec-websocket-extensions": "permessage-deflate" }),
    expected:
      "handshake: the answer is no WebSocket: it granted an extension that was not offered | post, remembered second_time",
  },
  {
    name: "a protocol that nobody offered",
    arrange: (backend) => void (backend.sockets.headers = { "sec-websocket-protocol": "x" }),
    expected:
      "handshake: the answer is no WebSocket: it chose a protocol that was not offered | post, remembered second_time",
  },
  {
    name: "an upgrade to something else",
    arrange: (backend) => void (backend.sockets.headers = { ...HANDSHAKE, upgrade: "h2c" }),
    expected:
      "handshake: the answer is no WebSocket: it upgraded to something else | post, remembered second_time",
  },
  // Legal, and none of these may be taken for a fault.
  {
    name: "early hints in front of the 101",
    arrange: (backend) => void (backend.sockets.before101 = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"),
    expected: "You said: hello response.completed",
  },
  {
    name: "a frame in the packet of the 101",
    arrange: (backend) => void (backend.sockets.greeting = [{ type: "codex.rate_limits" }]),
    expected: "You said: hello response.completed",
  },
  { name: "two messages in one packet", arrange: frame({ together: events }), expected: GOOD },
  {
    name: "a message in pieces of one byte",
    arrange: frame(...events.map((event) => ({ text: JSON.stringify(event), pieceBytes: 1 }))),
    expected: GOOD,
  },
  {
    name: "a ping within a message",
    arrange: frame(
      { frame: { ...textFrame(JSON.stringify(created).slice(0, 9)), isLast: false } },
      { pingPong: "now" },
      { frame: { ...textFrame(JSON.stringify(created).slice(9)), opcode: OPCODES.continuation } },
      ...events.slice(1),
    ),
    expected: GOOD,
  },
  {
    name: "limits and keepalives in front",
    arrange: frame(
      { type: "codex.rate_limits" },
      { type: "keepalive" },
      { type: "response.metadata" },
      ...events,
    ),
    expected: GOOD,
  },
  {
    name: "response.done as the end",
    arrange: frame(...events.slice(0, -1), { ...events.at(-1), type: "response.done" }),
    expected: "Hello you response.done",
  },
  { name: "closed behind the last event", arrange: frame(...events, { closeWith: 1000 }), expected: GOOD },
  // Instead of an answer: error messages in all their shapes.
  {
    name: "error: nested, with status",
    arrange: frame(message({ type: "error", status: 429, error: limit })),
    expected: "error 429: rate_limited 429 | refusal",
  },
  {
    name: "error: status_code",
    arrange: frame(
      message({ type: "error", status_code: 400, error: { type: "invalid_request_error", message: "No" } }),
    ),
    expected: "error 400: backend_refused 400 | refusal",
  },
  {
    name: "error: flat",
    arrange: frame(message({ type: "error", code: "server_is_overloaded", message: "No", param: null })),
    expected: "error 503: overloaded 503 | refusal",
  },
  {
    name: "error: within a body",
    arrange: frame(
      message({ type: "error", status: 500, body: { error: { type: "server_error", message: "No" } } }),
    ),
    expected: "error 500: backend_error 502 | refusal",
  },
  {
    name: "error: only a detail",
    arrange: frame(message({ type: "error", status: 400, detail: "Unsupported parameter: x" })),
    expected: "error 400: backend_refused 400 | refusal",
  },
  {
    name: "error: without a type",
    arrange: frame(message({ detail: "Unsupported parameter: x" })),
    expected: "error 502: backend_error 502 | refusal",
  },
  {
    name: "error: the token",
    arrange: frame(message({ type: "error", status: 401, error: { code: "token_expired", message: "No" } })),
    expected: "error 401: no_credentials 401 | refusal",
  },
  {
    name: "error: the token, without a status",
    arrange: frame(message({ type: "error", error: { code: "token_invalidated", message: "No" } })),
    expected: "error 401: no_credentials 401 | refusal",
  },
  {
    name: "error: behind the limits",
    arrange: frame({ type: "codex.rate_limits" }, message({ type: "error", status: 429, error: limit })),
    expected: "error 429: rate_limited 429 | refusal",
  },
  {
    name: "error: too old at the first frame",
    arrange: frame(message(errorFrame(tooOld()))),
    expected: "spent | post",
  },
  {
    name: "error: chain lost without a chain",
    arrange: frame(message(errorFrame(notFound("resp_1")))),
    expected: "error 400: backend_refused 400 | refusal",
  },
  // Instead of an answer: the socket ends.
  ...[1000, 1001, 1008, 1011, 1012].map((code): Row => ({
    name: `closed with ${code}`,
    arrange: frame({ closeWith: code, reason: "so" }),
    expected: `closed ${code} by peer so | post`,
  })),
  {
    name: "too large for the backend",
    arrange: frame({ closeWith: 1009, reason: "message too big" }),
    expected: "closed 1009 by peer message too big | post",
  },
  { name: "closed without a code", arrange: frame(raw(0x88, 0x00)), expected: "closed 1005 by peer | post" },
  {
    name: "cut before the first event",
    arrange: frame({ close: true }),
    expected: "closed 1006 by network the connection was closed | post",
  },
  {
    name: "reset before the first event",
    arrange: frame({ reset: true }),
    expected: "closed 1006 by network Connection reset by peer (os error 104) | post",
  },
  {
    name: "half a frame, then cut",
    arrange: frame(raw(0x81, 0x7e, 0x01), { close: true }),
    expected: "closed 1006 by network the connection was closed | post",
  },
  {
    name: "a masked frame",
    arrange: frame({ frame: textFrame("{}"), mask: new Uint8Array([1, 2, 3, 4]) }),
    expected: "closed 1002 by us a frame with a mask | post",
  },
  {
    name: "a compressed frame",
    arrange: frame(raw(0xc1, 0x00)),
    expected: "closed 1002 by us a frame with reserved bits | post",
  },
  {
    name: "a binary message",
    arrange: frame({ frame: { ...textFrame("{}"), opcode: OPCODES.binary } }),
    expected: "closed 1003 by us a binary message, which has no meaning here | post",
  },
  {
    name: "text that is not UTF-8",
    arrange: frame(raw(0x81, 0x01, 0xff)),
    expected: "closed 1007 by us a text that is not UTF-8 | post",
  },
  {
    name: "a message beyond the limit",
    arrange: frame(raw(0x81, 0x7f, 0, 0, 0, 0, 0x40, 0, 0, 0)),
    expected: "closed 1009 by us a message of more than 1048576 bytes | post",
  },
  {
    name: "silence, without a pong",
    arrange: frame({ stall: true }),
    at: "frame",
    then: (transport) => void transport.clock.advance(4 * 25_000),
    expected: "closed 1006 by network no sign of life | post",
  },
  // Within an answer: never repeated, never whole.
  ...[1000, 1001, 1011].map((code): Row => ({
    name: `closed with ${code} after the opening`,
    arrange: frame(created, progress, { closeWith: code }),
    expected:
      ` cut: The answer of the ChatGPT backend ended too early: the backend closed the socket with the code ${code}`,
  })),
  {
    name: "cut in the middle",
    arrange: frame(...events.slice(0, 5), { close: true }),
    expected:
      "Hello cut: The answer of the ChatGPT backend ended too early: the socket broke (the connection was closed)",
  },
  {
    name: "reset in the middle",
    arrange: frame(...events.slice(0, 5), { pingPong: "taken" }, { reset: true }),
    expected:
      "Hello cut: The answer of the ChatGPT backend ended too early: the socket broke (Connection reset by peer (os error 104))",
  },
  {
    name: "half a frame in the middle",
    arrange: frame(...events.slice(0, 5), raw(0x81, 0x05, 0x7b), { close: true }),
    expected:
      "Hello cut: The answer of the ChatGPT backend ended too early: the socket broke (the connection was closed)",
  },
  {
    name: "a message within another",
    arrange: frame(...events.slice(0, 5), raw(0x01, 0x01, 0x61, 0x81, 0x01, 0x61)),
    expected:
      "Hello cut: The answer of the ChatGPT backend ended too early: the socket was closed here with the code 1002 (a message within another)",
  },
  {
    name: "an error message in the middle",
    arrange: frame(...events.slice(0, 5), message({ type: "error", status: 500, error: {} })),
    expected: "Hello error",
  },
  {
    name: "response.failed",
    arrange: frame(...failedAnswer("server_error", "No")),
    expected: " response.failed",
  },
];

for (const row of ROWS) {
  Deno.test(`a socket's fault: ${row.name}`, async () => {
    await using backend = await startFakeBackend();
    await using transport = createTransport(backend);
    row.arrange(backend, transport);
    const telling = transport.tell();
    if (row.then !== undefined) {
      await backend.nextRequest(row.at === "upgrade" ? "UPGRADE" : undefined);
      row.then(transport);
    }
    assertEquals(await telling, row.expected);
    assertEquals(backend.frames.length <= 1, true, "nothing was sent twice");
  });
}

Deno.test("there are forty faults and more", () => {
  assertEquals(ROWS.length >= 40, true);
  assertEquals(new Set(ROWS.map(({ name }) => name)).size, ROWS.length);
});
