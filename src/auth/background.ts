/** Refreshes the login of a running server ahead of need, so that no request waits for it. */
import type { RefreshableAccess } from "./access_source.ts";
import type { CredentialState } from "./credential_state.ts";
import type { Log } from "../log.ts";
import { REFRESH_AGE_MS, REFRESH_MARGIN_MS } from "./freshness.ts";

/**
 * Ahead of the margin at which requests refresh (and the Codex CLI does): a server that refreshes early leaves
 * nothing to refresh for a CLI on the same file, which does not wait for turns before it asks.
 */
const AHEAD_MS = REFRESH_MARGIN_MS + 5 * 60_000;
/** Servers on one file wake at different times. */
const JITTER_MS = 5 * 60_000;
/** Timers stand still while a laptop sleeps, and files change, so the plan is looked at again this often. */
const LOOK_AGAIN_MS = 5 * 60_000;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/**
 * How long to wait before the next refresh; 0 for now, undefined when there is nothing to refresh. Pure.
 *
 * @param jitter 0 to 1, the same for one token
 */
export function refreshDelayMs(state: CredentialState, nowMs: number, jitter: number): number | undefined {
  if (!state.hasRefreshToken || state.kind === "refused") return undefined;
  if (state.kind === "expired_refreshable") return 0;
  if (state.kind !== "signed_in") return undefined;
  const issuerNowMs = nowMs + (state.skewMs ?? 0);
  const { expiresAtMs, lastRefreshMs } = state;
  if (expiresAtMs !== undefined) {
    return Math.max(0, expiresAtMs - AHEAD_MS - jitter * JITTER_MS - issuerNowMs);
  }
  if (lastRefreshMs === undefined) return undefined;
  return Math.max(0, lastRefreshMs + REFRESH_AGE_MS - jitter * JITTER_MS - nowMs);
}

/** Options of {@linkcode startBackgroundRefresh}. */
export interface BackgroundOptions {
  readonly access: RefreshableAccess;
  readonly now?: (() => number) | undefined;
  /** 0 to 1 */
  readonly random?: (() => number) | undefined;
  readonly log?: Log | undefined;
  /** starts a timer that does not keep the process alive, and returns what stops it */
  readonly startTimer?: ((run: () => void, ms: number) => () => void) | undefined;
}

/**
 * Starts the refreshing. It begins at once, so that a server that starts with an expired token has a new one before
 * the first request. Where new tokens cannot be saved nothing is refreshed here, only tried again later: the first
 * request that needs it does it.
 *
 * @returns stops it; a refresh that is under way ends by itself
 */
export function startBackgroundRefresh(options: BackgroundOptions): () => void {
  const { access } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const startTimer = options.startTimer ?? startUnrefTimer;
  let stopped = false;
  let stopTimer: (() => void) | undefined;
  let jitter = random();
  let failures = 0;
  let doneFor: number | undefined;

  function plan(ms: number): void {
    if (!stopped) stopTimer = startTimer(() => void look(), Math.min(ms, LOOK_AGAIN_MS));
  }

  async function look(): Promise<void> {
    const state = await access.peek();
    const delayMs = stopped ? undefined : refreshDelayMs(state, now(), jitter);
    if (delayMs === undefined) return plan(LOOK_AGAIN_MS);
    if (delayMs > 0) return plan(delayMs);
    // A token that is born short-lived would be refreshed forever; requests take care of it.
    if (doneFor !== undefined && state.expiresAtMs === doneFor) return plan(LOOK_AGAIN_MS);
    try {
      const refreshed = await access.refresh("proactive_expiry");
      failures = 0;
      jitter = random();
      doneFor = refreshed.access.expiresAtMs;
      plan(FIRST_RETRY_MS);
    } catch {
      // access has logged it
      plan(Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS));
    }
  }

  void look();
  return () => {
    stopped = true;
    stopTimer?.();
  };
}

function startUnrefTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  Deno.unrefTimer(timer);
  return () => clearTimeout(timer);
}
