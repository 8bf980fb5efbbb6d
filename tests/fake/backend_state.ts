/**
 * What the fake backend tells besides answers: limits, models, accounts (backend.md#models-answer, #workspace-routing,
 * #usage-answer, #limit-headers).
 */
import { clientVersion } from "../../src/demo/client_version.ts";
import { compareVersions } from "../../src/semver.ts";
import type { FakeModel } from "./catalogue.ts";
import type { Script } from "./script.ts";

/** One window of the account's limits. */
export interface LimitWindow {
  readonly usedPercent: number;
  readonly windowMinutes: number;
  readonly resetAfterSeconds: number;
}

/** The account's limits. Position says nothing about length: the weekly window may be the primary one. */
export interface Limits {
  readonly plan: string;
  readonly primary?: LimitWindow;
  readonly secondary?: LimitWindow;
  /** early resets left; none by default */
  readonly resetCredits?: number;
  /** further headers, such as `x-codex-credits-balance` */
  readonly headers?: Record<string, string>;
}

/** A Plus account with some use behind it. */
export const PLUS_LIMITS: Limits = {
  plan: "plus",
  primary: { usedPercent: 12, windowMinutes: 300, resetAfterSeconds: 9000 },
  secondary: { usedPercent: 34, windowMinutes: 10_080, resetAfterSeconds: 300_000 },
};

/** The `x-codex-*` headers of every answer. */
export function limitHeaders(limits: Limits | undefined, nowMs: number): Record<string, string> {
  if (limits === undefined) return {};
  const headers: Record<string, string> = {
    "x-codex-active-limit": "codex",
    "x-codex-plan-type": limits.plan,
    "x-codex-credits-has-credits": "False",
    "x-codex-credits-unlimited": "False",
    ...limits.headers,
  };
  for (const position of ["primary", "secondary"] as const) {
    const window = limits[position];
    if (window === undefined) continue;
    headers[`x-codex-${position}-used-percent`] = `${window.usedPercent}`;
    headers[`x-codex-${position}-window-minutes`] = `${window.windowMinutes}`;
    headers[`x-codex-${position}-reset-after-seconds`] = `${window.resetAfterSeconds}`;
    headers[`x-codex-${position}-reset-at`] = `${Math.floor(nowMs / 1000) + window.resetAfterSeconds}`;
  }
  return headers;
}

/** `GET wham/usage`. */
export function usageAnswer(limits: Limits, nowMs: number): { body: unknown } {
  const window = (found: LimitWindow | undefined) =>
    found === undefined ? null : {
      used_percent: found.usedPercent,
      limit_window_seconds: found.windowMinutes * 60,
      reset_after_seconds: found.resetAfterSeconds,
      reset_at: Math.floor(nowMs / 1000) + found.resetAfterSeconds,
    };
  const reached = [limits.primary, limits.secondary].some((found) => (found?.usedPercent ?? 0) >= 100);
  return {
    body: {
      plan_type: limits.plan,
      rate_limit: {
        allowed: !reached,
        limit_reached: reached,
        primary_window: window(limits.primary),
        secondary_window: window(limits.secondary),
      },
      additional_rate_limits: [],
      code_review_rate_limit: null,
      credits: { has_credits: false, unlimited: false, balance: null },
      rate_limit_reset_credits: { available_count: limits.resetCredits ?? 0 },
    },
  };
}

/** `GET /models`: gated models are left out for an old client; 304 when the client has this list. */
export function modelsAnswer(
  request: { readonly query: URLSearchParams; readonly headers: Record<string, string> },
  models: readonly FakeModel[],
): Script & { readonly headers?: Record<string, string> } {
  const version = request.query.get("client_version") ?? clientVersion(request.headers);
  const visible = models.filter((model) => compareVersions(version, model.minimal_client_version) >= 0);
  const etag = `W/"${hash(JSON.stringify(models))}-${visible.length}"`;
  if (request.headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
  return { headers: { etag }, body: { models: visible } };
}

/** `GET wham/accounts/check`: a personal account without constraints. */
export function accountsAnswer(request: { readonly headers: Record<string, string> }): { body: unknown } {
  const id = request.headers["chatgpt-account-id"];
  return {
    body: {
      accounts: [{
        id,
        structure: "personal",
        plan_type: "plus",
        account_user_role: "account-owner",
        can_access_with_session: true,
        workspace_backend_origin: "NO_CONSTRAINT",
        account_routing_override: "NO_CONSTRAINT",
      }],
      account_ordering: [id],
      default_account_id: id,
    },
  };
}

/** FNV-1a, enough to tell two lists apart. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value.toString(16);
}
