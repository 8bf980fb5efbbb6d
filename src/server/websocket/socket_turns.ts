import { BOUNDS } from "../../bounds.ts";
import { replayEvents } from "../../conversations/replay.ts";
import { Problem } from "../../problem.ts";
import { readTextLimited } from "../../read_limited.ts";
import { lineSafe } from "../../wire/line_safe.ts";
import { type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import { readEvent } from "../../wire/responses_events.ts";
import type { BodyGate } from "../body_gate.ts";
import type { Call } from "../call.ts";
import type { RequestNote } from "../note.ts";
import { isNative } from "../pass_on.ts";
import type { RequestBody } from "../read_body.ts";
import type { ModelRoute, SocketRoute } from "../routes.ts";
import { everyTick } from "../ticker.ts";
import { deliver } from "./deliver.ts";
import {
  inLane,
  KEEPALIVE_MESSAGE,
  loginMessages,
  ownHeaders,
  problemMessage,
  refusalMessage,
} from "./messages.ts";
import { openNativeTurn } from "./native_turn.ts";
import type { ClientMessage } from "./read_message.ts";
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

/** What {@linkcode createSocketTurns} needs. */
export interface SocketTurnParts {
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
}

/** The requests of one socket that run. */
export interface SocketTurns {
  /** One request, from its message to the last event of its answer. Never rejects. */
  run(message: Create, bytes: number): Promise<void>;
  /** Ends what runs in a lane; false when nothing does. */
  cancel(lane: string | undefined): boolean;
  /** Ends everything that runs. */
  cancelAll(): void;
}

/** A message that is a request. */
export type Create = ClientMessage & { readonly type: "response.create" };

/** A Codex client hears something this often (websocket.md#cli-as-client: it waits for 300 s). */
const KEEPALIVE_MS = 20_000;
/** Header of a handshake that says nothing about a request. */
const SOCKET_HEADERS = /^(?:sec-websocket-|upgrade$|connection$|content-|transfer-encoding$)/;

/** Nothing runs yet. */
export function createSocketTurns(parts: SocketTurnParts): SocketTurns {
  const { sender, memory, desk, opened } = parts;
  const headers = toRequestHeaders(parts.headers);
  const running = new Map<string | undefined, AbortController>();

  function tell(message: JsonObject, lane: string | undefined): void {
    sender.send(inLane(lineSafe(parts.hide(JSON.stringify(message))), lane));
  }

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
    return { ...await desk.admit(opened, request, note), recent, isMessage: true };
  }

  /** @returns false when the answer reported a failure */
  async function runOther(call: Call, message: Create, bytes: number): Promise<boolean> {
    const { body, generates, lane } = message;
    const { previous_response_id: previous } = body;
    const defaults = typeof previous === "string" ? memory.get(previous)?.defaults : undefined;
    const route = generates ? parts.route.socket.create : parts.route.socket.begin;
    const response = await ask(call, route, { ...defaults, ...body }, bytes);
    return await pass(call, response, lane, false, (type, text) => {
      if (generates || type !== "response.completed") return;
      const id = textAt(recordAt(readEvent(text) ?? {}, "response") ?? {}, "id");
      if (id !== undefined) memory.put(id, { defaults: defaultsIn(body) }, bytes);
    });
  }

  async function runNative(call: Call, message: Create, bytes: number): Promise<boolean> {
    const { generates, lane } = message;
    const { previous_response_id: previous } = message.body;
    const defaults = typeof previous === "string" ? memory.get(previous)?.defaults : undefined;
    const turn = openNativeTurn({ ...defaults, ...message.body }, memory);
    // The backend's would be a request that is counted (websocket.md#warm-up).
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
    // Over a socket it comes in a message; it belongs to this user turn only (websocket.md#ws-events).
    const state = native ? response.headers.get("x-codex-turn-state") : null;
    if (state !== null) tell({ type: "response.metadata", headers: { "x-codex-turn-state": state } }, lane);
    const end = await deliver(response.body, {
      sender,
      lane,
      eventLimitBytes: settings["limits.event_limit_mb"] * 1024 * 1024,
      nowMs: parts.nowMs,
      signal,
      // A Codex client gets its messages as they came.
      headers: native ? {} : { "x-request-id": note.id, ...ownHeaders(response.headers) },
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
    run,
    cancel(lane) {
      const turn = running.get(lane);
      turn?.abort();
      return turn !== undefined;
    },
    cancelAll: () => running.forEach((turn) => turn.abort()),
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
