import { isRecord } from "../wire/json.ts";

/**
 * Why an answer was cut, from `incomplete_details`: by a limit of tokens, or by a filter; undefined for one that
 * ended by itself. Codex takes "interrupted" for a finished answer; every other reason is a limit.
 */
export function cutReason(incompleteDetails: unknown): "length" | "content_filter" | undefined {
  const reason = isRecord(incompleteDetails) ? incompleteDetails["reason"] : undefined;
  if (reason === "content_filter") return "content_filter";
  return typeof reason === "string" && reason !== "interrupted" ? "length" : undefined;
}
