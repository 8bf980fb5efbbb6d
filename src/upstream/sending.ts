import type { JsonObject } from "../wire/json.ts";
import type { Ask } from "../wire/responses.ts";
import type { AnswerSource } from "./answer_source.ts";
import type { HeaderParts } from "./headers.ts";

/** `codex.transport` */
export type TransportChoice = "auto" | "sse" | "websocket";

/** How a request was sent, for its line in the log, the metrics and the page. */
export interface Way {
  readonly transport: "websocket" | "sse";
  /** why it was not the WebSocket that was wanted; undefined where none was wanted, or it was one */
  readonly fallback: WayFallback | undefined;
  /** only what the backend did not know was sent */
  readonly isContinuation: boolean;
}

/** Why a request went by POST. */
export interface WayFallback {
  /** one of a few words, for counting: the kind of a failure, or `remembered` */
  readonly kind: string;
  /** for people */
  readonly reason: string;
}

/** One request to the backend, whatever is in it. */
export interface Sending {
  /** e.g. `https://chatgpt.com/backend-api/codex`, without a slash at the end */
  readonly baseUrl: string;
  /** the address that goes with a base, of a body that is passed on; `…/responses` without it */
  readonly urlOf?: (baseUrl: string) => string;
  /** until the headers of an answer are there */
  readonly headerTimeoutMs: number;
  readonly headers: HeaderParts;
  /** the client left */
  readonly signal: AbortSignal;
  /** told each time the request is sent, before its answer is known */
  readonly onWay: (way: Way) => void;
}

/** One request that may go over either transport. */
export interface EitherSending extends Sending {
  readonly transport: TransportChoice;
  /** `limits.first_event_seconds`; 0 for no limit */
  readonly firstEventMs: number;
  /** of the whole answer */
  readonly answerLimitBytes: number;
}

/** One ask of ours. */
export interface AskSending extends EitherSending {
  /** so many items at the end of the ask's input are the client's own */
  readonly ownItems: number;
  /** the same ask in the lite shape, where that is worth one more try (backend.md#lite-learned) */
  readonly lite?: (() => Ask) | undefined;
}

/** The body of a request that may go over either transport: an ask of ours, or a Codex client's message. */
export type EitherBody = Ask | (JsonObject & Pick<Ask, "input">);

/** An answer to an ask that has begun. */
export interface AskAnswer {
  readonly ok: true;
  /** of this answer; empty where they were told for an earlier one */
  readonly headers: Headers;
  readonly source: AnswerSource;
  /** Takes an event that only the backend has, as its JSON text: limits, the state of the turn. */
  readonly onBackendEvent: (type: string, data: string) => void;
}
