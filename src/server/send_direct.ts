import { conversationId } from "../ask/cache_key.ts";
import type { Bound } from "../bounds.ts";
import { Problem } from "../problem.ts";
import type { PassedAnswer, Refused } from "../upstream/client.ts";
import { readAnswerText } from "../upstream/get.ts";
import type { Call } from "./call.ts";
import type { ExchangeParts } from "./exchange.ts";
import { headerList } from "./header_list.ts";
import { noteSending } from "./note_sending.ts";
import { countUse } from "./usage/count_use.ts";
import type { DirectRoute } from "./routes.ts";
import { sendingParts } from "./settle.ts";

/**
 * What answers a direct route: one that has an endpoint of its own at the backend, without a conversation. It reads the
 * body itself, which need not be JSON. @throws Problem
 */
export type DirectEndpoint = (parts: ExchangeParts, call: Call) => Promise<Response>;

/** Answers a direct route. What has no count of tokens, such as a search, counts nothing against a key's budget. */
export async function answerDirect(parts: ExchangeParts, call: Call, route: DirectRoute): Promise<Response> {
  const { note } = call;
  note.work.hold(() => {
    if (note.usage !== undefined) countUse(parts, call, note.usage, () => 0);
  });
  return await route.direct(parts, call);
}

/** What ccproxy tells in the headers of such an answer; noted too, for the page. @param ignored parameters without effect */
export function directHeaders(
  { usage }: ExchangeParts,
  { settings, note }: Call,
  ignored: readonly string[],
): Record<string, string> {
  const warning = usage.warning(settings["limits.warn_percent"]);
  note.ignored = ignored;
  note.warnings = warning === undefined ? [] : [warning];
  return {
    "x-ccproxy-model": note.modelUsed ?? "",
    ...(ignored.length === 0 ? {} : { "x-ccproxy-ignored-params": headerList(ignored) }),
    ...(warning === undefined ? {} : { "x-ccproxy-limit-warning": warning }),
  };
}

/** One POST to an endpoint of the backend that is no model's conversation. */
export interface DirectSending {
  readonly urlOf: (baseUrl: string) => string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** the words in it, for the page */
  readonly prompt?: string | undefined;
  /** JSON without it */
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** JSON without it */
  readonly accept?: string | undefined;
  /** how long the backend may work on it before its headers; `limits.header_timeout_seconds` without it */
  readonly waitMs?: number;
  readonly signal: AbortSignal;
}

/** Sends it once: these endpoints cost, and clients repeat by themselves. @throws Problem as `Upstream.pass()` does */
export async function sendDirect(
  parts: ExchangeParts,
  call: Call,
  sending: DirectSending,
): Promise<PassedAnswer | Refused> {
  const { headerTimeoutMs, headers, ...where } = sendingParts(parts, call, undefined, {
    conversationId: conversationId(call.note.id),
    lite: false,
    contentEncoding: sending.contentEncoding,
  });
  const { contentType, accept = "application/json" } = sending;
  const answer = await parts.upstream.pass({
    ...where,
    urlOf: sending.urlOf,
    headerTimeoutMs: Math.max(headerTimeoutMs, sending.waitMs ?? 0),
    headers: { ...headers, contentType, accept },
    signal: sending.signal,
    onWay: noteSending(call, sending.prompt, parts.monotonicMs),
  }, sending.body);
  call.note.firstByteMs ??= parts.monotonicMs() - call.note.startedMs;
  return answer;
}

/** The text of its answer, within a bound. @throws Problem also for a refusal */
export async function readDirect(
  parts: ExchangeParts,
  call: Call,
  sending: DirectSending,
  bound: Bound,
): Promise<string> {
  const answer = await sendDirect(parts, call, sending);
  if (!answer.ok) throw answer.problem;
  const patience = AbortSignal.timeout(call.settings["limits.idle_timeout_seconds"] * 1000);
  try {
    const signal = AbortSignal.any([sending.signal, patience]);
    const text = await readAnswerText(answer.response, bound, { signal });
    call.note.backendDoneMs = parts.monotonicMs() - call.note.startedMs;
    return text;
  } catch (error) {
    answer.cancel();
    throw sending.signal.aborted ? new Problem("client_closed", undefined, { cause: error }) : error;
  }
}
