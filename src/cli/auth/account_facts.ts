import type { CredentialState } from "../../auth/credential_state.ts";
import { type ExitCode, PROBLEMS } from "../../problem.ts";
import type { UtcOffset } from "../../local_days.ts";
import { momentText } from "../output.ts";

/** The plan as the guide shows it: upper case; what is known to matter about it stands behind. */
export function planText(plan: string | undefined): string {
  if (plan === undefined) return "unknown (the login does not name one)";
  const name = plan.toUpperCase();
  if (plan !== "free") return name;
  return `${name} (the backend may answer "${PROBLEMS.plan_required.title}")`;
}

/** The account as one line: e-mail if known, else its id. */
export function accountText(state: Pick<CredentialState, "email" | "accountId">): string {
  return state.email ?? state.accountId ?? "unknown";
}

/** What a person wants to know about the expiry: when, and what happens then. */
export function expiryText(
  state: CredentialState,
  { now, utcOffset }: { now(): number; readonly utcOffset: UtcOffset },
): string {
  const nowMs = now();
  if (state.expiresAtMs === undefined) {
    return state.source === "token"
      ? "unknown (the workspace sets it; an access token cannot be refreshed)"
      : "unknown (the token does not tell)";
  }
  const moment = momentText(state.expiresAtMs, nowMs, utcOffset);
  if (state.kind === "expired_refreshable") {
    const when = state.unsavable === undefined
      ? "with the next request"
      : 'by a running "ccproxy serve" only';
    return `expired ${moment}; refreshed ${when}`;
  }
  return state.expiresAtMs <= nowMs ? `expired ${moment}` : moment;
}

/** "signed in", or what it is instead. */
export function statusText(state: CredentialState): string {
  switch (state.kind) {
    case "signed_in":
    case "expired_refreshable":
      return "signed in";
    case "expired":
    case "refused":
      return "signed in, but the login has ended";
    case "unavailable":
      return "unknown: the issuer could not be asked";
    case "signed_out":
      return "not signed in";
    case "api_key_mode":
    case "other_mode":
      return "not signed in: another kind of login is there";
    case "keyring":
      return "not signed in: the login is in the system keyring";
    case "unusable":
    case "corrupt":
    case "unreadable":
      return "not signed in: the credentials cannot be used";
  }
}

/** What is wrong, under the title that the guide uses for it; undefined when nothing is. */
export function problemText(state: CredentialState): string | undefined {
  if (state.usable) return undefined;
  const title = state.kind === "unavailable"
    ? PROBLEMS.network.title
    : state.kind === "refused" && state.source !== "token"
    ? PROBLEMS.refresh_failed.title
    : PROBLEMS.no_credentials.title;
  return state.problem === undefined ? title : `${title}: ${state.problem}`;
}

/** The exit code of a command about the login: 0 when it can be used, 4 when the network kept that unknown. */
export function loginExitCode(state: Pick<CredentialState, "usable" | "kind">): ExitCode {
  if (state.usable) return 0;
  return state.kind === "unavailable" ? 4 : 3;
}

/** A state as JSON for `--json`: the same names in every command; no token. */
export function stateJson(state: CredentialState, nowMs: number): Record<string, unknown> {
  const time = (ms: number | undefined) => ms === undefined ? null : new Date(ms).toISOString();
  return {
    signed_in: state.usable,
    state: state.kind,
    email: state.email ?? null,
    plan: state.plan?.toUpperCase() ?? null,
    account_id: state.accountId ?? null,
    user_id: state.userId ?? null,
    fedramp: state.fedramp,
    expires_at: time(state.expiresAtMs),
    expires_in_seconds: state.expiresAtMs === undefined
      ? null
      : Math.floor((state.expiresAtMs - nowMs) / 1000),
    last_refresh: time(state.lastRefreshMs),
    refresh_token: state.hasRefreshToken,
    refresh_problem: state.unsavable?.why ?? null,
    access_token: state.maskedToken ?? null,
    source: state.source,
    location: state.location,
    form: state.form ?? null,
    warnings: state.warnings,
    problem: problemText(state) ?? null,
    fix: state.usable ? null : state.command ?? null,
  };
}
