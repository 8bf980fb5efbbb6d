/** One refresh at a time, shared by all who need it, and what was learnt from the last ones. */
import type { Known } from "./credential_state.ts";
import type { Log } from "../log.ts";
import { describeSkew } from "./freshness.ts";
import { type RefreshAsk, refreshLogin, type RefreshOutcome, type RefreshWorld } from "./refresh.ts";
import type { SaveFault } from "./save_fault.ts";

/** The refreshes of one process. */
export interface SharedRefresh {
  /** Joins the running refresh, or starts one. */
  run(ask: RefreshAsk): Promise<RefreshOutcome>;
  /** The same, up to three times while the issuer may recover. */
  runWithRetries(ask: RefreshAsk): Promise<RefreshOutcome>;
  /** A person has already heard of it. */
  saidUnsavable(fault: SaveFault): void;
  /** the refresh that is under way */
  running(): Promise<unknown> | undefined;
  /** the issuer's clock minus the local one, as far as it is known */
  skewMs(): number | undefined;
  /** The issuer's time as far as it is known: a clock that is off must not make every token look expired. */
  issuerNow(): number;
  /** the refusal of the last refresh token */
  refused(): Known["refused"];
  /** how long ago this access token came from the issuer; undefined for any but the last one */
  ageMs(accessToken: string): number | undefined;
}

/** What the refreshes of a process need. */
export interface SharedRefreshOptions extends Omit<RefreshWorld, "issuerNow"> {
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  /** called once for each reason for which tokens cannot be saved */
  readonly onUnsavable: (fault: SaveFault) => void;
  /** called when a refresh begins; what it returns, when it is over */
  readonly whileRefreshing: (() => () => void) | undefined;
}

/** Pauses before the second and third attempt when there is no usable token to go on with. */
const RETRY_PAUSES_MS: readonly number[] = [500, 1500];
/** A stated `retry-after` is obeyed up to this; beyond it the caller hears of the failure. */
const LONGEST_RETRY_AFTER_MS = 5_000;

/** Starts nothing by itself. */
export function createSharedRefresh(options: SharedRefreshOptions): SharedRefresh {
  const { now, log } = options;
  let flight: { readonly outcome: Promise<RefreshOutcome>; readonly unsaved: boolean } | undefined;
  let skewMs: number | undefined;
  let refused: Known["refused"];
  let born: { readonly token: string; readonly atMs: number } | undefined;
  let said: string | undefined;

  const issuerNow = (): number => now() + (describeSkew(skewMs) === undefined ? 0 : skewMs ?? 0);

  function learn(outcome: RefreshOutcome): RefreshOutcome {
    if (outcome.kind === "nothing_to_refresh") return outcome;
    if (outcome.kind === "unsavable") {
      if (said !== outcome.fault.why) options.onUnsavable(outcome.fault);
      said = outcome.fault.why;
      return outcome;
    }
    if (outcome.skewMs !== undefined) {
      const [before, after] = [describeSkew(skewMs), describeSkew(outcome.skewMs)];
      skewMs = outcome.skewMs;
      if (after !== undefined && after !== before) log("warn", after);
    }
    if (outcome.kind === "fresh") {
      refused = undefined;
      if (outcome.from === "issuer") born = { token: outcome.json.tokens.accessToken, atMs: now() };
      log(
        "info",
        outcome.from === "issuer" ? "access token refreshed" : "access token taken over from the file",
      );
    } else if (outcome.kind === "refused") {
      refused = { refreshToken: outcome.refreshToken, detail: outcome.detail };
      log("error", `token refresh refused: ${outcome.detail}`);
    } else {
      log("warn", `token refresh failed for now: ${outcome.detail}`);
    }
    return outcome;
  }

  function start(ask: RefreshAsk): Promise<RefreshOutcome> {
    const end = options.whileRefreshing?.();
    return refreshLogin({ ...options, issuerNow }, ask).then(learn).finally(() => {
      flight = undefined;
      end?.();
    });
  }

  async function run(ask: RefreshAsk): Promise<RefreshOutcome> {
    for (;;) {
      flight ??= { outcome: start(ask), unsaved: ask.unsaved };
      const { unsaved } = flight;
      const outcome = await flight.outcome;
      // The one that was joined gave up for a reason that does not stop this caller.
      if (outcome.kind !== "unsavable" || unsaved || !ask.unsaved) return outcome;
    }
  }

  return {
    run,
    async runWithRetries(ask) {
      for (let attempt = 0;; attempt++) {
        const outcome = await run(ask);
        const pauseMs = RETRY_PAUSES_MS[attempt];
        if (outcome.kind !== "unavailable" || !outcome.retry || pauseMs === undefined) return outcome;
        if ((outcome.retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS) return outcome;
        await options.sleep(Math.max(pauseMs, outcome.retryAfterMs ?? 0));
      }
    },
    saidUnsavable(fault) {
      said = fault.why;
    },
    running: () => flight?.outcome,
    skewMs: () => skewMs,
    issuerNow,
    refused: () => refused,
    ageMs: (accessToken) => born?.token === accessToken ? now() - born.atMs : undefined,
  };
}
