import type { JsonObject } from "../../wire/json.ts";
import type { ErrorType } from "../../wire/anthropic.ts";
import type { Problem } from "../../problem.ts";

/** HTTP status -> error type. The status itself stays the problem's own: the SDKs retry by it. */
const TYPES: ReadonlyMap<number, ErrorType> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
]);

/** Codes by which the SDKs know what to do; Anthropic gives none for anything else that can fail here. */
const DETAILED: ReadonlySet<string | null> = new Set(["thread_not_found", "thread_fingerprint_mismatch"]);

/**
 * A problem in Anthropic's error shape: the body of every status from 400, and the data of an `error` event.
 *
 * A conversation that is too long is told in the words by which Claude Code knows that it has to compact.
 *
 * @param requestId left out where it is not known: inside a stream
 * @see https://platform.claude.com/docs/en/api/errors
 */
export function toAnthropicError(problem: Problem, requestId?: string): JsonObject {
  const message = `${problem.message}. ${problem.hint}`;
  return {
    type: "error",
    error: {
      type: TYPES.get(problem.status) ?? (problem.status >= 500 ? "api_error" : "invalid_request_error"),
      message: problem.apiCode === "context_length_exceeded" ? `prompt is too long. ${message}` : message,
      ...(DETAILED.has(problem.apiCode) ? { details: { error_code: problem.apiCode } } : {}),
    },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}
