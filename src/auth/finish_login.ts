/** What all ways to sign in have in common: from the authorization code to the saved file. */
import type { ClientIdentity } from "../wire/client_identity.ts";
import { Problem } from "../problem.ts";
import type { Access } from "./access_source.ts";
import type { AccountRouting } from "./accounts_check.ts";
import { type Claims, claimsOf } from "./claims.ts";
import type { CredentialPlace } from "./credential_place.ts";
import { describeSkew } from "./freshness.ts";
import type { Endpoints } from "./openai.ts";
import { randomBytes, STATE_BYTES } from "./pkce.ts";
import { prepareToSave, type SavedLogin, saveLogin } from "./save_login.ts";
import type { AskOptions } from "./send_to_issuer.ts";
import { codeGrantRequest, processCodeGrant, processRevoke, revokeRequest } from "./token_request.ts";
import type { WriteBytes } from "./temporary_file.ts";

/** What a login tells while it goes on. */
export type LoginEvent =
  /** `opened` false: the person must open it; `pasting`: the address at the end is read when it is pasted */
  | {
    readonly kind: "url";
    readonly url: string;
    readonly port: number | undefined;
    readonly opened: boolean;
    readonly pasting: boolean;
  }
  /** the browser cannot come back here, so the answer must be pasted; `why` names the ports */
  | { readonly kind: "no_listener"; readonly why: string }
  | { readonly kind: "bad_paste"; readonly why: string }
  | {
    readonly kind: "device_code";
    readonly userCode: string;
    readonly verifyUrl: string;
    readonly expiresAtMs: number;
  }
  | { readonly kind: "exchanging" }
  /** a corrupt credentials file was moved */
  | { readonly kind: "set_aside"; readonly path: string }
  | { readonly kind: "warning"; readonly message: string };

/** A login that is saved. Holds no token. */
export interface LoginResult {
  readonly path: string;
  readonly email: string | undefined;
  /** as the issuer spells it: `plus` */
  readonly plan: string | undefined;
  readonly accountId: string | undefined;
  readonly expiresAtMs: number | undefined;
}

/** What all ways need. */
export interface LoginOptions {
  readonly place: CredentialPlace;
  readonly issuer?: string | undefined;
  readonly identity: ClientIdentity;
  /** ids of the workspaces that may be signed in to; none: any */
  readonly allowedWorkspaceIds?: readonly string[] | undefined;
  /** checks the account's routing once, see accounts_check.ts */
  readonly accountRouting?: AccountRouting | undefined;
  readonly onEvent: (event: LoginEvent) => void;
  /** Ctrl-C: the login ends with the signal's reason and leaves nothing behind */
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly now?: (() => number) | undefined;
  /** waits between tries and polls */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** for tests: the write that fails */
  readonly writeBytes?: WriteBytes | undefined;
}

/**
 * Exchanges the code, saves the tokens and looks up the account's routing.
 *
 * The code works once and its tokens come once: it is not spent before it is certain that they can be saved, and
 * Ctrl-C does not end an exchange that has begun. Tokens that are not kept are revoked, best effort: a login that
 * nobody holds would live on at the issuer.
 *
 * @throws Problem `login_failed`, `network`, `file`
 */
export async function finishLogin(
  options: LoginOptions,
  endpoints: Endpoints,
  grant: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
): Promise<LoginResult> {
  const place = await prepareToSave(options.place, { write: options.writeBytes });
  const ask = { ...askOf(options, endpoints), signal: undefined };
  options.onEvent({ kind: "exchanging" });
  const now = options.now ?? Date.now;
  let tokens: Awaited<ReturnType<typeof processCodeGrant>>;
  try {
    tokens = await processCodeGrant(await codeGrantRequest(ask, grant));
  } catch (thrown) {
    await place.file.discard();
    throw thrown;
  }
  const claims = claimsOf(tokens);
  const { accessToken, refreshToken, idToken } = tokens;
  let saved: SavedLogin;
  try {
    refuseForeignWorkspace(claims, options.allowedWorkspaceIds ?? []);
    const login = { accessToken, refreshToken, idToken, accountId: claims.accountId };
    // The old login, if any, is not revoked: copies of it may run elsewhere, and "logout" is the command for that.
    saved = await saveLogin(place, login, {
      issuer: endpoints.issuer,
      random: randomBytes(STATE_BYTES),
      nowMs: now(),
    });
  } catch (thrown) {
    await place.file.discard();
    await revokeUnkept(ask, refreshToken);
    throw thrown;
  }
  const skew = describeSkew(tokens.dateMs === undefined ? undefined : tokens.dateMs - now());
  if (skew !== undefined) options.onEvent({ kind: "warning", message: skew });
  if (saved.setAside !== undefined) options.onEvent({ kind: "set_aside", path: saved.setAside });
  const { email, plan, accountId, fedramp, expiresAtMs } = claims;
  await checkRouting(options, { token: accessToken, accountId, plan, fedramp, expiresAtMs });
  return { path: place.path, email, plan, accountId, expiresAtMs };
}

/** Best effort, and quick: the person hears why the login failed. Never throws. */
async function revokeUnkept(ask: AskOptions, refreshToken: string): Promise<void> {
  try {
    const token = { value: refreshToken, hint: "refresh_token" } as const;
    await processRevoke(await revokeRequest(ask, token));
  } catch {
    // it ends by itself when it is not used
  }
}

function refuseForeignWorkspace(claims: Claims, allowed: readonly string[]): void {
  if (allowed.length === 0 || (claims.accountId !== undefined && allowed.includes(claims.accountId))) return;
  throw new Problem(
    "login_failed",
    `the sign-in was to workspace ${claims.accountId ?? "unknown"}, which is not allowed`,
    {
      hint: `Sign in to ${allowed.join(" or ")}, as auth.allowed_workspace_id says`,
    },
  );
}

/** Once per login. After a failure, the first request that needs it asks again. */
async function checkRouting(options: LoginOptions, access: Access): Promise<void> {
  const result = await options.accountRouting?.check(access);
  if (result?.kind === "failed") {
    options.onEvent({
      kind: "warning",
      message: `the routing of this account is not known yet: ${result.detail}`,
    });
  }
}

/** What a request to the issuer needs, from the options of a login. */
export function askOf(options: LoginOptions, endpoints: Endpoints): AskOptions {
  return { endpoints, fetch: options.fetch ?? fetch, signal: options.signal };
}
