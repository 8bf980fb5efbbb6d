import type { ResponsesUsage } from "../wire/responses.ts";
import type { Way } from "../upstream/sending.ts";
import type { UsageTokens } from "../store/usage/usage_record.ts";
import { createWork, type Work } from "./work.ts";

/** How an answer was made; see reply.ts. */
export type Lane = "opaque" | "filtered" | "translated" | "aggregated" | "local";

/**
 * What is learned about one request on its way, for its line in the log, the metrics and the page. Filled in as the
 * request passes; never holds a token, and words of a prompt only where `server.page_prompts` says so.
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
  /** name of the front end, once it is sent */
  dialect: string | undefined;
  /** name of the program that asks, once it is sent */
  client: string | undefined;
  /** until it was on its way to the backend; undefined when it never was */
  sentMs: number | undefined;
  /** until the backend had said all; undefined when it did not, or nobody here sees its stream */
  backendDoneMs: number | undefined;
  /** parameters that were left out, as the answer's header names them */
  ignored: readonly string[];
  /** why the prompt cache of the backend held little of it; undefined where it did not miss, or nobody knows yet */
  cacheMiss: string | undefined;
  /** as the answer's headers have them */
  warnings: readonly string[];
  /** the last words of the user, cut; only with `server.page_prompts` */
  prompt: string | undefined;
  /** until the first byte of the answer was there */
  firstByteMs: number | undefined;
  /** settles when the answer has ended, which may be after its client has left; undefined where nobody here sees it */
  answered: Promise<void> | undefined;
  usage: ResponsesUsage | undefined;
  /** what counts as used, of all that was asked for this request */
  used: UsageTokens | undefined;
  /** of the answer, when it was whole */
  responseId: string | undefined;
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
    dialect: undefined,
    client: undefined,
    sentMs: undefined,
    backendDoneMs: undefined,
    ignored: [],
    warnings: [],
    cacheMiss: undefined,
    prompt: undefined,
    answered: undefined,
    usage: undefined,
    used: undefined,
    responseId: undefined,
    way: undefined,
    unreadableEvents: 0,
    problem: undefined,
    work: createWork(),
  };
}
