/**
 * A usable token for every request, refreshed at most once at a time, and never at the cost of the login.
 */
import { ignore } from "../ignore.ts";
import { pause } from "../pause.ts";
import type { TokenAuthJson } from "../wire/auth_json.ts";
import type { Access, RefreshableAccess, Routing } from "./access_source.ts";
import { createAccessViews } from "./access_views.ts";
import {
  noCredentials,
  refreshProblem,
  refusedTokenProblem,
  unaskedProblem,
  unrefreshableProblem,
  unsavableProblem,
  youngTokenProblem,
} from "./access_problem.ts";
import { createAccessTokenStore } from "./access_token_store.ts";
import type { CredentialPlace } from "./credential_place.ts";
import type { Log } from "../log.ts";
import { createCredentialStore, type CredentialStore } from "./credential_store.ts";
import { type CredentialState, describeCredentials, readCliStore } from "./credential_state.ts";
import { describeSkew, freshnessOf } from "./freshness.ts";
import { endpointsOf } from "./openai.ts";
import type { LearnSecrets } from "./read_login.ts";
import type { WriteBytes } from "./temporary_file.ts";
import type { RefreshOutcome } from "./refresh.ts";
import { unsavableText } from "./save_fault.ts";
import { createSharedRefresh } from "./shared_refresh.ts";
import { TOKEN_TIMEOUT_MS } from "./token_request.ts";
import { askWhoami } from "./whoami.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";

/** Options of {@linkcode createAccess}. */
export interface AccessOptions {
  readonly place: CredentialPlace;
  /** default: the vendor's */
  readonly issuer?: string | undefined;
  readonly identity: ClientIdentity;
  /**
   * True for a server, which lives on: where new tokens cannot be saved it refreshes as late as it can, and keeps them
   * in memory. Otherwise (default) such a login is not refreshed at all.
   */
  readonly holdsUnsaved?: boolean | undefined;
  /** hears once for each reason why tokens cannot be saved; default: a warning in the log */
  readonly onUnsavable?: ((message: string) => void) | undefined;
  /** called when a refresh begins; what it returns, when it is over */
  readonly whileRefreshing?: (() => () => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** local clock, ms since 1970 */
  readonly now?: (() => number) | undefined;
  readonly log?: Log | undefined;
  /** waits between attempts */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** looks up where requests of an account go; see accounts_check.ts */
  readonly routingOf?: ((access: Access) => Promise<Routing | "refused" | undefined>) | undefined;
  /** told every secret before it is used, so that it can be hidden wherever it turns up */
  readonly learn?: LearnSecrets | undefined;
  /** for tests: the write that fails */
  readonly writeBytes?: WriteBytes | undefined;
}

/** How long a working token is used before a failed early refresh is tried again. */
const EARLY_RETRY_MS = 30_000;
/** Up to this age a refused token may be one that the backend's nodes do not know yet. */
const YOUNG_TOKEN_MS = 10_000;
/** How long such a token is waited for before it is sent once more. */
const YOUNG_WAIT_MS = 1_500;
/** How long a token that was refused young is not refreshed again: the next one would fare no better. */
const FUTILE_MS = 60_000;
/** See {@linkcode RefreshableAccess.idle}: a request that is under way takes no longer than this. */
const IDLE_WAIT_MS = TOKEN_TIMEOUT_MS + 5_000;
/** How long a request waits for a refresh while the old token still works. */
const DUE_WAIT_MS = 5_000;

/** Makes the source of tokens for one place. Reads nothing before it is asked. */
export function createAccess(options: AccessOptions): RefreshableAccess {
  const { place, identity } = options;
  const now = options.now ?? Date.now;
  const log = options.log ?? ignore;
  const sleep = options.sleep ?? pause;
  const store = storeOf(options, now, log);
  const refreshes = createSharedRefresh({
    store,
    endpoints: endpointsOf(options.issuer),
    fetch: options.fetch ?? fetch,
    identity,
    now,
    log,
    sleep,
    onUnsavable: (fault) =>
      (options.onUnsavable ?? ((message) => log("warn", message)))(`${unsavableText(fault)}. ${fault.fix}`),
    whileRefreshing: options.whileRefreshing,
  });
  const { view, toAccess, tracked, trailOf } = createAccessViews(options.routingOf);
  let earlyRetryAtMs = 0;
  let futile: { readonly token: string; readonly untilMs: number } | undefined;
  /** The login at the place, or the Problem that says why it cannot be used. */
  async function login(again: boolean): Promise<TokenAuthJson> {
    const snapshot = await (again ? store.reread() : store.read());
    if (snapshot.file.kind === "read" && snapshot.file.json.kind === "tokens") return snapshot.file.json;
    if (snapshot.file.kind === "unavailable") throw unaskedProblem(snapshot.file);
    throw noCredentials(await peek());
  }

  /** The refreshed login. @throws Problem */
  async function refreshed(outcome: RefreshOutcome): Promise<Extract<RefreshOutcome, { kind: "fresh" }>> {
    switch (outcome.kind) {
      case "fresh":
        return outcome;
      case "nothing_to_refresh":
        throw noCredentials(await peek());
      case "unsavable":
        throw unsavableProblem(outcome.fault);
      case "refused":
      case "unavailable":
        throw refreshProblem(outcome, describeSkew(refreshes.skewMs()));
      default:
        return outcome satisfies never;
    }
  }

  function refuseAgain(refreshToken: string | undefined): void {
    const refused = refreshes.refused();
    if (refused === undefined || refused.refreshToken !== refreshToken) return;
    throw refreshProblem({ kind: "refused", detail: refused.detail }, describeSkew(refreshes.skewMs()));
  }

  async function get(unsaved: boolean): Promise<Access> {
    const json = await login(false);
    const { accessToken, refreshToken } = json.tokens;
    const freshness = freshnessOf(view(json).age, refreshes.issuerNow());
    if (freshness === "fresh") return toAccess(json);
    // A token that came this moment and looks old means a clock that is off, not of its age.
    if ((refreshes.ageMs(accessToken) ?? EARLY_RETRY_MS) < EARLY_RETRY_MS) return toAccess(json);
    const reason = view(json).age.expiresAtMs === undefined ? "scheduled" : "proactive_expiry";
    if (freshness === "due") {
      const hopeless = refreshToken === undefined || refreshes.refused()?.refreshToken === refreshToken;
      if (hopeless || now() < earlyRetryAtMs) return toAccess(json);
      const work = refreshes.run({ stale: accessToken, reason, unsaved: false });
      // A command ends when it has its answer, and the refresh with it: there it is waited for.
      const outcome = options.holdsUnsaved === true ? await within(DUE_WAIT_MS, work) : await work;
      if (outcome?.kind === "fresh") return toAccess(outcome.json);
      earlyRetryAtMs = now() + EARLY_RETRY_MS;
      return toAccess(json);
    }
    if (refreshToken === undefined) throw noCredentials(await peek());
    refuseAgain(refreshToken);
    const outcome = await refreshes.runWithRetries({ stale: accessToken, reason, unsaved });
    return toAccess((await refreshed(outcome)).json);
  }

  async function renew(old: Access, unsaved: boolean): Promise<Access> {
    const json = await login(true);
    const { accessToken, refreshToken } = json.tokens;
    if (accessToken !== old.token && freshnessOf(view(json).age, refreshes.issuerNow()) !== "expired") {
      return toAccess(json);
    }
    refuseAgain(refreshToken);
    const trail = trailOf(old);
    if (place.kind === "token") {
      // The issuer has just said again that it is good: once more, as not every node of the backend may know it.
      if (trail.waited) throw refusedTokenProblem(place.variable);
      return await tracked(json, { ...trail, waited: true });
    }
    const isFutile = futile?.token === accessToken && now() < futile.untilMs;
    const isYoung = !isFutile &&
      (trail.refreshed || isYoungAge(refreshes.ageMs(accessToken) ?? now() - (json.lastRefreshMs ?? 0)));
    if (isYoung && !trail.waited) {
      await sleep(YOUNG_WAIT_MS);
      return await tracked(json, { ...trail, waited: true });
    }
    if (isFutile || trail.refreshed || (refreshes.ageMs(accessToken) ?? YOUNG_TOKEN_MS) < YOUNG_TOKEN_MS) {
      if (!isFutile) futile = { token: accessToken, untilMs: now() + FUTILE_MS };
      throw youngTokenProblem(describeSkew(refreshes.skewMs()));
    }
    const outcome = await refreshed(
      await refreshes.runWithRetries({ stale: accessToken, reason: "unauthorized_recovery", unsaved }),
    );
    return await tracked(outcome.json, { refreshed: true, waited: false });
  }

  async function peek(): Promise<CredentialState> {
    const snapshot = await store.read();
    const cliStore = snapshot.file.kind === "missing" ? await readCliStore(place) : undefined;
    const [skewMs, refused, fault] = [refreshes.skewMs(), refreshes.refused(), store.fault()];
    return describeCredentials(place, snapshot, now(), { skewMs, refused, cliStore, fault });
  }

  /** A token that is refused when the place of its workspace is asked for is renewed like one that a request met. */
  async function placed(found: Promise<Access>, mayHold: boolean): Promise<Access> {
    const access = await found;
    if (access.refused !== true) return access;
    const again = await renew(access, mayHold);
    if (again.refused !== true) return again;
    if (place.kind === "token") throw refusedTokenProblem(place.variable);
    throw youngTokenProblem(describeSkew(refreshes.skewMs()));
  }

  const unsaved = options.holdsUnsaved === true;
  return {
    get: () => placed(get(unsaved), unsaved),
    renew: (old) => placed(renew(old, unsaved), unsaved),
    whenSavable: { get: () => placed(get(false), false), renew: (old) => placed(renew(old, false), false) },
    async accountId() {
      const { file } = await store.read();
      return file.kind === "read" && file.json.kind === "tokens"
        ? view(file.json).access.accountId
        : undefined;
    },
    peek,
    async inspect() {
      if ((await peek()).hasRefreshToken) {
        const fault = await store.proveSave();
        if (fault !== undefined) refreshes.saidUnsavable(fault);
      }
      return await peek();
    },
    async refresh(reason) {
      const json = await login(false);
      if (place.kind === "token") throw unrefreshableProblem(place.variable);
      refuseAgain(json.tokens.refreshToken);
      const ask = { stale: json.tokens.accessToken, reason, unsaved: false };
      const outcome = await refreshed(await refreshes.runWithRetries(ask));
      return { access: await toAccess(outcome.json), from: outcome.from };
    },
    async idle() {
      const running = refreshes.running();
      if (running !== undefined) await within(IDLE_WAIT_MS, running.catch(ignore));
      await store.saveAtEnd();
    },
  };
}

/** Whoever refreshed it, and whichever clock is ahead. */
function isYoungAge(ageMs: number): boolean {
  return Math.abs(ageMs) < YOUNG_TOKEN_MS;
}

function storeOf(options: AccessOptions, now: () => number, log: Log): CredentialStore {
  const { place, identity } = options;
  if (place.kind !== "token") return createCredentialStore({ ...options, place, now, log });
  const ask = () => askWhoami({ fetch: options.fetch ?? fetch, identity }, place);
  return createAccessTokenStore(place, { ask, now, learn: options.learn ?? ignore });
}

/** The value, or undefined when it takes longer; the work itself goes on. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
