/** Faults of a WebSocket to the backend. POST would bring `ALL`: where no event has come, that is what clients get. */
import { OPCODES } from "../../src/wire/websocket/frames.ts";
import { failedAnswer, textAnswer } from "../fake/answers.ts";
import { CLOUDFLARE_CHALLENGE, overloaded, tokenRefused, usageLimitReached } from "../fake/failures.ts";
import type { Script } from "../fake/script.ts";
import { type SocketStep, textFrame } from "../fake/socket_script.ts";
import { type AnswerRow, failed, refused } from "./answer_row.ts";

const ALL = textAnswer(["One", " two", " three"]);
/** Where the second word begins: the first is out by then. */
const SECOND = ALL.findIndex((event) => event["delta"] === " two");
const BEGUN = ALL.slice(0, SECOND);
const REST = ALL.slice(SECOND);

const message = (value: unknown): SocketStep => ({ text: JSON.stringify(value) });
const raw = (...bytes: readonly number[]): SocketStep => ({ bytes: new Uint8Array(bytes) });
const MASKED: SocketStep = { frame: textFrame("{}"), mask: new Uint8Array([1, 2, 3, 4]) };
const BINARY: SocketStep = { frame: { ...textFrame("{}"), opcode: OPCODES.binary } };

const WHOLE: AnswerRow["sees"] = {
  stream: { status: 200, ends: "complete", text: /One/ },
  whole: { status: 200, ends: "complete", text: /One two three/ },
};
const answer = (): Script => ({ events: ALL });

/** The answer of POST, since the upgrade came to nothing. Some of the lanes try at the same time. */
function upgrade(fault: string, script: Script): AnswerRow {
  const socket = { upgrade: () => script, way: "sse" as const };
  return { fault: `upgrade: ${fault}`, answer, socket, sees: WHOLE };
}

/** The answer of POST, since the socket ended before an event. */
function instead(fault: string, ...steps: readonly SocketStep[]): AnswerRow {
  const socket = { frame: () => steps, way: "sse" as const };
  return { fault: `before the first event: ${fault}`, answer, socket, sees: WHOLE, asks: 2 };
}

/** An error in the stream, or of HTTP where nothing was sent yet; never a second request. */
function within(fault: string, ...steps: readonly SocketStep[]): AnswerRow {
  return {
    fault: `within the answer: ${fault}`,
    answer,
    socket: { frame: () => [...BEGUN, ...steps], way: "websocket" },
    sees: failed(502, /ended too early/),
    log: "stream_cut",
    never: /three/,
  };
}

/** Legal, and none of these may be taken for a fault. */
function legal(fault: string, ...steps: readonly SocketStep[]): AnswerRow {
  const socket = { frame: () => steps, way: "websocket" as const };
  return { fault: `no fault: ${fault}`, answer, socket, sees: WHOLE };
}

const UPGRADES: readonly AnswerRow[] = [
  upgrade("426", { status: 426, body: { detail: "Upgrade Required" } }),
  upgrade("404", { status: 404, body: { detail: "Not Found" } }),
  upgrade("401", tokenRefused("token_expired")),
  upgrade("403, a page of Cloudflare", CLOUDFLARE_CHALLENGE),
  upgrade("429", usageLimitReached()),
  upgrade("405", { status: 405, body: { detail: "Method Not Allowed" } }),
  upgrade("501", { status: 501, body: "" }),
  upgrade("500", { status: 500, body: { error: { message: "Oh no" } } }),
  upgrade("503", overloaded()),
  upgrade("a page with 200", { status: 200, body: "<html>" }),
  upgrade("a redirect", { status: 302, headers: { location: "/" }, body: "" }),
  upgrade("closed without an answer", { before: "close" }),
  upgrade("reset without an answer", { before: "reset" }),
  upgrade("no HTTP", { raw: "220 smtp.example.com\r\n\r\n" }),
  upgrade("headers without an end", { raw: `HTTP/1.1 101 X\r\n${"a: b\r\n".repeat(20_000)}` }),
  upgrade("half a head, then closed", { raw: "HTTP/1.1 101 Switching Protocols\r\nupgr" }),
  {
    fault: "upgrade: a subprotocol that nobody offered",
    answer,
    socket: { headers: { "sec-websocket-protocol": "chat" }, way: "sse" },
    sees: WHOLE,
  },
  {
    fault: "upgrade: a 101 that does not say to what",
    answer,
    socket: { headers: { upgrade: "" }, way: "sse" },
    sees: WHOLE,
  },
  {
    fault: "upgrade: a wrong accept key",
    answer,
    socket: { headers: { "sec-websocket-accept": "d3Jvbmc=" }, way: "sse" },
    sees: WHOLE,
  },
  {
    fault: "upgrade: compression that nobody offered",
    answer,
    socket: { headers: { "sec-websocket-extensions": "permessage-deflate" }, way: "sse" },
    sees: WHOLE,
  },
];

const INSTEAD: readonly AnswerRow[] = [
  ...[1000, 1001, 1008, 1009, 1011, 1012, 1013].map((code) =>
    instead(`closed with ${code}`, { closeWith: code })
  ),
  instead("closed without a code", raw(0x88, 0x00)),
  instead("closed with half a code", raw(0x88, 0x01, 0x03)),
  instead("a frame of a kind that does not exist", raw(0x83, 0x00)),
  instead("a ping in pieces", raw(0x09, 0x00)),
  instead("a ping that is too long", raw(0x89, 0x7e, 0x00, 0x7e)),
  instead("a piece without a beginning", raw(0x80, 0x01, 0x61)),
  instead(
    "a new socket is called too old",
    message({
      type: "error",
      status: 400,
      error: { code: "websocket_connection_limit_reached", message: "Create a new websocket connection." },
    }),
  ),
  instead("closed behind the limits", { type: "codex.rate_limits" }, { closeWith: 1011 }),
  instead("cut", { close: true }),
  instead("reset", { reset: true }),
  instead("half a frame, then cut", raw(0x81, 0x7e, 0x01), { close: true }),
  instead("a masked frame", MASKED),
  instead("a compressed frame", raw(0xc1, 0x00)),
  instead("a binary message", BINARY),
  instead("text that is not UTF-8", raw(0x81, 0x01, 0xff)),
  { ...instead("silence", { stall: true }), config: "first_event_seconds = 1\n" },
];

const LEGAL: readonly AnswerRow[] = [
  legal("all messages in one packet", { together: ALL }),
  legal(
    "messages in pieces of one byte",
    ...ALL.map((event) => ({ text: JSON.stringify(event), pieceBytes: 1 })),
  ),
  legal("a ping in the middle", ...BEGUN, { pingPong: "now" }, ...REST),
  legal(
    "the backend's own events in front and in the middle",
    { type: "codex.rate_limits" },
    { type: "response.metadata", headers: { "x-codex-turn-state": "ts" } },
    ...BEGUN,
    { type: "keepalive" },
    ...REST,
  ),
  legal("a pong that nobody asked for", raw(0x8a, 0x00), ...ALL),
  legal(
    "a ping between the pieces of a message",
    raw(0x01, 0x01, 0x7b),
    { pingPong: "between" },
    raw(0x80, 0x01, 0x7d),
    ...ALL,
  ),
  legal("response.done as the end", ...ALL.slice(0, -1), {
    ...ALL.at(-1),
    type: "response.done",
  }),
  legal("closed behind the last event", ...ALL, { closeWith: 1000 }),
  legal("reset behind the last event", ...ALL, { reset: true }),
];

const ERRORS: readonly AnswerRow[] = [
  {
    fault: "an error message: the plan is used up",
    answer: () => usageLimitReached(),
    socket: { way: "websocket" },
    sees: refused(429, /usage limit has been reached/),
    headers: { "retry-after": /^3[56]\d\d$/, "x-should-retry": /^false$/ },
    log: "rate_limited",
  },
  {
    fault: "an error message: too many requests",
    answer,
    socket: {
      frame: () => [
        message({
          type: "error",
          status: 429,
          error: { code: "rate_limit_exceeded", message: "Too many. Try again in 7s." },
          headers: { "retry-after": "7" },
        }),
      ],
      way: "websocket",
    },
    sees: refused(429, /Too many/),
    headers: { "retry-after": /^7$/ },
    asks: 3,
    log: "rate_limited",
  },
  {
    fault: "an error message with nothing but a detail",
    answer,
    socket: { frame: () => [message({ detail: "No way" })], way: "websocket" },
    sees: refused(502, /No way/),
    // Without a status it may be the backend's own failure, which is tried again.
    asks: 2,
    log: "backend_error",
  },
  {
    fault: "an error message with status_code",
    answer,
    socket: {
      frame: () => [
        message({
          type: "error",
          status_code: 400,
          error: { type: "invalid_request_error", message: "No way" },
        }),
      ],
      way: "websocket",
    },
    sees: refused(400, /No way/),
    log: "backend_refused",
    // In the standard lane, and in the lite lane.
    asks: 2,
  },
  {
    fault: "an error message, flat and without a status",
    answer,
    socket: {
      frame: () => [message({ type: "error", code: "server_is_overloaded", message: "Busy", param: null })],
      way: "websocket",
    },
    sees: refused(503, /overloaded/i),
    asks: 3,
    log: "overloaded",
  },
  {
    fault: "an error message behind the limits",
    answer,
    socket: {
      frame: () => [
        { type: "codex.rate_limits" },
        message({ type: "error", status: 500, error: { type: "server_error", message: "Oh no" } }),
      ],
      way: "websocket",
    },
    sees: refused(502, /Oh no/),
    log: "backend_error",
  },
  {
    fault: "response.failed as the answer",
    answer,
    socket: { frame: () => failedAnswer("server_error", "Oh no"), way: "websocket" },
    sees: refused(502, /Oh no/),
    log: "backend_error",
  },
];

const WITHIN: readonly AnswerRow[] = [
  ...[1000, 1001, 1011, 1012, 1013].map((code) => within(`closed with ${code}`, { closeWith: code })),
  within("a ping, then cut before the pong", raw(0x89, 0x00), { close: true }),
  within("a frame of a kind that does not exist", raw(0x83, 0x00)),
  within("a piece without a beginning", raw(0x80, 0x01, 0x61)),
  within("cut", { close: true }),
  within("reset", { reset: true }),
  within("half a frame, then cut", raw(0x81, 0x05, 0x7b), { close: true }),
  within("a masked frame", MASKED),
  within("a binary message", BINARY),
  within("a message within another", raw(0x01, 0x01, 0x61, 0x81, 0x01, 0x61)),
  within("text that is not UTF-8", raw(0x81, 0x01, 0xff)),
  {
    ...within("an error message", message({ type: "error", status: 500, error: { message: "Oh no" } })),
    sees: failed(502, /Oh no/),
    log: "backend_error",
  },
  {
    ...within("silence", { stall: true }),
    sees: failed(504, /the answer paused for 1 s/),
    log: "backend_timeout",
    closes: true,
  },
  {
    ...within("a message without end", raw(0x81, 0x7f, 0, 0, 0, 0, 0x40, 0, 0, 0)),
    sees: failed(502, /Larger than allowed/),
    log: "answer_too_large",
  },
];

/** Every row about a socket. */
export const OVER_A_SOCKET: readonly AnswerRow[] = [
  ...UPGRADES,
  ...INSTEAD,
  ...LEGAL,
  ...ERRORS,
  ...WITHIN,
];
