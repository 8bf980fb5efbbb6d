import { Problem } from "../problem.ts";
import { readRefusal, type Refusal, toConnectProblem } from "./errors.ts";
import { toUpstreamHeaders, type UpstreamAccess } from "./headers.ts";
import type { Sending } from "./sending.ts";
import { TURN_STATE } from "./turn_states.ts";

/** What {@linkcode createPost} needs. */
export interface PostOptions {
  readonly fetch: typeof fetch;
  /** called with the headers of every answer: limits, catalogue tag */
  readonly onHeaders: (headers: Headers) => void;
}

/** What one POST may do differently. */
export interface PostManner {
  readonly turnState?: string | undefined;
  /** gives up after this long without headers, when that is sooner than the time that headers may take anyway */
  readonly silentAfterMs?: number | undefined;
  /** in addition to the one of the sending */
  readonly signal?: AbortSignal;
}

/** The answer to one POST. */
export type Posted =
  /** a body to read, not touched yet; `cancel` ends it */
  | { readonly ok: true; readonly response: Response; readonly cancel: () => void }
  | Refusal
  /** no headers within `silentAfterMs` */
  | "silent";

/** @throws Problem when there is no answer: no connection, no headers in time, or the client left */
export type Post = (
  sending: Sending,
  body: BodyInit,
  access: UpstreamAccess,
  manner?: PostManner,
) => Promise<Posted>;

/** The body of an error is short: what came of it within this time is what there is to say. */
const ERROR_BODY_TIMEOUT_MS = 10_000;

/**
 * One fetch, with a limit until the headers are there; the body of an answer has none (deno.md#fetch-no-timeouts).
 * The body of an error is read here, within a limit of its own: one that never ends would hold the request forever.
 * A redirect is never followed with the token.
 */
export function createPost(options: PostOptions): Post {
  return async (sending, body, access, { turnState, silentAfterMs = Infinity, signal } = {}) => {
    const client = signal === undefined ? sending.signal : AbortSignal.any([sending.signal, signal]);
    const controller = new AbortController();
    const cancel = () => controller.abort(new DOMException("The client left", "AbortError"));
    client.addEventListener("abort", cancel, { once: true });
    if (client.aborted) cancel();
    const timeoutMs = Math.min(sending.headerTimeoutMs, silentAfterMs);
    let isSilent = false;
    const giveUp = () => controller.abort(new DOMException("No answer in time", "TimeoutError"));
    let timer = setTimeout(() => {
      isSilent = silentAfterMs < sending.headerTimeoutMs;
      giveUp();
    }, timeoutMs);
    try {
      const headers = toUpstreamHeaders(sending.headers, access);
      if (turnState !== undefined && !headers.has(TURN_STATE)) headers.set(TURN_STATE, turnState);
      const baseUrl = originOf(sending.baseUrl, access);
      const response = await options.fetch(sending.urlOf?.(baseUrl) ?? `${baseUrl}/responses`, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: controller.signal,
      });
      options.onHeaders(response.headers);
      const isPage = /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
      if (!response.ok || isPage) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, Math.min(sending.headerTimeoutMs, ERROR_BODY_TIMEOUT_MS));
        const refusal = await readRefusal(response);
        client.throwIfAborted();
        // A page with status 200 comes from a gateway on the way: it is no answer, and no client may take it for one.
        return response.ok ? { ...refusal, status: 502 } : refusal;
      }
      return { ok: true, response, cancel: () => controller.abort() };
    } catch (error) {
      if (client.aborted) throw new Problem("client_closed", undefined, { cause: error });
      if (isSilent) return "silent";
      throw toConnectProblem(error, timeoutMs, sending.baseUrl);
    } finally {
      clearTimeout(timer);
      client.removeEventListener("abort", cancel);
    }
  };
}

/** Workspaces with data residency are served from an origin of their own (backend.md#workspace-routing). */
export function originOf(baseUrl: string, access: UpstreamAccess): string {
  const origin = access.routing?.backendOrigin;
  if (origin === undefined) return baseUrl;
  const url = new URL(baseUrl);
  return url.protocol === "https:" ? origin + url.pathname.replace(/\/$/, "") : baseUrl;
}
