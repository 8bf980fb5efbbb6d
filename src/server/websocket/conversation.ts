import { BOUNDS } from "../../bounds.ts";
import { readTextLimited } from "../../read_limited.ts";
import { replayEvents } from "../../conversations/replay.ts";
import { Problem } from "../../problem.ts";
import { type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import type { BodyGate } from "../body_gate.ts";
import type { Call } from "../call.ts";
import type { RequestNote } from "../note.ts";
import { isNative } from "../pass_on.ts";
import type { RequestBody } from "../read_body.ts";
import type { ModelRoute, SocketRoute } from "../routes.ts";
import { everyTick } from "../ticker.ts";
import { deliver } from "./deliver.ts";
import { createLanes } from "./lanes.ts";
import {
  inLane,
  KEEPALIVE_MESSAGE,
  loginMessages,
  problemMessage,
  refusalMessage,
  steerRefusal,
} from "./messages.ts";
import { openNativeTurn } from "./native_turn.ts";
import { type ClientMessage, parseMessage, readMessage } from "./read_message.ts";
import type { SocketMemory } from "./remembered.ts";
import type { Sender } from "./sender.ts";

/** Where the requests of sockets are taken, as those that come by POST are. */
export interface SocketDesk {
  /** A note for a request that begins now. */
  begin(method: string): RequestNote;
  /** Lets it in, with the settings and the key of this moment. @throws Problem api_key_refused */
  admit(opened: Call, request: Request, note: RequestNote): Promise<Call>;
  /** Answers it, in one of the places that there are. @throws Problem */
  ask(call: Call, route: ModelRoute, body: RequestBody): Promise<Response>;
  /** What was thrown, as a problem, noted. */
  problemOf(error: unknown, note: RequestNote): Problem;
  /** The request is over, its answer sent. */
  end(note: RequestNote): void;
}

/** What {@linkcode createConversation} needs. */
export interface ConversationParts {
  /** the upgrade, as it was let in; its headers count for every request of the socket */
  readonly opened: Call;
  readonly headers: Headers;
  readonly route: SocketRoute;
  readonly desk: SocketDesk;
  readonly sender: Sender;
  readonly memory: SocketMemory;
  readonly bodyGate: BodyGate;
  /** takes the secrets out of the text of a failure */
  readonly hide: (text: string) => string;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** called whenever nothing runs any more */
  readonly onIdle: () => void;
}

/** One socket: what is said on it. */
export interface Conversation {
  /** Takes a message, as the socket gave it. */
  receive(data: unknown): void;
  /** Closes it: at once when nothing runs, else behind what runs; settles then. */
  end(how: Ending): Promise<void>;
  /** The client is gone: what runs is cancelled, and what is remembered forgotten. */
  leave(): void;
  readonly isIdle: boolean;
}

/** Why a socket is closed. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  /** told before */
  readonly problem?: Problem;
}

/** Requests that wait for their turn. */
const WAITING = 16;
/** Lanes that run at once. */
const RUNNING_LANES = 8;
/** Messages in a row that nobody understands, before the socket is closed. */
const BAD_MESSAGES = 3;
/** A Codex client hears something this often (websocket.md#cli-as-client: it waits for 300 s). */
const KEEPALIVE_MS = 20_000;
/** Header of a message's request that only means something to a socket. */
const SOCKET_HEADERS = /^(?:sec-websocket-|upgrade$|connection$|content-|transfer-encoding$)/;

type Create = ClientMessage & { readonly type: "response.create" };

/** The conversation on a socket that was opened now. */
export function createConversation(parts: ConversationParts): Conversation {
  const { sender, memory, desk, opened } = parts;
  const headers = toRequestHeaders(parts.headers);
  const running = new Map<string | undefined, AbortController>();
  let badInARow = 0;
  let ending: Ending | undefined;
  let isLeft = false;
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<void>();
  const limitBytes = opened.settings["limits.websocket_message_mb"] * 1024 * 1024;
  const lanes = createLanes({
    running: RUNNING_LANES,
    waiting: WAITING,
    waitingBytes: limitBytes,
    onIdle: () => ending === undefined ? parts.onIdle() : close(ending),
  });

  function tell(message: JsonObject, lane: string | undefined): void {
    sender.send(inLane(parts.hide(JSON.stringify(message)), lane));
  }

  /** A message that cannot be taken; the socket stays open for better ones. */
  function refuse(problem: Problem, lane: string | undefined): void {
    tell(problemMessage(problem, false), lane);
    if (++badInARow >= BAD_MESSAGES) close({ code: 1008, reason: "too many bad messages" });
  }

  function close({ code, reason, problem }: Ending): void {
    lanes.clear();
    if (problem !== undefined) tell(problemMessage(problem, false), undefined);
    sender.close(code, reason);
    tellClosed();
  }

  function receive(data: unknown): void {
    if (isLeft || ending !== undefined) return;
    const bytes = typeof data === "string" ? data.length : 0;
    if (bytes > limitBytes) {
      const problem = new Problem("body_too_large", `found ${bytes} characters in a message`, {
        hint: "Send a smaller message, or raise limits.websocket_message_mb",
      });
      return close({ code: 1009, reason: "message too big", problem });
    }
    let lane: string | undefined;
    try {
      const parsed = parseMessage(data);
      lane = textAt(parsed, "stream_id");
      take(readMessage(parsed), bytes);
      badInARow = 0;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refuse(error, lane?.slice(0, 128));
    }
  }

  function take(message: ClientMessage, bytes: number): void {
    switch (message.type) {
      case "response.create": {
        // A lane of the client's and the one without a name are told apart.
        const lane = message.lane === undefined ? "" : `#${message.lane}`;
        if (lanes.add({ lane, bytes, run: () => run(message, bytes) })) return;
        const problem = new Problem("too_many_requests", `${WAITING} wait on this connection`, {
          apiCode: "rate_limit_exceeded",
          headers: { "retry-after": "1" },
        });
        return tell(problemMessage(problem, false), message.lane);
      }
      case "response.cancel": {
        const turn = running.get(message.lane);
        if (turn === undefined) throw new Problem("bad_request", "nothing runs that could be cancelled");
        return turn.abort();
      }
      case "response.steer":
        return tell(steerRefusal(message.message), message.lane);
      case "response.processed":
        return;
      default:
        message satisfies never;
    }
  }

  /** One request, from its message to the last event of its answer. */
  async function run(message: Create, bytes: number): Promise<void> {
    const { lane } = message;
    const turn = new AbortController();
    running.set(lane, turn);
    const note = desk.begin("WS");
    note.route = opened.note.route;
    const previous = textAt(message.body, "previous_response_id");
    let native = false;
    let stopTicks = () => {};
    try {
      const call = await toCall(note, turn.signal);
      native = isNative(call, message.body) ||
        (previous !== undefined && memory.get(previous)?.items !== undefined);
      if (native) stopTicks = keepAlive(lane);
      const isWhole = await (native ? runNative : runOther)(call, message, bytes);
      if (!isWhole && previous !== undefined) memory.forget(previous);
      note.status ||= 200;
    } catch (error) {
      const problem = desk.problemOf(error, note);
      note.status = problem.status;
      // What failed to go on from there has thrown it away (websocket.md#chain).
      if (previous !== undefined) memory.forget(previous);
      if (problem.code === "client_closed" && !turn.signal.aborted) {
        sender.close(1008, "nothing was read for too long");
      } else if (native && problem.status === 401) {
        const id = `resp_${parts.newId()}`;
        loginMessages(`${problem.message}. ${problem.hint}`, id).forEach((each) => tell(each, lane));
      } else tell(problemMessage(problem, native), lane);
    } finally {
      stopTicks();
      running.delete(lane);
      desk.end(note);
    }
  }

  /** A request as its POST. @throws Problem api_key_refused */
  async function toCall(note: RequestNote, signal: AbortSignal): Promise<Call> {
    const request = new Request(opened.url, { method: "POST", headers, signal });
    const recent: Call["recent"] = {
      find: (id) => memory.get(id)?.recent,
      keep: (id, response) => memory.put(id, { recent: response }, JSON.stringify(response.items).length),
    };
    return { ...await desk.admit(opened, request, note), recent };
  }

  /** @returns false when the answer told of a failure */
  async function runOther(call: Call, message: Create, bytes: number): Promise<boolean> {
    const { body, generates, lane } = message;
    const { previous_response_id: previous } = body;
    const defaults = typeof previous === "string" ? memory.get(previous)?.defaults : undefined;
    const route = generates ? parts.route.socket.create : parts.route.socket.begin;
    const response = await ask(call, route, { ...defaults, ...body }, bytes);
    return await pass(call, response, lane, false, (type, text) => {
      if (generates || type !== "response.completed") return;
      const id = textAt(recordAt(JSON.parse(text), "response") ?? {}, "id");
      if (id !== undefined) memory.put(id, { defaults: defaultsIn(body) }, bytes);
    });
  }

  async function runNative(call: Call, message: Create, bytes: number): Promise<boolean> {
    const { generates, lane } = message;
    const { previous_response_id: previous } = message.body;
    const defaults = typeof previous === "string" ? memory.get(previous)?.defaults : undefined;
    const turn = openNativeTurn({ ...defaults, ...message.body }, memory);
    if (!generates) {
      const id = `resp_${parts.newId()}`;
      memory.put(id, { items: turn.input, defaults: defaultsIn(message.body) }, bytes);
      beginning(id, textAt(message.body, "model")).forEach((event) => tell(event, lane));
      return true;
    }
    const request = new Request(call.request, {
      headers: { ...Object.fromEntries(headers), ...turn.headers },
    });
    const response = await ask({ ...call, request }, parts.route.socket.create, turn.body, bytes);
    const isWhole = await pass(call, response, lane, true, turn.onEvent);
    call.note.usage = turn.usage;
    if (isWhole) turn.keep(bytes);
    return isWhole;
  }

  /** The answer to a body, whose bytes are only made when they are sent as they are. */
  async function ask(call: Call, route: ModelRoute, json: JsonObject, size: number): Promise<Response> {
    const { note, request: { signal } } = call;
    const room = await parts.bodyGate.working.enter(size, signal);
    note.work.hold(room.leave);
    return await desk.ask(call, route, {
      get bytes() {
        return new TextEncoder().encode(JSON.stringify(json));
      },
      encoding: undefined,
      json,
    });
  }

  /** Sends what came back. @returns false when it was, or ended as, a failure */
  async function pass(
    { settings, note, request: { signal } }: Call,
    response: Response,
    lane: string | undefined,
    native: boolean,
    onEvent: (type: string, text: string) => void,
  ): Promise<boolean> {
    note.status = response.status;
    if (response.status >= 400 || response.body === null) {
      const text = await readTextLimited(response.body, BOUNDS.errorBody);
      if (native && response.status === 401) {
        throw new Problem("no_credentials", "the backend refused the login");
      }
      tell(refusalMessage(response.status, response.headers, text), lane);
      return false;
    }
    const end = await deliver(response.body, {
      sender,
      lane,
      eventLimitBytes: settings["limits.event_limit_mb"] * 1024 * 1024,
      nowMs: parts.nowMs,
      signal,
      onEvent,
    });
    return end === "response.completed" || end === "response.incomplete";
  }

  function keepAlive(lane: string | undefined): () => void {
    return everyTick(() => {
      if (sender.silentMs() >= KEEPALIVE_MS) sender.send(inLane(KEEPALIVE_MESSAGE, lane));
    });
  }

  return {
    receive,
    end(how) {
      if (ending !== undefined) return closed;
      ending = how;
      if (lanes.isIdle) close(how);
      else lanes.clear();
      return closed;
    },
    leave() {
      isLeft = true;
      lanes.clear();
      for (const turn of running.values()) turn.abort();
      memory.clear();
      tellClosed();
    },
    get isIdle() {
      return lanes.isIdle;
    },
  };
}

/** What a response without an answer hands down to the one that continues it. */
function defaultsIn({ instructions, tools }: JsonObject): JsonObject {
  return {
    ...(instructions === undefined ? {} : { instructions }),
    ...(tools === undefined ? {} : { tools }),
  };
}

/** The events of a Codex client's response that asked nobody. */
function beginning(id: string, model: string | undefined): JsonObject[] {
  const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
  return replayEvents({ id, object: "response", status: "completed", model: model ?? "", output: [], usage });
}

/** The headers that a POST would have had. */
function toRequestHeaders(handshake: Headers): Headers {
  const headers = new Headers();
  for (const [name, value] of handshake) if (!SOCKET_HEADERS.test(name)) headers.set(name, value);
  // Of the protocol of sockets (websocket.md#handshake-headers).
  if (headers.get("openai-beta")?.includes("responses_websockets") === true) headers.delete("openai-beta");
  return headers;
}
