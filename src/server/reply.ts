import type { AnswerContext, Dialect } from "../dialects/dialect.ts";
import { createAggregate } from "../dialects/responses/aggregate.ts";
import { createLimiter, isLimited } from "../dialects/responses/limiter.ts";
import { readUsage } from "../dialects/responses/usage.ts";
import { Problem } from "../problem.ts";
import { createEventReader } from "../sse/event_reader.ts";
import { toClientHeaders } from "../upstream/headers.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import { openReader } from "./byte_reader.ts";
import type { RequestNote } from "./note.ts";
import { pumpAnswer, TICK_MS } from "./pump.ts";

/**
 * The lanes: how the backend's answer reaches the client.
 *
 * - *opaque*: a Codex client's stream. The body object itself is handed on, so no JavaScript runs for its bytes;
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
  readonly upstream: Response;
  /** ends the upstream request */
  readonly cancel: () => void;
  /** headers for the client beside those of the backend */
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: ReplyLimits;
  /** the client left, as far as is known before the response is handed over */
  readonly signal: AbortSignal;
  readonly note: RequestNote;
  /** called once: with the answer when it ended well, without when it failed, was cut or nobody waits for it */
  readonly onEnd: (answer: ResponsesObject | undefined) => void;
}

/** Until more than the opening of an answer is there, the status line waits this long at most. */
const HOLD_MS = 1000;

/**
 * After the last event the backend has this long to close. Reading to the end keeps the connection for the next
 * request; ending it first would make a new one each time (0.6 instead of 0.7 ms to the next first byte).
 */
const LINGER_MS = 500;

/** Headers that keep buffers on the way from holding a stream back (translation.md 78). */
const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** The opaque lane: `response.body` is the upstream's own object (tests/server/reply_test.ts pins it). */
export function replyOpaque(upstream: Response, headers: Readonly<Record<string, string>>): Response {
  const passed = withHeaders(toClientHeaders(upstream.headers), { ...STREAM_HEADERS, ...headers });
  passed.set("content-type", upstream.headers.get("content-type") ?? "text/event-stream");
  return new Response(upstream.body, { status: upstream.status, headers: passed });
}

/** The filtered and the translated lane. @throws Problem when the answer failed before it began */
export async function replyStream(reply: Reply): Promise<Response> {
  const writer = reply.dialect.createWriter(reply.context);
  const body = await pumpAnswer(bodyOf(reply.upstream), writer, {
    signal: reply.signal,
    keepaliveMs: reply.limits.keepaliveMs,
    idleTimeoutMs: reply.limits.idleTimeoutMs,
    holdMs: HOLD_MS,
    lingerMs: lingerMs(reply),
    cancelUpstream: reply.cancel,
    onEnd: (how) => {
      reply.note.usage = writer.facts.usage;
      reply.note.problem = how === "left" ? "client_closed" : writer.facts.problem?.code;
      reply.onEnd(how === "done" ? writer.facts.response : undefined);
    },
  });
  const headers = withHeaders(toClientHeaders(reply.upstream.headers), {
    ...STREAM_HEADERS,
    ...reply.headers,
  });
  return new Response(body, { headers });
}

/** The aggregated lane. @throws Problem when the answer failed, was cut, or the client left */
export async function replyWhole(reply: Reply): Promise<Response> {
  const response = await readWhole(reply);
  reply.note.usage = readUsage(response);
  const headers = withHeaders(toClientHeaders(reply.upstream.headers), reply.headers);
  headers.set("content-type", "application/json");
  const written = reply.dialect.writeAnswer(response, reply.context);
  const { id, status, output } = response;
  reply.onEnd(reply.dialect.name === "responses" ? { ...written, id, status, output } : response);
  return new Response(JSON.stringify(written), { headers });
}

async function readWhole(reply: Reply): Promise<ResponsesObject> {
  const aggregate = createAggregate(reply.context.nowMs);
  const { want, inputTokens } = reply.context;
  const limiter = isLimited(want) ? createLimiter(want, inputTokens) : undefined;
  const events = createEventReader((data) => {
    if (limiter === undefined) aggregate.event(data);
    else limiter.apply(data).forEach(aggregate.event);
  });
  const reader = openReader(bodyOf(reply.upstream));
  const idleMs = reply.limits.idleTimeoutMs;
  let lastReadMs = performance.now();
  const stop = (problem: Problem) => {
    aggregate.fail(problem);
    reader.cancel();
    reply.cancel();
  };
  const leave = () => stop(new Problem("client_closed"));
  const timer = setInterval(() => {
    if (performance.now() - lastReadMs <= idleMs) return;
    stop(new Problem("backend_timeout", `the answer paused for ${Math.round(idleMs / 1000)} s`));
  }, TICK_MS);
  reply.signal.addEventListener("abort", leave, { once: true });
  if (reply.signal.aborted) leave();
  try {
    while (!aggregate.isOver) {
      const bytes = await reader.read();
      if (bytes === undefined) {
        events.end();
        break;
      }
      lastReadMs = performance.now();
      events.read(bytes);
    }
  } catch (error) {
    aggregate.fail(new Problem("stream_cut", "the connection broke", { cause: error }));
  } finally {
    clearInterval(timer);
    reply.signal.removeEventListener("abort", leave);
    reader.finish(lingerMs(reply));
  }
  return aggregate.result();
}

/** An answer that ccproxy itself may have cut is ended at the backend at once: what follows is of no use. */
function lingerMs(reply: Reply): number {
  return isLimited(reply.context.want) ? 0 : LINGER_MS;
}

function bodyOf(upstream: Response): ReadableStream<Uint8Array> {
  if (upstream.body === null) throw new Problem("stream_cut", "the answer has no body");
  return upstream.body;
}

function withHeaders(headers: Headers, more: Readonly<Record<string, string>>): Headers {
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return headers;
}
