import type { ResponsesUsage } from "../wire/responses.ts";
import type { Way } from "../upstream/sending.ts";
import { createWork, type Work } from "./work.ts";

/** How an answer was made; see reply.ts. */
export type Lane = "opaque" | "filtered" | "translated" | "aggregated" | "local";

/**
 * What is learned about one request on its way, for its line in the log, the metrics and the page. Filled in as the
 * request passes; never holds a prompt or a token.
 */
export interface RequestNote {
  readonly id: string;
  readonly method: string;
  /** by a clock that only goes forward, so that what is counted from it is a duration whatever is done to the time */
  readonly startedMs: number;
  route: string;
  /** name of the named key that was used */
  key: string | undefined;
  lane: Lane;
  modelAsked: string | undefined;
  modelUsed: string | undefined;
  status: number;
  /** until the first byte of the answer was there */
  firstByteMs: number | undefined;
  /** until it was on its way to the backend; undefined when it never was */
  sentMs: number | undefined;
  /** until the backend had said all; undefined when it did not, or nobody here sees its stream */
  backendDoneMs: number | undefined;
  /** name of the front end, once it is sent */
  dialect: string | undefined;
  /** name of the program that asks, once it is sent */
  client: string | undefined;
  /** settles when the answer has ended, which may be after its client has left; undefined where nobody here sees it */
  answered: Promise<void> | undefined;
  usage: ResponsesUsage | undefined;
  /**
   * tokens of what was sent, estimated, of an answer that was cut before the backend told its usage: it has read the
   * request all the same
   */
  estimatedInput: number | undefined;
  /** how it was sent to the backend last; undefined for what was not sent */
  way: Way | undefined;
  /** events of the backend that could not be read */
  unreadableEvents: number;
  /** code of the problem the request ended with */
  problem: string | undefined;
  /** what it holds until its answer is made */
  readonly work: Work;
}

/** Characters of a method that are noted: the runtime takes one of any length. */
const METHOD_LENGTH = 32;

/** A note for a request that begins now. @param startedMs by a clock that only goes forward */
export function createNote(id: string, method: string, startedMs: number): RequestNote {
  return {
    id,
    method: method.slice(0, METHOD_LENGTH),
    startedMs,
    route: "-",
    key: undefined,
    lane: "local",
    modelAsked: undefined,
    modelUsed: undefined,
    status: 0,
    firstByteMs: undefined,
    sentMs: undefined,
    backendDoneMs: undefined,
    dialect: undefined,
    client: undefined,
    answered: undefined,
    usage: undefined,
    estimatedInput: undefined,
    way: undefined,
    unreadableEvents: 0,
    problem: undefined,
    work: createWork(),
  };
}

/** The answer of the backend has begun. What is returned tells that it has ended. */
export function beginAnswer(note: RequestNote): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  note.answered = promise;
  return resolve;
}
