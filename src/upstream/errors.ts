import { connectFault } from "../config/connect_fault.ts";
import { BOUNDS } from "../bounds.ts";
import { isRecord, type JsonObject, parseJson } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { summarize, toBackendProblem, waitSeconds } from "../answer/failure.ts";

/** An error answer of the backend, read. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** what came of it, within `BOUNDS.errorBody` */
  readonly body: string;
}

/**
 * Reads the body of an error answer, bounded, and ends the connection's use of it. Never throws: other than with an
 * answer, the beginning of an error is worth having, so that a larger one is cut where others are refused.
 */
export async function readRefusal(response: Response): Promise<Refusal> {
  const decoder = new TextDecoder();
  let body = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const left = BOUNDS.errorBody.bytes - bytes;
      bytes += chunk.length;
      body += decoder.decode(chunk.subarray(0, left), { stream: true });
      if (bytes >= BOUNDS.errorBody.bytes) break;
    }
  } catch {
    // A body that breaks off: what came is what there is to say.
  }
  return { status: response.status, headers: response.headers, body };
}

/**
 * The error object in a body of any of the shapes the backend uses (backend.md#error-bodies): `{error}`, `{detail}`,
 * flat.
 */
export function errorObject(body: string): JsonObject {
  const value = parseJson(body);
  if (!isRecord(value)) return { message: body.trim() === "" ? "" : summarize(body) };
  if (isRecord(value["error"])) return value["error"];
  if (typeof value["error"] === "string") {
    return { code: value["error"], message: value["error_description"] };
  }
  const { detail } = value;
  if (typeof detail === "string") return { message: detail };
  if (isRecord(detail)) return { message: detail["message"] ?? detail["code"], ...detail };
  if (Array.isArray(detail)) return { message: detail.map(describeDetail).join("; ") };
  return value;
}

/** One entry of a validation error: `{loc: ["body", "input"], msg, type}`. */
function describeDetail(entry: unknown): string {
  if (!isRecord(entry)) return String(entry);
  const place = Array.isArray(entry["loc"]) ? entry["loc"].join(".") : "";
  return place === "" ? String(entry["msg"]) : `${place}: ${String(entry["msg"])}`;
}

/**
 * The problem an error answer of the backend stands for, with the guide's titles (behaviour.md#error-titles). HTML is
 * summarised, never passed on.
 */
export function toUpstreamProblem(refusal: Refusal, nowMs: number): Problem {
  const { status, headers, body } = refusal;
  const error = errorObject(body);
  const passed = retryAfter(headers, nowMs);
  if (status >= 300 && status < 400) {
    return new Problem("backend_error", `it answered with a redirect (${status}), which is not followed`);
  }
  if (status < 200 || status > 599) {
    // No client may get it: a status that HTTP does not have, or 101 for a request that asked for no upgrade.
    return new Problem("backend_error", `it answered with the status ${status}, which is none for an answer`);
  }
  if (isChallenge(refusal)) {
    return new Problem("forbidden", "Cloudflare asks this machine for a browser check (403)", {
      apiCode: "cloudflare_challenge",
      hint: "Try from another network, or set HTTPS_PROXY; this is no problem of the login",
    });
  }
  switch (status) {
    case 401:
      return new Problem("no_credentials", messageOf(error, "the backend refused the access token"));
    case 402:
    case 432:
      return new Problem("forbidden", messageOf(error, `the workspace is not usable (${status})`), {
        hint: 'Sign in again with the right workspace: "ccproxy auth login-openai --force"',
      });
    case 403: {
      if (error["code"] === "usage_not_included" || error["type"] === "usage_not_included") break;
      if (typeof error["code"] === "string" || typeof error["message"] === "string") {
        return new Problem("forbidden", messageOf(error, "403"), {
          ...(typeof error["code"] === "string" ? { apiCode: error["code"] } : {}),
        });
      }
      break;
    }
    default:
  }
  const problem = toBackendProblem(error, status, nowMs);
  if (passed === undefined || problem.headers["retry-after"] !== undefined) return problem;
  return new Problem(problem.code, problem.detail, {
    ...problem,
    headers: { ...problem.headers, ...passed },
  });
}

/** True for the page Cloudflare shows instead of an answer. */
export function isChallenge(refusal: Refusal): boolean {
  return refusal.status === 403 &&
    (refusal.headers.get("cf-mitigated") === "challenge" ||
      /just a moment|cf-chl|cloudflare/i.test(refusal.body));
}

function messageOf(error: JsonObject, fallback: string): string {
  const { message } = error;
  return typeof message === "string" && message !== "" ? summarize(message) : fallback;
}

/**
 * The header in seconds, whichever of its two forms it came in; undefined for what is neither.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
function retryAfter(headers: Headers, nowMs: number): Record<string, string> | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  const isDate = /^[A-Z][a-z]{2,8},? /.test(value);
  const seconds = /^\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : isDate
    ? (Date.parse(value) - nowMs) / 1000
    : Number.NaN;
  return Number.isNaN(seconds) ? undefined : { "retry-after": String(waitSeconds(seconds)) };
}

/** The problem of a request that got no answer: no connection, or no headers in time. */
export function toConnectProblem(error: unknown, timeoutMs: number, url: string): Problem {
  if (error instanceof Problem) return error;
  const { fault, fix } = connectFault(error, new URL(url), timeoutMs);
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return isLate
    ? new Problem("backend_timeout", fault, { cause: error })
    : new Problem("backend_unreachable", summarize(fault), {
      hint: `${fix}; "ccproxy doctor" looks at it`,
      cause: error,
    });
}

/**
 * True when fetch failed before there was a connection: name, TCP, TLS or the way through a proxy. Everything else that
 * it reports may have come after the request was sent (deno.md#fetch-errors).
 */
export function isConnectFailure(error: unknown): boolean {
  if (error instanceof Deno.errors.NotCapable) return true;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && /client error \(Connect\)|dns error|tcp connect error/.test(cause.message);
}
