/**
 * A usable token for every request, refreshed at most once at a time.
 */
import { Problem } from "../problem.ts";
import type { TokenAuthJson } from "../wire/auth_json.ts";
import { noCredentials, refreshProblem } from "./access_problem.ts";
import { claimsOfFile } from "./claims.ts";
import {
  createCredentialStore,
  type CredentialPlace,
  type CredentialStore,
  type Log,
} from "./credential_store.ts";
import { type CredentialState, describeCredentials, type Known, readCliStore } from "./credential_state.ts";
import { ageOf, describeSkew, freshnessOf, type TokenAge } from "./freshness.ts";
import { endpointsOf } from "./openai.ts";
import type { LearnSecrets } from "./read_login.ts";
import { refreshLogin, type RefreshOutcome } from "./refresh.ts";
import type { ClientIdentity, RefreshReason } from "./token_request.ts";
import type { WriteBytes } from "./token_file.ts";

/** A usable token and what goes with it into the headers of a request to the backend. */
export interface Access {
  readonly token: string;
  /** for `chatgpt-account-id` */
  readonly accountId: string | undefined;
  /** then `x-openai-fedramp: true` is sent */
  readonly fedramp: boolean;
  /** as the issuer spells it: `plus` */
  readonly plan: string | undefined;
  readonly expiresAtMs: number | undefined;
  /** where requests of this workspace go, when it is not the usual place (upstream.md 7.3) */
  readonly routing?: Routing;
}

/** What `wham/accounts/check` says of an account that is bound to a place. */
export interface Routing {
  /** https origin instead of `https://chatgpt.com` */
  readonly backendOrigin?: string;
  /** for the header `x-openai-account-routing-override` */
  readonly override?: string;
}

/** Gives usable tokens. */
export interface AccessSource {
  /**
   * A usable token; refreshed first when it has 5 minutes or less. One refresh at a time.
   *
   * @throws Problem `no_credentials` or `refresh_failed`
   */
  get(): Promise<Access>;
  /**
   * After the backend answered 401 to `refused`: the file is read again and a new token there is used; else one
   * refresh, shared by all who wait.
   *
   * @throws Problem `no_credentials` or `refresh_failed`
   */
  renew(refused: Access): Promise<Access>;
  /** What is known without any network: for status pages and readiness. Never throws. */
  peek(): Promise<CredentialState>;
}

/** {@linkcode AccessSource} for those who refresh ahead of need. */
export interface RefreshableAccess extends AccessSource {
  /**
   * Refreshes now, whatever the token's age.
   *
   * @returns the new access and who refreshed: us, or another program meanwhile
   * @throws Problem `no_credentials` or `refresh_failed`
   */
  refresh(reason: RefreshReason): Promise<{ readonly access: Access; readonly from: "issuer" | "elsewhere" }>;
  /**
   * Settles when no refresh is under way, at the latest after 10 s. A process that ends in the middle of a refresh
   * may lose the rotated tokens, and the login with them. Never throws.
   */
  idle(): Promise<void>;
}

/** Options of {@linkcode createAccess}. */
export interface AccessOptions {
  readonly place: CredentialPlace;
  /** default: the vendor's */
  readonly issuer?: string | undefined;
  readonly identity: ClientIdentity;
  readonly fetch?: typeof fetch | undefined;
  /** local clock, ms since 1970 */
  readonly now?: (() => number) | undefined;
  readonly log?: Log | undefined;
  /** waits between attempts */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** looks up where requests of an account go; see accounts_check.ts */
  readonly routingOf?: ((access: Access) => Promise<Routing | undefined>) | undefined;
  /** told every secret before it is used, so that it can be hidden wherever it turns up */
  readonly learn?: LearnSecrets | undefined;
  /** for tests: the write that fails */
  readonly writeBytes?: WriteBytes | undefined;
}

/** Pauses before the second and third attempt when there is no usable token to go on with. */
const RETRY_PAUSES_MS: readonly number[] = [500, 1500];
/** A stated `retry-after` is obeyed up to this; beyond it the caller hears of the failure. */
const LONGEST_RETRY_AFTER_MS = 5_000;
/** How long a working token is used before a failed early refresh is tried again. */
const EARLY_RETRY_MS = 30_000;
/** A backend that refuses a token this young refuses the login, not the token; refreshing again would never end. */
const YOUNG_TOKEN_MS = 10_000;

/** See {@linkcode RefreshableAccess.idle}. */
const IDLE_WAIT_MS = 10_000;
/** How long a request waits for a refresh while the old token still works. */
const DUE_WAIT_MS = 5_000;

interface View {
  readonly json: TokenAuthJson;
  readonly age: TokenAge;
  readonly access: Access;
}

type Fresh = Extract<RefreshOutcome, { kind: "fresh" }>;

/** Makes the source of tokens for one place. Reads nothing before it is asked. */
export function createAccess(options: AccessOptions): RefreshableAccess {
  const { place, identity } = options;
  const now = options.now ?? Date.now;
  const log = options.log ?? ignore;
  const sleep = options.sleep ?? pause;
  const store: CredentialStore = createCredentialStore({ ...options, now, log });
  let flight: Promise<RefreshOutcome> | undefined;
  let skewMs: number | undefined;
  let refused: Known["refused"];
  let earlyRetryAtMs = 0;
  let born: { readonly token: string; readonly atMs: number } | undefined;
  let viewed: View | undefined;

  /** The issuer's time as far as it is known: a clock that is off must not make every token look expired. */
  const issuerNow = (): number => now() + (describeSkew(skewMs) === undefined ? 0 : skewMs ?? 0);
  const endpoints = endpointsOf(options.issuer);
  const world = { store, endpoints, fetch: options.fetch ?? fetch, identity, now, issuerNow };

  function learn(outcome: RefreshOutcome): RefreshOutcome {
    if (outcome.kind === "nothing_to_refresh") return outcome;
    if (outcome.skewMs !== undefined) {
      const [before, after] = [describeSkew(skewMs), describeSkew(outcome.skewMs)];
      skewMs = outcome.skewMs;
      if (after !== undefined && after !== before) log("warn", after);
    }
    if (outcome.kind === "fresh") {
      refused = undefined;
      earlyRetryAtMs = 0;
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

  /** Joins the running refresh, or starts one. */
  function refreshShared(stale: string, reason: RefreshReason): Promise<RefreshOutcome> {
    flight ??= refreshLogin(world, { stale, reason }).then(learn).finally(() => {
      flight = undefined;
    });
    return flight;
  }

  async function refreshWithRetries(stale: string, reason: RefreshReason): Promise<RefreshOutcome> {
    for (let attempt = 0;; attempt++) {
      const outcome = await refreshShared(stale, reason);
      const pauseMs = RETRY_PAUSES_MS[attempt];
      if (outcome.kind !== "unavailable" || !outcome.retry || pauseMs === undefined) return outcome;
      if ((outcome.retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS) return outcome;
      await sleep(Math.max(pauseMs, outcome.retryAfterMs ?? 0));
    }
  }

  /** What the tokens say, decoded once for all requests that use them. */
  function view(json: TokenAuthJson): View {
    if (viewed?.json !== json) {
      const { accountId, fedramp, plan } = claimsOfFile(json);
      const age = ageOf(json);
      const { expiresAtMs } = age;
      viewed = {
        json,
        age,
        access: { token: json.tokens.accessToken, accountId, fedramp, plan, expiresAtMs },
      };
    }
    return viewed;
  }

  async function toAccess(json: TokenAuthJson): Promise<Access> {
    const { access } = view(json);
    const routing = await options.routingOf?.(access);
    return routing === undefined ? access : { ...access, routing };
  }

  /** The login at the place, or the Problem that says what is there instead. */
  async function login(again: boolean): Promise<TokenAuthJson> {
    const snapshot = await (again ? store.reread() : store.read());
    if (snapshot.file.kind === "read" && snapshot.file.json.kind === "tokens") return snapshot.file.json;
    throw noCredentials(await peek());
  }

  async function fail(outcome: Exclude<RefreshOutcome, { kind: "fresh" }>): Promise<never> {
    if (outcome.kind === "nothing_to_refresh") throw noCredentials(await peek());
    throw refreshProblem(outcome, describeSkew(skewMs));
  }

  async function freshAccess(outcome: RefreshOutcome): Promise<{ access: Access; from: Fresh["from"] }> {
    if (outcome.kind !== "fresh") return await fail(outcome);
    return { access: await toAccess(outcome.json), from: outcome.from };
  }

  function refuseAgain(refreshToken: string | undefined): void {
    if (refused === undefined || refused.refreshToken !== refreshToken) return;
    throw refreshProblem({ kind: "refused", detail: refused.detail }, describeSkew(skewMs));
  }

  async function get(): Promise<Access> {
    const json = await login(false);
    const { accessToken, refreshToken } = json.tokens;
    const freshness = freshnessOf(view(json).age, issuerNow());
    if (freshness === "fresh") return toAccess(json);
    // A token that came this moment and looks old tells of a clock that is off, not of its age.
    if (born?.token === accessToken && now() - born.atMs < EARLY_RETRY_MS) return toAccess(json);
    const reason = view(json).age.expiresAtMs === undefined ? "scheduled" : "proactive_expiry";
    if (freshness === "due") {
      const hopeless = refreshToken === undefined || refused?.refreshToken === refreshToken;
      if (hopeless || now() < earlyRetryAtMs) return toAccess(json);
      const outcome = await within(DUE_WAIT_MS, refreshShared(accessToken, reason));
      if (outcome?.kind === "fresh") return toAccess(outcome.json);
      earlyRetryAtMs = now() + EARLY_RETRY_MS;
      return toAccess(json);
    }
    if (refreshToken === undefined) throw noCredentials(await peek());
    refuseAgain(refreshToken);
    return (await freshAccess(await refreshWithRetries(accessToken, reason))).access;
  }

  async function renew(old: Access): Promise<Access> {
    const json = await login(true);
    const { accessToken, refreshToken } = json.tokens;
    if (accessToken !== old.token && freshnessOf(view(json).age, issuerNow()) !== "expired") {
      return toAccess(json);
    }
    refuseAgain(refreshToken);
    if (born?.token === accessToken && now() - born.atMs < YOUNG_TOKEN_MS) {
      const detail = "the backend refused an access token that was issued a moment ago";
      const skew = describeSkew(skewMs);
      throw new Problem("refresh_failed", skew === undefined ? detail : `${detail}; ${skew}`, {
        hint: 'Run "ccproxy doctor", and if that finds nothing, "ccproxy auth login-openai" to sign in again',
      });
    }
    return (await freshAccess(await refreshWithRetries(accessToken, "unauthorized_recovery"))).access;
  }

  async function peek(): Promise<CredentialState> {
    const snapshot = await store.read();
    const cliStore = snapshot.file.kind === "missing" ? await readCliStore(place) : undefined;
    return describeCredentials(place, snapshot, now(), { skewMs, refused, cliStore });
  }

  return {
    get,
    renew,
    peek,
    async refresh(reason) {
      const json = await login(false);
      refuseAgain(json.tokens.refreshToken);
      return freshAccess(await refreshWithRetries(json.tokens.accessToken, reason));
    },
    async idle() {
      if (flight !== undefined) await within(IDLE_WAIT_MS, flight);
    },
  };
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function ignore(): void {}
