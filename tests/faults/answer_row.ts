import type { BackendRequest } from "../fake/backend.ts";
import type { Answer } from "../fake/script.ts";
import type { SocketSteps } from "../fake/socket_script.ts";
import type { Ending, Lane } from "./lanes.ts";

/** What a client sees: the status, how the answer ends, and what stands in its body. */
export interface Outcome {
  readonly status: number;
  readonly ends: Ending;
  readonly text: RegExp;
}

/** A fault of the backend in answering a request. */
export interface AnswerRow {
  readonly fault: string;
  /** what the backend answers, to every request on every lane */
  readonly answer: () => Answer<BackendRequest>;
  /** what a WebSocket does: the row is about that, and `answer` is what POST brings instead */
  readonly socket?: {
    /** the answer to every upgrade, in place of a 101 */
    readonly upgrade?: () => Answer<BackendRequest>;
    /** headers of every 101 */
    readonly headers?: Record<string, string>;
    /** the answer to every frame; without it `answer`, as messages */
    readonly frame?: () => SocketSteps;
    /** the transport that the answer comes by */
    readonly way: "websocket" | "sse";
  };
  /** where the client asks: {@linkcode Outcome} by lane; the key `read` stands for all but opaque */
  readonly sees: {
    readonly opaque?: Outcome;
    /** the lanes that stream */
    readonly stream?: Outcome;
    /** the lanes that answer whole */
    readonly whole?: Outcome;
  };
  /** lanes that the row leaves out, because another row has them */
  readonly without?: readonly Lane[];
  /** requests that the backend gets at most for one of a client; 1 by default */
  readonly asks?: number;
  /** the same for the opaque lane, which sends nothing twice; 1 by default */
  readonly opaqueAsks?: number;
  /** the backend's connection is closed by the program before the backend is done */
  readonly closes?: boolean;
  /** `problem` of the request's log line; undefined when there is none */
  readonly log?: string;
  /** headers of the error answer */
  readonly headers?: Record<string, RegExp>;
  /** what stands nowhere in the answer */
  readonly never?: RegExp;
  /** what the log says besides the request's own line */
  readonly logs?: RegExp;
  /** false for an answer that is complete and leaves nothing to remember */
  readonly remembered?: false;
  /** settings added to those of the table */
  readonly config?: string;
}

/** An answer that is refused with an error of HTTP, the same on all lanes that read it. */
export function refused(status: number, text: RegExp): { stream: Outcome; whole: Outcome } {
  const outcome = { status, ends: "failed", text } as const;
  return { stream: outcome, whole: outcome };
}

/** The same on the opaque lane too. */
export function refusedOnAll(status: number, text: RegExp): AnswerRow["sees"] {
  return { ...refused(status, text), opaque: { status, ends: "failed", text } };
}

/** An answer that has begun and fails: an error in the stream, an error of HTTP where nothing was sent yet. */
export function failed(status: number, text: RegExp, opaque?: Ending): AnswerRow["sees"] {
  return {
    stream: { status: 200, ends: "failed", text },
    whole: { status, ends: "failed", text },
    ...(opaque === undefined ? {} : { opaque: { status: 200, ends: opaque, text: /(?:)/ } }),
  };
}

/** An answer that is complete all the same. */
export function complete(text: RegExp, opaque: RegExp = text): AnswerRow["sees"] {
  const outcome = { status: 200, ends: "complete", text } as const;
  return { stream: outcome, whole: outcome, opaque: { ...outcome, text: opaque } };
}

/** What the client of a lane sees of a row; undefined where the row does not say. */
export function expectedOn({ sees, without }: AnswerRow, lane: Lane): Outcome | undefined {
  if (without?.includes(lane)) return undefined;
  return lane === "opaque" ? sees.opaque : lane.endsWith("stream") ? sees.stream : sees.whole;
}
