import type { ClientIdentity } from "../wire/client_identity.ts";
import type { Bound } from "../bounds.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import { type ReadOptions, readTextLimited } from "../read_limited.ts";
import { toConnectProblem } from "./errors.ts";
import type { UpstreamAccess } from "./headers.ts";
import { MOST_RENEWALS, type UpstreamAccessSource } from "./client.ts";
import { toUpstreamHeaders } from "./headers.ts";

/** What {@linkcode createBackendGet} needs. */
export interface BackendGetOptions<A extends UpstreamAccess> {
  readonly access: UpstreamAccessSource<A>;
  readonly fetch: typeof fetch;
  readonly identity: () => ClientIdentity;
  readonly timeoutMs: number;
}

/** A GET to the backend: models, usage. With a `body`, JSON, a POST; it must be one that may be sent twice. */
export type BackendGet = (
  url: string,
  options?: {
    readonly etag?: string | undefined;
    readonly signal?: AbortSignal;
    readonly body?: string | undefined;
  },
) => Promise<Response>;

/**
 * Makes the GET with the same identity and credentials as a model request; the token renewed on a 401, no
 * redirect followed. Any answer is a result.
 *
 * @throws Problem without credentials or without an answer
 */
export function createBackendGet<A extends UpstreamAccess>(options: BackendGetOptions<A>): BackendGet {
  async function once(
    url: string,
    access: A,
    { etag, body, signal }: {
      readonly etag: string | undefined;
      readonly body: string | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<Response> {
    const headers = toUpstreamHeaders({
      identity: options.identity(),
      conversationId: crypto.randomUUID(),
      lite: false,
      client: new Headers(),
      clientWins: false,
      contentEncoding: undefined,
    }, access);
    for (const name of ["session-id", "thread-id", "x-client-request-id"]) headers.delete(name);
    if (body === undefined) headers.delete("content-type");
    headers.set("accept", "application/json");
    if (etag !== undefined) headers.set("if-none-match", etag);
    try {
      return await options.fetch(url, {
        method: body === undefined ? "GET" : "POST",
        headers,
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        signal,
      });
    } catch (error) {
      throw toConnectProblem(error, options.timeoutMs, url);
    }
  }
  return async (url, { etag, body, signal } = {}) => {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    let access = await options.access.get();
    for (let renewals = 0;; renewals++) {
      const response = await once(url, access, { etag, body, signal: limit });
      if (response.status !== 401 || renewals === MOST_RENEWALS) return response;
      await response.body?.cancel();
      access = await options.access.renew(access);
    }
  };
}

/**
 * The text of an answer to a {@linkcode BackendGet}.
 *
 * @throws Problem answer_too_large, backend_timeout, or stream_cut when the connection broke
 */
export async function readAnswerText(
  response: Response,
  bound: Bound,
  options?: ReadOptions,
): Promise<string> {
  try {
    return await readTextLimited(response.body, bound, options);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    throw isLate
      ? new Problem("backend_timeout", "its answer did not arrive in time", { cause: error })
      : new Problem("stream_cut", "the connection broke", { cause: error });
  }
}

/**
 * Where the usage of the account is, in the order to be asked: next to the `codex` part of `codex.base_url`, which is
 * refused for some accounts, and below it (backend.md#usage-answer).
 */
export function usageUrls(baseUrl: string): string[] {
  return [`${baseUrl.replace(/\/codex$/, "")}/wham/usage`, `${baseUrl}/usage`];
}

/** `codex.base_url` without a slash at its end. */
export function baseUrlOf(settings: Settings): string {
  return settings["codex.base_url"].replace(/\/+$/, "");
}

/** Where speech becomes text, outside the `codex` part as well (backend.md#transcribe). */
export function transcribeUrl(baseUrl: string): string {
  return `${baseUrl.replace(/\/codex$/, "")}/transcribe`;
}

/** Where the model list is; the version decides which models are in it (backend.md#version-gate). */
export function modelsUrl(baseUrl: string, clientVersion: string): string {
  return `${baseUrl}/models?client_version=${encodeURIComponent(clientVersion)}`;
}
