/** What all ways to sign in have in common: from the authorization code to the saved file. */
import { Problem } from "../problem.ts";
import type { Access } from "./access.ts";
import type { AccountRouting } from "./accounts_check.ts";
import { type Claims, claimsOf } from "./claims.ts";
import type { CredentialPlace } from "./credential_store.ts";
import { describeSkew } from "./freshness.ts";
import type { Endpoints } from "./openai.ts";
import { randomBytes, STATE_BYTES } from "./pkce.ts";
import { saveLogin } from "./save_login.ts";
import type { AskOptions } from "./send_to_issuer.ts";
import { type ClientIdentity, codeGrantRequest, processCodeGrant } from "./token_request.ts";
import type { WriteBytes } from "./token_file.ts";

/** What a login tells while it goes on. */
export type LoginEvent =
  /** `opened` false: the person must open it */
  | {
    readonly kind: "url";
    readonly url: string;
    readonly port: number | undefined;
    readonly opened: boolean;
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
 * @param path of the credentials file, from `prepareToSave`
 * @throws Problem `login_failed`, `network`, `file`
 */
export async function finishLogin(
  options: LoginOptions,
  endpoints: Endpoints,
  path: string,
  grant: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
): Promise<LoginResult> {
  options.onEvent({ kind: "exchanging" });
  const now = options.now ?? Date.now;
  const tokens = await processCodeGrant(await codeGrantRequest(askOf(options, endpoints), grant));
  const claims = claimsOf(tokens);
  refuseForeignWorkspace(claims, options.allowedWorkspaceIds ?? []);
  const skew = describeSkew(tokens.dateMs === undefined ? undefined : tokens.dateMs - now());
  if (skew !== undefined) options.onEvent({ kind: "warning", message: skew });
  const { accessToken, refreshToken, idToken } = tokens;
  const login = { accessToken, refreshToken, idToken, accountId: claims.accountId };
  // The old login, if any, is not revoked: copies of it may run elsewhere, and "logout" is the command for that.
  const saved = await saveLogin(path, login, {
    issuer: endpoints.issuer,
    random: randomBytes(STATE_BYTES),
    nowMs: now(),
    writeBytes: options.writeBytes,
  });
  if (saved.setAside !== undefined) options.onEvent({ kind: "set_aside", path: saved.setAside });
  const { email, plan, accountId, fedramp, expiresAtMs } = claims;
  await checkRouting(options, { token: accessToken, accountId, plan, fedramp, expiresAtMs });
  return { path, email, plan, accountId, expiresAtMs };
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

/** Once per login. A failure is told and mended by the first request that needs it. */
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
