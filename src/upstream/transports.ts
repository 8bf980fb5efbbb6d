import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { isRecord, parseJson, recordAt, textAt } from "../wire/json.ts";
import { openReader } from "./byte_reader.ts";
import { type Refusal, toUpstreamProblem } from "./errors.ts";
import { firstEventLimitMs, watchFirst } from "./first_event.ts";
import { LITE_HEADER, toUpstreamHeaders, type UpstreamAccess } from "./headers.ts";
import { originOf, type Post, type Posted } from "./post.ts";
import type { AskAnswer, EitherBody, EitherSending, WayFallback } from "./sending.ts";
import { openEvents } from "./socket_source.ts";
import { createTurnStates, TURN_STATE, type TurnState } from "./turn_states.ts";
import { fallbackOf, type TransportMemory } from "./websocket/fallback.ts";
import { toHandshakeHeaders } from "./websocket/handshake_headers.ts";
import type { SocketEnd } from "./websocket/socket.ts";
import type { Sockets } from "./websocket/sockets.ts";

/** What {@linkcode createTransports} needs. */
export interface TransportsOptions {
  readonly post: Post;
  /** the next POST uses a new connection: the one that is open carried a request into silence */
  readonly renewConnections: () => void;
  /** undefined where everything has to go by POST, as in a recording */
  readonly sockets: Sockets | undefined;
  readonly memory: TransportMemory;
  /** called with the headers of every answer: limits, catalogue tag */
  readonly onHeaders: (headers: Headers) => void;
  /** called with every `codex.rate_limits` event */
  readonly onLimits: (event: unknown) => void;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Sends a request once over the transport that fits. */
export interface Transports {
  /**
   * @param onUncertain called when the backend may have worked on a request that is sent again
   * @throws Problem when there is no answer
   */
  ask(
    sending: EitherSending,
    body: EitherBody,
    access: UpstreamAccess,
    onUncertain: () => void,
  ): Promise<AskAnswer | Refusal>;
}

/** One request on its way. */
interface Trip {
  readonly sending: EitherSending;
  readonly body: EitherBody;
  readonly access: UpstreamAccess;
  readonly onUncertain: () => void;
  readonly turnState: TurnState;
  readonly onBackendEvent: AskAnswer["onBackendEvent"];
}

/** A WebSocket did not bring the answer. */
type NoSocket = { readonly fallback: WayFallback; readonly wasSilent: boolean };

/**
 * A WebSocket where one works, since its first token comes in a quarter of the time (websocket.md#fast-lane); POST
 * where it does not, and only before the first event: from then on the answer is the one that has begun. What did not
 * work is remembered, so that it costs its time once (`websocket/fallback.ts`).
 *
 * Silence in front of the first event is ended once, on either transport: the ask is sent again by POST, on another
 * connection.
 */
export function createTransports(options: TransportsOptions): Transports {
  const { memory, sockets, log } = options;
  const turnStates = createTurnStates();

  return {
    async ask(sending, body, access, onUncertain) {
      const turnState = turnStates.of(`${access.accountId} ${sending.headers.conversationId}`, body);
      const onBackendEvent = (type: string, data: string) => readBackendEvent(type, data, turnState);
      const trip: Trip = { sending, body, access, onUncertain, turnState, onBackendEvent };
      if (sockets === undefined || sending.transport === "sse") return await overPost(trip, undefined, false);
      const reason = sending.transport === "auto" ? memory.reason() : undefined;
      if (reason !== undefined) return await overPost(trip, { kind: "remembered", reason }, false);
      const answer = await overSocket(trip, sockets);
      if (!("fallback" in answer)) return answer;
      log("info", "sent by POST, without a WebSocket", { reason: answer.fallback.reason });
      return await overPost(trip, answer.fallback, answer.wasSilent);
    },
  };

  function readBackendEvent(type: string, data: string, turnState: TurnState): void {
    const isLimits = type === "codex.rate_limits";
    if (!isLimits && type !== "response.metadata" && type !== "codex.response.metadata") return;
    const event = parseJson(data);
    if (!isRecord(event)) return;
    if (isLimits) options.onLimits(event);
    else turnState.learn(textAt(recordAt(event, "headers") ?? {}, TURN_STATE));
  }

  async function overSocket(trip: Trip, open: Sockets): Promise<AskAnswer | Refusal | NoSocket> {
    const { sending, body, access, turnState, onBackendEvent, onUncertain } = trip;
    sending.onWay({ transport: "websocket", fallback: undefined, isContinuation: false });
    const own = toUpstreamHeaders(sending.headers, access);
    const watch = new AbortController();
    const limitMs = firstEventLimitMs(sending.firstEventMs, sizeOf(body));
    const timer = limitMs === undefined ? undefined : setTimeout(() => watch.abort(), limitMs);
    const answer = await open.respond({
      conversation: sending.headers.conversationId,
      url: new URL(`${originOf(sending.baseUrl, access)}/responses`),
      headers: toHandshakeHeaders(sending.headers, access),
      body: { ...body },
      lite: own.get(LITE_HEADER) === "true",
      turnState: own.get(TURN_STATE) ?? turnState.known,
      signal: AbortSignal.any([sending.signal, watch.signal]),
    });
    clearTimeout(timer);
    if (answer.ok) {
      const { isContinuation, isKept, events } = answer;
      memory.worked();
      // What the 101 said was told when it came; to the answers that follow it says nothing any more
      // (websocket.md#handshake-answer).
      const headers = isKept ? new Headers() : answer.headers;
      if (isKept) options.onHeaders(headers);
      turnState.learn(headers.get(TURN_STATE));
      sending.onWay({ transport: "websocket", fallback: undefined, isContinuation });
      const source = openEvents(events, sending.answerLimitBytes);
      return { ok: true, headers, source, onBackendEvent };
    }
    const { failure } = answer;
    if (sending.signal.aborted) throw new Problem("client_closed");
    if (failure.kind === "aborted") {
      const reason = silenceText(limitMs);
      memory.failed({ next: "post", memory: "second_time", reason });
      onUncertain();
      return { fallback: { kind: "silent", reason }, wasSilent: true };
    }
    const fallback = fallbackOf(failure);
    memory.failed(fallback);
    if (failure.kind === "error") {
      for (const event of failure.events) onBackendEvent(typeOf(event), event);
      return failure.refusal;
    }
    if (failure.kind === "closed" && failure.wasSent && !isRefusingClose(failure.end)) onUncertain();
    return { fallback: { kind: failure.kind, reason: fallback.reason }, wasSilent: false };
  }

  /** @param isRepeat it was sent before, into silence: no other one follows */
  async function overPost(
    trip: Trip,
    fallback: WayFallback | undefined,
    isRepeat: boolean,
  ): Promise<AskAnswer | Refusal> {
    const { sending, onBackendEvent, onUncertain } = trip;
    sending.onWay({ transport: "sse", fallback, isContinuation: false });
    const text = JSON.stringify(trip.body);
    const limitMs = isRepeat ? undefined : firstEventLimitMs(sending.firstEventMs, text.length);
    const sentMs = options.monotonicMs();
    const renew = () => {
      log("warn", "no event from the backend, sent again on another connection", {
        reason: silenceText(limitMs),
      });
      onUncertain();
      options.renewConnections();
    };
    let posted = await post(trip, text, { silentAfterMs: limitMs });
    const wasSilent = posted === "silent";
    if (wasSilent) {
      renew();
      posted = await post(trip, text, {});
    }
    if (posted === "silent") throw new Problem("backend_timeout");
    if (!("ok" in posted)) return posted;
    const { headers } = posted.response;
    const source = openBody(posted, sending);
    if (wasSilent || limitMs === undefined) return { ok: true, headers, source, onBackendEvent };
    const leftMs = limitMs - (options.monotonicMs() - sentMs);
    const watched = watchFirst(source, leftMs, async (signal) => {
      renew();
      const again = await post(trip, text, { signal });
      if (again === "silent") throw new Problem("backend_timeout");
      if (!("ok" in again)) throw toUpstreamProblem(again, options.nowMs());
      return openBody(again, sending);
    });
    return { ok: true, headers, source: watched, onBackendEvent };
  }

  async function post(
    { sending, access, turnState }: Trip,
    text: string,
    manner: { readonly silentAfterMs?: number | undefined; readonly signal?: AbortSignal },
  ): Promise<Posted> {
    const posted = await options.post(sending, text, access, { ...manner, turnState: turnState.known });
    if (posted !== "silent" && "ok" in posted) turnState.learn(posted.response.headers.get(TURN_STATE));
    return posted;
  }
}

/** A body as a source whose end is the end of its request. @throws Problem stream_cut when there is none */
function openBody(posted: Extract<Posted, { ok: true }>, { answerLimitBytes }: EitherSending) {
  const { body } = posted.response;
  if (body === null) throw new Problem("stream_cut", "the answer has no body");
  const reader = openReader(body, answerLimitBytes);
  return {
    ...reader,
    get progressMs() {
      return reader.progressMs;
    },
    cancel() {
      reader.cancel();
      posted.cancel();
    },
  };
}

/** Closes that say no to a request instead of an error message: a bad schema, a large frame (websocket.md#ws-errors). */
function isRefusingClose({ by, code }: SocketEnd): boolean {
  return by === "peer" && (code === 1000 || code === 1009);
}

function silenceText(limitMs: number | undefined): string {
  return `no event within ${Math.round((limitMs ?? 0) / 1000)} s`;
}

function typeOf(event: string): string {
  const value = parseJson(event);
  return isRecord(value) ? textAt(value, "type") ?? "" : "";
}

/** About the bytes of a request: text and images are in its input. */
function sizeOf({ input }: EitherBody): number {
  return JSON.stringify(input).length;
}
