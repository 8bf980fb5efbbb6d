import { wholePercent } from "../percent_text.ts";
import type { JsonObject } from "../wire/json.ts";
import { blockingWindow, isOver, limitBlock } from "./limit_state.ts";
import { CODE_REVIEW_LIMIT, type Limits, type LimitWindow, MAIN_LIMIT } from "./rate_limits.ts";

/**
 * The limits as `GET /api/codex/usage` tells them to the Codex CLI: the shape of backend.md#usage-answer, every number
 * whole as its reader wants, windows at the place where the backend had them.
 */
export function toCodexUsage(limits: Limits, nowMs: number): JsonObject {
  const further = [...new Set(limits.windows.map((window) => window.limitId))]
    .filter((id) => id !== MAIN_LIMIT && id !== CODE_REVIEW_LIMIT);
  return {
    plan_type: limits.plan ?? "unknown",
    rate_limit: toFamily(limits, MAIN_LIMIT, nowMs),
    additional_rate_limits: further.map((id) => ({
      limit_name: limits.windows.find((window) => window.limitId === id)?.limitName ?? id,
      metered_feature: id.replaceAll("-", "_"),
      rate_limit: toFamily(limits, id, nowMs),
    })),
    code_review_rate_limit: toFamily(limits, CODE_REVIEW_LIMIT, nowMs),
    credits: limits.credits === undefined ? null : {
      has_credits: limits.credits.hasCredits,
      unlimited: limits.credits.unlimited,
      balance: limits.credits.balance ?? null,
    },
    ...limits.reachedType === undefined ? {} : { rate_limit_reached_type: { type: limits.reachedType } },
    ...limits.spendReached === undefined ? {} : { spend_control: { reached: limits.spendReached } },
    rate_limit_reset_credits: limits.resetCredits === undefined
      ? null
      : { available_count: limits.resetCredits },
  };
}

function toFamily(limits: Limits, limitId: string, nowMs: number): JsonObject | null {
  const windows = limits.windows.filter((window) => window.limitId === limitId);
  if (windows.length === 0) return null;
  const at = (position: LimitWindow["position"]) => {
    const window = windows.find((candidate) => candidate.position === position);
    return window === undefined ? null : toUsageWindow(window, nowMs);
  };
  return {
    allowed: limitId === MAIN_LIMIT
      ? limitBlock(limits, nowMs) === undefined
      : blockingWindow(limits, nowMs, { limitId }) === undefined,
    limit_reached: windows.some((window) => window.limitReached && !isOver(window, nowMs)),
    primary_window: at("primary"),
    secondary_window: at("secondary"),
  };
}

function toUsageWindow(window: LimitWindow, nowMs: number): JsonObject {
  const resetsAtMs = window.resetsAtMs ?? nowMs;
  return {
    used_percent: isOver(window, nowMs) ? 0 : wholePercent(window.usedPercent),
    limit_window_seconds: Math.round(window.windowSeconds ?? 0),
    reset_after_seconds: Math.max(0, Math.ceil((resetsAtMs - nowMs) / 1000)),
    reset_at: Math.round(resetsAtMs / 1000),
  };
}
