/** Where the requests of a workspace go: asked once per login, remembered per account. */
import { connectFault } from "../config/connect_fault.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";
import { writeFile } from "../write_file.ts";
import { ignore } from "../ignore.ts";
import { errorText } from "../error_text.ts";
import { isLoopbackHost } from "../config/loopback_host.ts";
import { BOUNDS } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { isRecord, type JsonObject, listAt, parseJson, recordAt, textAt } from "../wire/json.ts";
import type { Access, Routing } from "./access_source.ts";
import type { Log } from "../log.ts";
import { describeAnswer, readOAuthAnswer } from "./oauth_answer.ts";

/** The judgement on an answer. */
export type AccountsCheck =
  /** `routing` undefined: no constraint, the usual case */
  | { readonly kind: "known"; readonly routing: Routing | undefined }
  | { readonly kind: "failed"; readonly detail: string }
  /** the backend refuses the token: nothing is known of the account */
  | { readonly kind: "refused"; readonly detail: string };

/** Plans of single persons. Their accounts are bound to no place, so a failed check does not stop them. */
const PERSONAL_PLANS: readonly string[] = ["free", "go", "plus", "pro", "prolite"];

const NO_CONSTRAINT = "NO_CONSTRAINT";
const CHECK_TIMEOUT_MS = 10_000;
/** How long a failed check of a workspace account is not repeated. */
const CHECK_AGAIN_MS = 15_000;
const ACCOUNTS_LIMIT = 50;

/** The address of the check for a backend: next to the `codex` part of `codex.base_url`. */
export function accountsCheckUrl(backendBaseUrl: string): string {
  const base = new URL(backendBaseUrl);
  const prefix = base.pathname.match(/^(.*\/backend-api)(\/|$)/)?.[1] ?? "/backend-api";
  return `${base.origin}${prefix}/wham/accounts/check`;
}

/**
 * Asks the backend about the accounts of a login.
 *
 * @returns a Response to be given to {@linkcode processAccountsCheck}
 * @throws the error of `fetch`
 * @see backend.md#workspace-routing
 */
function accountsCheckRequest(
  options: {
    readonly backendBaseUrl: string;
    readonly fetch: typeof fetch;
    readonly identity: ClientIdentity;
    readonly signal?: AbortSignal | undefined;
  },
  access: Access,
): Promise<Response> {
  const headers: Record<string, string> = {
    "accept": "application/json",
    "authorization": `Bearer ${access.token}`,
    "originator": options.identity.originator,
    "user-agent": options.identity.userAgent,
  };
  if (access.accountId !== undefined) headers["chatgpt-account-id"] = access.accountId;
  if (access.fedramp) headers["x-openai-fedramp"] = "true";
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  return options.fetch(accountsCheckUrl(options.backendBaseUrl), { headers, signal, redirect: "manual" });
}

/**
 * Judges the answer to {@linkcode accountsCheckRequest}. Never throws.
 *
 * Two fields count: `workspace_backend_origin` and `account_routing_override`. A 404 means a backend without the
 * check, so no constraint. An origin is believed only when it is https, without credentials, and the vendor's: the
 * login's token goes there.
 *
 * @param ask.accountId the account of the login
 * @param ask.backendBaseUrl `codex.base_url`; only one on loopback may send us to loopback
 */
export async function processAccountsCheck(
  response: Response,
  ask: { readonly accountId: string; readonly backendBaseUrl: string },
): Promise<AccountsCheck> {
  const answer = await readOAuthAnswer(response);
  if (answer.status === 404) return { kind: "known", routing: undefined };
  if (answer.status === 401) return { kind: "refused", detail: describeAnswer(answer) };
  const accounts = answer.json === undefined ? undefined : accountsOf(answer.json);
  if (answer.status !== 200 || accounts === undefined) {
    return { kind: "failed", detail: describeAnswer(answer) };
  }
  const account = accounts.find((each) => textAt(each, "id") === ask.accountId);
  if (account === undefined) {
    return { kind: "failed", detail: "the account of this login is not in the answer" };
  }
  const origin = constraint(account, "workspace_backend_origin");
  const override = constraint(account, "account_routing_override");
  if (origin !== undefined && !isAllowedOrigin(origin, ask.backendBaseUrl)) {
    return { kind: "failed", detail: "the backend of this workspace is not an https origin of the vendor" };
  }
  if (override !== undefined && !/^[\w.-]{1,64}$/.test(override)) {
    return { kind: "failed", detail: "the routing override of this account is not a word" };
  }
  return { kind: "known", routing: routingFrom(origin, override) };
}

/** Looks up, and remembers, where requests of an account go. */
export interface AccountRouting {
  /**
   * For {@linkcode AccessOptions.routingOf}: from memory or file at once. Otherwise the backend is asked: a workspace
   * waits for the answer, a personal account does not.
   *
   * @returns "refused" for a workspace when the backend refuses the token (401)
   * @throws Problem `backend_unreachable` for a workspace whose check failed
   */
  routingOf(access: Access): Promise<Routing | "refused" | undefined>;
  /** Asks the backend after a login, whatever is remembered. Never throws. */
  check(access: Access): Promise<AccountsCheck>;
}

/** Options of {@linkcode createAccountRouting}. */
export interface AccountRoutingOptions {
  /** `codex.base_url` */
  readonly backendBaseUrl: string;
  /** file in the state directory that remembers answers over restarts; it holds ids, no tokens */
  readonly file?: string | undefined;
  readonly identity: ClientIdentity;
  readonly fetch?: typeof fetch | undefined;
  readonly now?: (() => number) | undefined;
  /** a clock that only goes forward; `performance.now` unless told */
  readonly monotonicMs?: (() => number) | undefined;
  readonly log?: Log | undefined;
  /** ends a running check */
  readonly signal?: AbortSignal | undefined;
}

/** Makes the lookup. Reads nothing before it is asked. */
export function createAccountRouting(options: AccountRoutingOptions): AccountRouting {
  const now = options.now ?? Date.now;
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const log = options.log ?? ignore;
  const ask = { ...options, fetch: options.fetch ?? fetch };
  const known = new Map<string, { readonly routing: Routing | undefined }>();
  const running = new Map<string, Promise<AccountsCheck>>();
  const failed = new Map<string, { readonly detail: string; readonly atMs: number }>();
  let loaded = false;

  async function load(): Promise<void> {
    if (loaded || options.file === undefined) return;
    loaded = true;
    const accounts = await readAccounts(options.file);
    for (const [id, account] of Object.entries(accounts)) {
      if (!isRecord(account) || known.has(id)) continue;
      const origin = textAt(account, "backend_origin");
      if (origin !== undefined && !isAllowedOrigin(origin, options.backendBaseUrl)) continue;
      known.set(id, { routing: routingFrom(origin, textAt(account, "override")) });
    }
  }

  async function remember(id: string, routing: Routing | undefined): Promise<void> {
    known.set(id, { routing });
    failed.delete(id);
    if (options.file === undefined) return;
    try {
      const others = Object.entries(await readAccounts(options.file)).filter(([other]) => other !== id);
      const account: JsonObject = { checked_at: new Date(now()).toISOString() };
      if (routing?.backendOrigin !== undefined) account["backend_origin"] = routing.backendOrigin;
      if (routing?.override !== undefined) account["override"] = routing.override;
      const accounts = Object.fromEntries([...others.slice(1 - ACCOUNTS_LIMIT), [id, account]]);
      await writeFile(options.file, `${JSON.stringify({ accounts }, null, 2)}\n`, { makeDirectory: true });
    } catch (thrown) {
      log(
        "debug",
        `cannot write ${options.file}: ${errorText(thrown)}`,
      );
    }
  }

  async function checkNow(access: Access, id: string): Promise<AccountsCheck> {
    let result: AccountsCheck;
    try {
      result = await processAccountsCheck(await accountsCheckRequest(ask, access), {
        ...options,
        accountId: id,
      });
    } catch (thrown) {
      const url = new URL(options.backendBaseUrl);
      const { fault } = connectFault(thrown, url, CHECK_TIMEOUT_MS);
      result = { kind: "failed", detail: `${url.host}: ${fault}` };
    }
    if (result.kind === "known") await remember(id, result.routing);
    else if (result.kind === "failed") failed.set(id, { detail: result.detail, atMs: monotonicMs() });
    return result;
  }

  function shared(access: Access, id: string): Promise<AccountsCheck> {
    const run = running.get(id) ?? checkNow(access, id).finally(() => running.delete(id));
    running.set(id, run);
    return run;
  }

  return {
    async routingOf(access) {
      const id = access.accountId;
      if (id === undefined) return undefined;
      await load();
      const remembered = known.get(id);
      if (remembered !== undefined) return remembered.routing;
      const failure = failed.get(id);
      if (isPersonal(access.plan)) {
        if (failure === undefined) void shared(access, id);
        return undefined;
      }
      const result = failure !== undefined && monotonicMs() - failure.atMs < CHECK_AGAIN_MS
        ? { kind: "failed" as const, detail: failure.detail }
        : await shared(access, id);
      if (result.kind === "known") return result.routing;
      if (result.kind === "refused") return "refused";
      throw new Problem("backend_unreachable", `workspace routing is unavailable: ${result.detail}`, {
        hint:
          'Try again in a few moments; if it stays, run "ccproxy auth login-openai" and choose the workspace',
      });
    },
    check(access) {
      const id = access.accountId;
      return id === undefined
        ? Promise.resolve({ kind: "failed", detail: "the login names no account" })
        : shared(access, id);
    },
  };
}

/** True for the plan of a single person (or an unknown one), whose requests always go to the usual place. */
export function isPersonal(plan: string | undefined): boolean {
  return plan === undefined || PERSONAL_PLANS.includes(plan);
}

function constraint(account: JsonObject, key: string): string | undefined {
  const value = textAt(account, key);
  return value === undefined || value === "" || value === NO_CONSTRAINT ? undefined : value;
}

function routingFrom(origin: string | undefined, override: string | undefined): Routing | undefined {
  if (origin === undefined && override === undefined) return undefined;
  return {
    ...(origin === undefined ? {} : { backendOrigin: new URL(origin).origin }),
    ...(override === undefined ? {} : { override }),
  };
}

/** A list in recent answers, an object keyed by id in older ones. */
function accountsOf(json: JsonObject): JsonObject[] | undefined {
  const list = listAt(json, "accounts");
  if (list !== undefined) return list.filter(isRecord);
  const keyed = recordAt(json, "accounts");
  if (keyed === undefined) return undefined;
  return Object.entries(keyed).flatMap(([id, account]) => isRecord(account) ? [{ id, ...account }] : []);
}

function isAllowedOrigin(origin: string, backendBaseUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "") return false;
  if (isLoopbackHost(url.hostname)) return isLoopbackHost(new URL(backendBaseUrl).hostname);
  return url.protocol === "https:" && url.port === "" && /(^|\.)(chatgpt|openai)\.com$/.test(url.hostname);
}

async function readAccounts(file: string): Promise<JsonObject> {
  try {
    const stored = parseJson(await readTextFileLimited(file, BOUNDS.state));
    return isRecord(stored) ? recordAt(stored, "accounts") ?? {} : {};
  } catch {
    return {};
  }
}
