/**
 * The backend's WebSocket, as strict as `.github/docs/websocket.md`: what it wants of the upgrade, which frames it refuses and in which
 * words, what it remembers of a connection, and when it ends one.
 */
import { acceptOf } from "../../src/wire/websocket/handshake.ts";
import { OPCODES } from "../../src/wire/websocket/frames.ts";
import type { Exchange } from "./http_server.ts";
import { detail, invalid, type Refusal } from "../../src/demo/refusal.ts";
import { isRecord, type JsonObject } from "../../src/wire/json.ts";
import type { EventStep } from "./script.ts";
import { createServerSocket, type ServerSocket, type SocketStep, type SocketSteps } from "./socket_script.ts";

/** What can be set about the backend's sockets; it may be changed while they are open. */
export interface SocketSettings {
  /** a frame that comes later is refused; sixty minutes by default */
  ageMs: number;
  /** the backend pings so often; never by default */
  pingMs: number | undefined;
  /** bytes of one message */
  limitBytes: number;
  /** headers of the 101; "" leaves one out */
  headers: Record<string, string>;
  /** written in front of the 101, e.g. early hints */
  before101: string;
  /** steps that follow the 101 in the same packet or later, before anything is read */
  greeting: SocketSteps;
}

/** The settings as the backend has them. */
export function socketSettings(): SocketSettings {
  return {
    ageMs: 60 * 60_000,
    pingMs: undefined,
    limitBytes: 16 * 1024 * 1024,
    headers: {},
    before101: "",
    greeting: [],
  };
}

/** One frame of a client. */
export interface SocketFrame {
  readonly text: string;
  readonly json: unknown;
  /** counts the sockets from 1 */
  readonly socket: number;
  /** the whole conversation: what the socket remembers, and what came */
  readonly whole: unknown;
}

/** What {@linkcode serveSocket} asks of the backend around it. */
export interface SocketHost {
  readonly settings: SocketSettings;
  readonly nowMs: () => number;
  /** refuses a body of `response.create`; its `input` is the whole conversation */
  refuse(body: JsonObject): Refusal | undefined;
  /** what follows on a frame that is not refused */
  answer(frame: SocketFrame): SocketSteps | Promise<SocketSteps>;
  /** told of every frame, and of what refused it */
  record(frame: SocketFrame, refusal: Refusal | undefined): void;
}

const PROTOCOL = "responses_websockets=2026-02-06";
/** Headers that belong to the body of a POST, or to a browser. */
const MISPLACED = ["content-type", "content-encoding", "origin", "sec-websocket-protocol"];
/** Checks the upgrade itself; access is checked elsewhere. */
export function refuseUpgrade(headers: Record<string, string>): Refusal | undefined {
  if (headers["upgrade"]?.toLowerCase() !== "websocket") return detail("Upgrade Required", 426);
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers["connection"] ?? "")) return detail("No upgrade");
  if (headers["sec-websocket-version"] !== "13") return detail("Unsupported version", 426);
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers["sec-websocket-key"] ?? "")) return detail("Bad key");
  if (headers["openai-beta"] !== PROTOCOL) {
    return detail(`Unsupported OpenAI-Beta: ${headers["openai-beta"]}`);
  }
  const missing = ["host", "originator", "user-agent"].find((name) => headers[name] === undefined);
  if (missing !== undefined) return detail(`Missing header: ${missing}`);
  const wrong = MISPLACED.find((name) => headers[name] !== undefined);
  return wrong === undefined ? undefined : detail(`Unexpected header: ${wrong}`);
}

const ANY_INPUT = [{ type: "message", role: "user", content: [{ type: "input_text", text: "x" }] }];

/** What a socket remembers: its last response only. */
interface Memory {
  readonly id: string;
  readonly input: readonly unknown[];
  readonly rest: JsonObject;
}

/** Answers the upgrade and serves the socket until it ends. */
export async function serveSocket(
  exchange: Exchange,
  headers: Record<string, string>,
  number: number,
  host: SocketHost,
): Promise<void> {
  const { settings } = host;
  const openedMs = host.nowMs();
  const lines = Object.entries({
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-accept": await acceptOf(headers["sec-websocket-key"] ?? ""),
    ...settings.headers,
  }).filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}`);
  const head = `${settings.before101}HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`;
  void exchange.raw(new TextEncoder().encode(head));
  const socket = createServerSocket(exchange, settings.limitBytes);
  const stopPings = keepAlive(socket, exchange, settings.pingMs);
  try {
    for await (const step of settings.greeting) await socket.send(step);
    let memory: Memory | undefined;
    for (;;) {
      const received = await socket.receive();
      if (received === undefined || exchange.isCancelled()) return;
      switch (received.kind) {
        case "close":
          await socket.send({ frame: closeFrame(received.code) });
          return exchange.close();
        case "fault":
          await socket.send({ closeWith: received.code, reason: received.reason });
          return;
        case "text":
          memory = await answerFrame(socket, received.text, memory, { host, openedMs, number, exchange });
          break;
        default:
          await socket.send({ closeWith: 1003, reason: "only text" });
          return;
      }
    }
  } finally {
    stopPings();
    if (!exchange.isCancelled()) exchange.close();
  }
}

function closeFrame(code: number) {
  const payload = code === 1005 ? new Uint8Array(0) : new Uint8Array([code >> 8, code & 0xff]);
  return { opcode: OPCODES.close, isLast: true, payload };
}

/** Pings, and gives up on a client that did not answer the last one (websocket.md#ws-limits). */
function keepAlive(socket: ServerSocket, exchange: Exchange, pingMs: number | undefined): () => void {
  if (pingMs === undefined) return () => {};
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.pongs.length < sent) {
      clearInterval(timer);
      void socket.send({ closeWith: 1011, reason: "keepalive ping timeout" });
      return;
    }
    sent++;
    const payload = new TextEncoder().encode(`alive ${sent}`);
    void socket.send({ frame: { opcode: OPCODES.ping, isLast: true, payload } });
  }, pingMs);
  void exchange.cancelled.then(() => clearInterval(timer));
  return () => clearInterval(timer);
}

interface Serving {
  readonly host: SocketHost;
  readonly openedMs: number;
  readonly number: number;
  readonly exchange: Exchange;
}

/** Answers one frame; gives what the socket remembers from then on. */
async function answerFrame(
  socket: ServerSocket,
  text: string,
  memory: Memory | undefined,
  { host, openedMs, number, exchange }: Serving,
): Promise<Memory | undefined> {
  const json = parse(text);
  const body = isRecord(json) ? json : {};
  const { previous_response_id: previous, input, type: _, generate, ...rest } = body;
  const known = previous !== undefined && previous === memory?.id ? memory.input : [];
  const whole = { ...rest, input: Array.isArray(input) ? [...known, ...input] : input };
  // A warm-up may come without any input (websocket.md#chain).
  const isWarmUp = generate === false && Array.isArray(whole.input) && whole.input.length === 0;
  const frame: SocketFrame = { text, json, socket: number, whole };
  const refusal = host.nowMs() - openedMs > host.settings.ageMs
    ? tooOld()
    : refuseFrame(json, memory) ?? host.refuse(isWarmUp ? { ...whole, input: ANY_INPUT } : whole);
  host.record(frame, refusal);
  if (refusal !== undefined) {
    await socket.send({ text: JSON.stringify(errorFrame(refusal)) });
    return undefined;
  }
  const isEmpty = generate === false || (previous !== undefined && misses(rest, memory));
  const steps: SocketSteps = isEmpty ? emptyAnswer(number, host.nowMs()) : await host.answer(frame);
  const output: unknown[] = [];
  let id: unknown;
  for await (const step of steps) {
    if (exchange.isCancelled()) return undefined;
    await socket.send(step);
    for (const event of eventsOf(step)) {
      if (event.type === "response.output_item.done") output.push(withoutId(event["item"]));
      const response = isRecord(event["response"]) ? event["response"] : {};
      if (event.type === "response.completed" || event.type === "response.done") id = response["id"];
    }
  }
  if (typeof id !== "string") return undefined;
  return { id, input: [...(Array.isArray(whole.input) ? whole.input : []), ...output], rest };
}

/** What a response put out is known by the response: its ids do not count among those of the input. */
function withoutId(item: unknown): unknown {
  if (!isRecord(item)) return item;
  const { id: _, ...rest } = item;
  return rest;
}

function eventsOf(step: SocketStep): readonly EventStep[] {
  if ("type" in step) return [step];
  if ("together" in step) return step.together;
  const value = "text" in step ? parse(step.text) : undefined;
  return isRecord(value) && typeof value["type"] === "string" ? [{ ...value, type: value["type"] }] : [];
}

/** What a frame may not say, whatever its body. */
function refuseFrame(json: unknown, memory: Memory | undefined): Refusal | undefined {
  if (!isRecord(json)) return invalid("The message is not a JSON object.");
  if (json["type"] !== "response.create") return invalid(`Unknown message type: '${json["type"]}'.`, "type");
  for (const key of ["stream_id", "background", "stream_options"]) {
    if (key in json) return detail(`Unsupported parameter: ${key}`);
  }
  const metadata = json["client_metadata"];
  if (isRecord(metadata)) {
    const key = Object.keys(metadata).find((name) => typeof metadata[name] !== "string");
    if (key !== undefined) return invalid(`Invalid type for 'client_metadata.${key}'.`, "client_metadata");
  }
  const previous = json["previous_response_id"];
  if (previous === undefined) return undefined;
  if (previous !== memory?.id) return notFound(previous);
  const input = Array.isArray(json["input"]) ? json["input"] : [];
  const last = memory.input.at(-1);
  const isRepeated = input.some((item) => JSON.stringify(item) === JSON.stringify(last));
  return isRepeated ? invalid("Duplicate item: the response has it already.", "input") : undefined;
}

/** True when a continuation leaves out what the response before had: it is then answered with nothing. */
function misses(rest: JsonObject, memory: Memory | undefined): boolean {
  return ["instructions", "prompt_cache_key"].some((key) => key in (memory?.rest ?? {}) && !(key in rest));
}

/** 400: the response is not what this socket did last. */
export function notFound(id: unknown): Refusal {
  return invalid(
    `Previous response with id '${id}' not found.`,
    "previous_response_id",
    "previous_response_not_found",
  );
}

/** 400: the sixty minutes are over. */
export function tooOld(): Refusal {
  return invalid(
    "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.",
    null,
    "websocket_connection_limit_reached",
  );
}

/** A refusal as a message: the body of a POST's answer with its status. */
export function errorFrame({ status, body, headers }: Refusal): JsonObject {
  return {
    type: "error",
    status,
    ...(isRecord(body) ? body : { error: { message: String(body) } }),
    ...(headers === undefined ? {} : { headers }),
  };
}

function emptyAnswer(number: number, nowMs: number): EventStep[] {
  const response = { id: `resp_empty${number}_${nowMs}`, object: "response", output: [], model: "gpt-5.5" };
  return [
    { type: "response.created", response: { ...response, status: "in_progress" } },
    { type: "response.completed", response: { ...response, status: "completed", usage: null } },
  ];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
