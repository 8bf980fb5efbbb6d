import type { Limits } from "../../upstream/rate_limits.ts";
import { toCodexUsage } from "../../upstream/codex_usage.ts";

/** `GET /codex/usage` and `/api/codex/usage`: the account's limits in the form the Codex CLI reads. */
export function usageResponse(limits: Limits, nowMs: number): Response {
  return Response.json(toCodexUsage(limits, nowMs));
}
