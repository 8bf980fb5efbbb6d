import { connectFault } from "../config/connect_fault.ts";
import { Problem } from "../problem.ts";
import type { Endpoints } from "./openai.ts";

/** What every request to the issuer needs. */
export interface AskOptions {
  readonly endpoints: Endpoints;
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal | undefined;
  /** instead of the time that the request has by default */
  readonly timeoutMs?: number | undefined;
}

/**
 * Sends to the issuer, a POST when there is a body, and gives the Response, whatever its status. Redirects are not followed: they would carry the
 * secret in it to another host.
 *
 * @throws Problem `network` when there is no answer, or none in time; the reason of `options.signal`
 */
export async function sendToIssuer(
  options: Omit<AskOptions, "endpoints">,
  url: string,
  defaultTimeoutMs: number,
  headers: Record<string, string>,
  body?: string,
): Promise<Response> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const content = body === undefined ? {} : { method: "POST", body };
    return await options.fetch(url, { ...content, headers, signal, redirect: "manual" });
  } catch (thrown) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    const { fault, fix } = connectFault(timeout.aborted ? timeout.reason : thrown, new URL(url), timeoutMs);
    throw new Problem("network", `${new URL(url).host}: ${fault}`, { hint: fix, cause: thrown });
  }
}
