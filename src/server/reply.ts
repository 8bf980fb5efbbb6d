import { shortDurationText } from "../duration_text.ts";
import type { AnswerContext, Dialect } from "../dialects/dialect.ts";
import type { Framing } from "../dialects/framing.ts";
import { isLimited } from "../answer/limit_steps.ts";
import { createTranslator, cutProblem, type Sink } from "../answer/translator.ts";
import { readUsage } from "../answer/usage.ts";
import { Problem, toProblem } from "../problem.ts";
import type { AnswerSource } from "../upstream/answer_source.ts";
import { toClientHeaders } from "../upstream/headers.ts";
import type { JsonObject } from "../wire/json.ts";
import { encodeLineSafe } from "../wire/line_safe.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import type { RequestNote } from "./note.ts";
import { pumpAnswer } from "./pump.ts";
import { everyTick } from "./ticker.ts";

/**
 * The lanes: how the backend's answer reaches the client.
 *
 * - *opaque*: a Codex client's stream. The body object itself is handed on, so no JavaScript runs for its bytes, and
 *   nothing of it is kept: it needs no limit on its size;
 * - *filtered*: another client's Responses stream (dialects/responses/filter_bytes.ts);
 * - *translated*: a chat stream (dialects/chat/events.ts);
 * - *aggregated*: one JSON answer.
 */

/** Limits of a reply, from the settings. */
export interface ReplyLimits {
  readonly keepaliveMs: number;
  readonly idleTimeoutMs: number;
}

/** One answer of the backend on its way to the client. */
export interface Reply {
  readonly dialect: Dialect;
  readonly context: AnswerContext;
  readonly source: AnswerSource;
  /** the backend's, of this answer */
  readonly upstreamHeaders: Headers;
  /** headers for the client in addition to those of the backend, asked for when the response is handed over */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly limits: ReplyLimits;
  /** the client left, as far as is known before the response is handed over */
  readonly signal: AbortSignal;
  /** takes the secrets out of the text of a failure */
  readonly hide: (text: string) => string;
  readonly note: RequestNote;
  /**
   * with the answer when it ended well, without when it failed, was cut or nobody waits for it. The end
   * of the answer is sent once what it gives has settled. Only the first call counts
   */
  readonly onEnd: (answer: ResponsesObject | undefined) => Promise<void> | void;
}

/** Until more than the opening of an answer is there, the status line waits this long at most. */
const HOLD_MS = 1000;

/**
 * After the last event the backend has this long to close. Reading to the end keeps the connection for the next
 * request; ending it first would make a new one each time (0.6 instead of 0.7 ms to the next first byte).
 */
const LINGER_MS = 500;

/** A whole answer is handed over after this long, ready or not; see {@linkcode replyWhole}. */
const HAND_OVER_MS = 5000;

/** The opaque lane: `response.body` is the upstream's own object (tests/server/reply_test.ts pins it). */
export function replyOpaque(upstream: Response, framing: Framing): Response {
  const passed = withHeaders(toClientHeaders(upstream.headers), framing.headers);
  passed.set("content-type", upstream.headers.get("content-type") ?? framing.contentType);
  return new Response(upstream.body, { status: upstream.status, headers: passed });
}

/** The filtered and the translated lane. @throws Problem when the answer failed before it began */
export async function replyStream(reply: Reply): Promise<Response> {
  const { framing } = reply.dialect;
  const translator = reply.dialect.createTranslator(reply.context);
  const body = await pumpAnswer(reply.source, translator, {
    signal: reply.signal,
    keepaliveMs: reply.limits.keepaliveMs,
    keepAlive: framing.keepAlive,
    idleTimeoutMs: reply.limits.idleTimeoutMs,
    holdMs: HOLD_MS,
    lingerMs: lingerMs(reply),
    hide: reply.hide,
    onEnd: (how) => {
      reply.note.usage = translator.facts.usage;
      reply.note.problem = how === "left" ? "client_closed" : translator.facts.problem?.code;
      const kept = reply.onEnd(how === "done" ? translator.facts.response : undefined);
      reply.note.work.finish();
      return kept;
    },
  });
  reply.note.work.goesOn = true;
  const headers = withHeaders(toClientHeaders(reply.upstreamHeaders), {
    ...framing.headers,
    ...reply.headers(),
  });
  return new Response(body, { headers });
}

/**
 * The aggregated lane.
 *
 * An answer that takes long is handed over as a body that is still to come. Observed 2026-11 (Deno 2.9.6): as long as
 * no response was returned, Deno.serve does not notice that a client left whose body came in a packet of its own, as
 * the OpenAI SDK's does; from then on it does. What such an answer gives up is the status: if it fails after that,
 * the connection breaks, which SDKs treat as they do a 5xx.
 *
 * @param handOverMs after so long
 * @throws Problem when the answer failed, was cut, or the client left, before that
 */
export async function replyWhole(reply: Reply, handOverMs: number = HAND_OVER_MS): Promise<Response> {
  const departure = new AbortController();
  const text = answerWhole(reply, AbortSignal.any([reply.signal, departure.signal])).then((written) =>
    encodeLineSafe(JSON.stringify(written))
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(resolve, handOverMs, undefined));
  try {
    const body = await Promise.race([text, late]) ?? lateBody(reply, text, departure);
    const headers = withHeaders(toClientHeaders(reply.upstreamHeaders), reply.headers());
    headers.set("content-type", "application/json");
    return new Response(body, { headers });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The whole answer in the words of its dialect, noted, and remembered before anybody gets it.
 *
 * @throws Problem when the answer failed, was cut, or the client left
 */
export async function answerWhole(reply: Reply, signal: AbortSignal = reply.signal): Promise<JsonObject> {
  const response = await readWhole(reply, signal);
  reply.note.usage = readUsage(response);
  const written = reply.dialect.writeAnswer(response, reply.context);
  const { id, status, output } = response;
  // What can be asked for by its id later is kept as the client was told it.
  await reply.onEnd(reply.dialect.storesResponses ? { ...written, id, status, output } : response);
  return written;
}

/** A body whose only piece comes when the answer is whole; a client that leaves ends the upstream. */
function lateBody(
  reply: Reply,
  text: Promise<Uint8Array<ArrayBuffer>>,
  departure: AbortController,
): ReadableStream<Uint8Array> {
  reply.note.work.goesOn = true;
  return new ReadableStream({
    async start(controller) {
      try {
        controller.enqueue(await text);
        controller.close();
      } catch (error) {
        reply.note.problem = toProblem(error).code;
        reply.onEnd(undefined);
        controller.error(error);
      } finally {
        reply.note.work.finish();
      }
    },
    cancel: () => departure.abort(),
  });
}

/** Nobody streams: a translator that only collects writes nothing. */
const NOWHERE: Sink = { enqueue: () => {} };

/** The whole answer in the backend's words; nobody hears of its end. @throws Problem when it failed or was cut */
export async function readWhole(reply: Reply, signal: AbortSignal): Promise<ResponsesObject> {
  const translator = createTranslator(reply.context);
  const { source } = reply;
  const idleMs = reply.limits.idleTimeoutMs;
  const stop = (problem: Problem) => {
    translator.fail(problem, NOWHERE);
    source.cancel();
  };
  const leave = () => stop(new Problem("client_closed"));
  const stopTicks = everyTick(() => {
    if (performance.now() - source.progressMs <= idleMs) return;
    stop(new Problem("backend_timeout", `the answer paused for ${shortDurationText(idleMs)}`));
  });
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    while (!translator.isOver) {
      const piece = await source.read();
      if (piece === undefined) translator.flush(NOWHERE);
      else translator.transform(piece, NOWHERE);
    }
  } catch (error) {
    stop(toProblem(error));
  } finally {
    stopTicks();
    signal.removeEventListener("abort", leave);
    source.finish(lingerMs(reply));
  }
  const { response, problem } = translator.facts;
  if (response === undefined) throw problem ?? cutProblem();
  return response;
}

/** An answer that ccproxy itself may have cut is ended at the backend at once: what follows is of no use. */
function lingerMs(reply: Reply): number {
  return isLimited(reply.context.want) ? 0 : LINGER_MS;
}

function withHeaders(headers: Headers, more: Readonly<Record<string, string>>): Headers {
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return headers;
}
