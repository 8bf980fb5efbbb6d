import type { Ask } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import type { Log } from "../log.ts";
import {
  isConnectFailure,
  readRefusal,
  type Refusal,
  toConnectProblem,
  toUpstreamProblem,
} from "./errors.ts";
import { type HeaderParts, toUpstreamHeaders, type UpstreamAccess } from "./headers.ts";
import { ATTEMPTS, isUncertain, mend, type Mending, retryDelayMs } from "./retry.ts";

/** Where tokens come from; src/auth/access.ts is one. */
export interface UpstreamAccessSource<A extends UpstreamAccess = UpstreamAccess> {
  get(): Promise<A>;
  /** after a 401: the access to try next; it ends by itself after one refresh. @throws Problem */
  renew(refused: A): Promise<A>;
}

/** What {@linkcode createUpstream} needs. */
export interface UpstreamOptions<A extends UpstreamAccess> {
  readonly access: UpstreamAccessSource<A>;
  readonly fetch: typeof fetch;
  /** called with the headers of every answer: limits, catalogue tag */
  readonly onHeaders: (headers: Headers) => void;
  /** called when a request had to be changed to be accepted */
  readonly onMended: (mending: Mending, ask: Ask) => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** One POST to the backend. */
export interface Sending {
  /** e.g. `https://chatgpt.com/backend-api/codex`, without a slash at the end */
  readonly baseUrl: string;
  /** the address that goes with a base; `…/responses` without it */
  readonly urlOf?: (baseUrl: string) => string;
  /** until the headers of an answer are there */
  readonly headerTimeoutMs: number;
  /** an ask of ours, or bytes that are sent once, as they are: the body of a Codex client, or one made for its route */
  readonly body: { readonly ask: Ask } | { readonly bytes: Uint8Array<ArrayBuffer> };
  readonly headers: HeaderParts;
  /** the client left */
  readonly signal: AbortSignal;
}

/** What came back. */
export type Answer =
  /** a body to read, not touched yet; `cancel` ends it */
  | { readonly ok: true; readonly response: Response; readonly cancel: () => void }
  /** an error answer, read */
  | { readonly ok: false; readonly refusal: Refusal; readonly problem: Problem };

/**
 * One refresh, a wait before and after it, and a token that another program saved meanwhile: no request needs more,
 * and one on which other programs rotate without end does not go on for ever.
 */
export const MOST_RENEWALS = 4;

/** The body of an error is short: what came of it within this time is what there is to say. */
const ERROR_BODY_TIMEOUT_MS = 10_000;

/** The one way to the backend. */
export interface Upstream {
  /** @throws Problem when there is no answer: no credentials, no connection, no headers in time */
  send(sending: Sending): Promise<Answer>;
}

/**
 * Sends requests: a token, one fetch, and the few repetitions that are safe.
 *
 * Never more than one refresh (translation.md#t98), never a redirect followed with the token, never a repetition once
 * an answer has begun. The body of a Codex client is sent once: that client repeats by itself.
 */
export function createUpstream<A extends UpstreamAccess>(options: UpstreamOptions<A>): Upstream {
  /**
   * One fetch, with a limit until the headers are there; the body of an answer has none (deno.md#fetch-no-timeouts).
   * The body of an error is read here, within a limit of its own: one that never ends would hold the request for ever.
   */
  async function fetchOnce(sending: Sending, body: BodyInit, access: A): Promise<Answer | Refusal> {
    const controller = new AbortController();
    const cancel = () => controller.abort(new DOMException("The client left", "AbortError"));
    sending.signal.addEventListener("abort", cancel, { once: true });
    if (sending.signal.aborted) cancel();
    const timeoutMs = sending.headerTimeoutMs;
    const baseUrl = originOf(sending.baseUrl, access);
    const giveUp = () => controller.abort(new DOMException("No answer in time", "TimeoutError"));
    let timer = setTimeout(giveUp, timeoutMs);
    try {
      const response = await options.fetch(sending.urlOf?.(baseUrl) ?? `${baseUrl}/responses`, {
        method: "POST",
        headers: toUpstreamHeaders(sending.headers, access),
        body,
        redirect: "manual",
        signal: controller.signal,
      });
      options.onHeaders(response.headers);
      const isPage = /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
      if (!response.ok || isPage) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, Math.min(timeoutMs, ERROR_BODY_TIMEOUT_MS));
        const refusal = await readRefusal(response);
        sending.signal.throwIfAborted();
        // A page with status 200 comes from a gateway on the way: it is no answer, and no client may take it for one.
        return response.ok ? { ...refusal, status: 502 } : refusal;
      }
      return { ok: true, response, cancel: () => controller.abort() };
    } catch (error) {
      if (sending.signal.aborted) throw new Problem("client_closed", undefined, { cause: error });
      throw toConnectProblem(error, timeoutMs, sending.baseUrl);
    } finally {
      clearTimeout(timer);
      sending.signal.removeEventListener("abort", cancel);
    }
  }

  async function send(sending: Sending): Promise<Answer> {
    let access = await options.access.get();
    let renewals = 0;
    let mended = false;
    let ask = "ask" in sending.body ? sending.body.ask : undefined;
    const attempts = ask === undefined ? 1 : ATTEMPTS;
    /** attempts that the backend may have worked on although it did not answer */
    let uncertain = 0;
    for (let attempt = 1;;) {
      const body = ask === undefined ? bytesOf(sending.body) : JSON.stringify(ask);
      let answer: Answer | Refusal;
      try {
        answer = await fetchOnce(sending, body, access);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "backend_unreachable") throw error;
        const failure = { kind: isConnectFailure(error.cause) ? "connect" as const : "broken" as const };
        if (isUncertain(failure)) uncertain++;
        const delayMs = attempt < attempts
          ? retryDelayMs(failure, attempt, options.random(), uncertain)
          : undefined;
        if (delayMs === undefined) throw finalProblem(error, attempt, uncertain);
        options.log("warn", "backend unreachable, trying again", { attempt, delay_ms: Math.round(delayMs) });
        await options.sleep(delayMs, sending.signal);
        attempt++;
        continue;
      }
      if ("ok" in answer) return answer;
      const refusal = answer;
      if (refusal.status === 401 && renewals < MOST_RENEWALS) {
        renewals++;
        access = await options.access.renew(access);
        continue;
      }
      const mending = ask === undefined || mended ? undefined : mend(ask, refusal);
      if (mending !== undefined && ask !== undefined) {
        mended = true;
        options.onMended(mending, ask);
        ask = mending.ask;
        continue;
      }
      const failure = {
        kind: "status" as const,
        status: refusal.status,
        retryAfter: refusal.headers.get("retry-after"),
      };
      if (isUncertain(failure)) uncertain++;
      const delayMs = attempt < attempts
        ? retryDelayMs(failure, attempt, options.random(), uncertain)
        : undefined;
      if (delayMs === undefined) {
        return {
          ok: false,
          refusal,
          problem: finalProblem(toUpstreamProblem(refusal, options.nowMs()), attempt, uncertain),
        };
      }
      options.log("warn", "backend failed, trying again", {
        status: refusal.status,
        attempt,
        may_have_run: isUncertain(failure),
      });
      await options.sleep(delayMs, sending.signal);
      attempt++;
    }
  }

  return { send };
}

/**
 * A request that was repeated here is not repeated by the client's SDK as well. What may have been worked on is said,
 * since it counts against the plan.
 */
function finalProblem(problem: Problem, attempts: number, uncertain: number): Problem {
  if (attempts > 1) problem.headers["x-should-retry"] = "false";
  if (uncertain === 0) return problem;
  const times = uncertain === 1
    ? "The backend may have"
    : `It was sent ${attempts} times, and the backend may have`;
  return new Problem(problem.code, problem.detail, {
    ...problem,
    hint: `${problem.hint}. ${times} worked on it all the same`,
    cause: problem.cause,
  });
}

function bytesOf(body: Sending["body"]): BodyInit {
  return "bytes" in body ? body.bytes : JSON.stringify(body.ask);
}

/** Workspaces with data residency are served from an origin of their own (backend.md#workspace-routing). */
function originOf(baseUrl: string, access: UpstreamAccess): string {
  const origin = access.routing?.backendOrigin;
  if (origin === undefined) return baseUrl;
  const url = new URL(baseUrl);
  return url.protocol === "https:" ? origin + url.pathname.replace(/\/$/, "") : baseUrl;
}
