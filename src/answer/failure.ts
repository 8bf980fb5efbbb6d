import { cleanText } from "../clean_text.ts";
import { hideSecrets } from "../secrets.ts";
import { LONGEST_WAIT_SECONDS } from "../bounds.ts";
import { isRecord, type JsonObject, numberAt, textAt } from "../wire/json.ts";
import { Problem, type ProblemCode } from "../problem.ts";
import { readErrorFrame } from "./error_frame.ts";

/** Characters of a backend's code that are passed on. */
const CODE_LENGTH = 200;

/** A backend's error code -> the problem it is. Seen in bodies and in streams alike (backend.md#error-codes). */
const BY_CODE: Readonly<Record<string, ProblemCode>> = {
  usage_limit_reached: "rate_limited",
  rate_limit_exceeded: "rate_limited",
  insufficient_quota: "rate_limited",
  usage_not_included: "plan_required",
  server_is_overloaded: "overloaded",
  slow_down: "overloaded",
  server_error: "backend_error",
  model_not_found: "model_not_available",
  context_length_exceeded: "backend_refused",
  invalid_prompt: "backend_refused",
  cyber_policy: "backend_refused",
};

/**
 * The problem that an error object of the backend describes: `{code | type, message, param, resets_in_seconds, …}`.
 *
 * Failures that a client may retry keep a status and type that say so (429, 5xx), never `invalid_request_error`
 * (translation.md#t65).
 *
 * @param status the HTTP status, or undefined for an error inside a stream
 * @param nowMs for `resets_at`
 */
export function toBackendProblem(error: JsonObject, status: number | undefined, nowMs: number): Problem {
  const code = (textAt(error, "code") ?? textAt(error, "type"))?.slice(0, CODE_LENGTH);
  // Without its full stop: the sentence goes on with what to do.
  const message = summarize(textAt(error, "message") ?? textAt(error, "detail") ?? "").replace(/\.+$/, "");
  const kind = kindOf(code, message, status);
  const headers: Record<string, string> = {};
  if (kind === "rate_limited" || kind === "overloaded") {
    const seconds = retryAfterSeconds(error, message, nowMs);
    if (seconds !== undefined) headers["retry-after"] = String(seconds);
    // A plan that is used up stays so for hours: SDKs must not try again at once (clients.md#exhausted-plan).
    if (code === "usage_limit_reached" || code === "insufficient_quota") headers["x-should-retry"] = "false";
  }
  const keepStatus = status !== undefined && kind === "backend_refused";
  return new Problem(kind, message === "" ? undefined : message, {
    ...(keepStatus ? { status } : {}),
    ...(code === undefined || kind === "plan_required" ? {} : { apiCode: code }),
    param: textAt(error, "param")?.slice(0, CODE_LENGTH),
    headers,
  });
}

/** The problem of a `response.failed` or `error` event, or of a response object with status `failed`. */
export function toStreamProblem(event: JsonObject, nowMs: number): Problem {
  const response = isRecord(event["response"]) ? event["response"] : undefined;
  if (isRecord(response?.["error"])) return toBackendProblem(response["error"], undefined, nowMs);
  const frame = readErrorFrame(event);
  if (frame !== undefined) return toBackendProblem(frame.error, frame.status, nowMs);
  return toBackendProblem(isRecord(event["error"]) ? event["error"] : event, undefined, nowMs);
}

/** True for a response object that reports a failure, whatever the event around it is called. */
export function isFailed(response: JsonObject | undefined): boolean {
  return response?.["status"] === "failed" || isRecord(response?.["error"]);
}

function kindOf(code: string | undefined, message: string, status: number | undefined): ProblemCode {
  const known = code === undefined ? undefined : BY_CODE[code];
  if (known !== undefined) return known;
  if (isModelMessage(message)) return "model_not_available";
  if (status === undefined) return code === "invalid_request_error" ? "backend_refused" : "backend_error";
  if (status === 429) return "rate_limited";
  if (status === 503) return "overloaded";
  return status >= 500 ? "backend_error" : "backend_refused";
}

/** The texts the backend uses for a model this account or this client cannot have (backend.md#models-refused). */
function isModelMessage(message: string): boolean {
  return /model is not supported|requires a newer version of Codex|^Model not found/i.test(message);
}

/** Seconds until the limit resets, from the fields of the error or from "Please try again in 1.2s". */
function retryAfterSeconds(error: JsonObject, message: string, nowMs: number): number | undefined {
  const inSeconds = numberAt(error, "resets_in_seconds");
  if (inSeconds !== undefined) return waitSeconds(inSeconds);
  const at = numberAt(error, "resets_at");
  if (at !== undefined) return waitSeconds(at - nowMs / 1000);
  const said = /try again in (\d+(?:\.\d+)?)\s*(ms|s|m)\b/i.exec(message);
  if (said?.[1] === undefined) return undefined;
  const factor = { ms: 0.001, s: 1, m: 60 }[said[2]?.toLowerCase() ?? "s"] ?? 1;
  return waitSeconds(Number(said[1]) * factor);
}

/** A wait as whole seconds for `retry-after`: not negative, and not beyond what can be meant. */
export function waitSeconds(seconds: number): number {
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(0, Math.ceil(seconds)));
}

/** A backend's text, fit for a message: no page of HTML, one line, bounded. */
export function summarize(text: string): string {
  if (/<html|<!doctype/i.test(text)) {
    const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
    return title === undefined || title === ""
      ? "an HTML page"
      : `an HTML page titled ${JSON.stringify(title)}`;
  }
  // A gateway in front of the backend may quote the request, and with it the token.
  const line = hideSecrets(cleanText(text).trim());
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
