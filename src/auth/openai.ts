import { isLoopbackHost } from "../config/loopback_host.ts";
import { Problem } from "../problem.ts";

/** The vendor's issuer. `auth.issuer` names another. */
const DEFAULT_ISSUER = "https://auth.openai.com";

/** Public client id of the Codex CLI; it has no secret. Observed 2026-11 (backend.md#client-id). */
export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

/** Scopes that Codex CLI 0.169.0 asks for (backend.md#login-scopes). */
export const SCOPE = "openid profile email offline_access api.connectors.read api.connectors.invoke";

/**
 * The two callback ports that are registered for the client; no other can be expected to work
 * (backend.md#callback-ports).
 */
export const CALLBACK_PORTS: readonly number[] = [1455, 1457];

/** Path of the callback on the loopback listener (backend.md#callback-path). */
export const CALLBACK_PATH = "/auth/callback";

/** Every address of the issuer that this program talks to or shows. */
export interface Endpoints {
  readonly issuer: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly deviceUserCodeUrl: string;
  readonly deviceTokenUrl: string;
  /** where a person types the device code */
  readonly deviceVerifyUrl: string;
  /** `redirect_uri` of a code that came from the device login */
  readonly deviceRedirectUri: string;
}

/**
 * The endpoints below an issuer (backend.md#login-endpoints).
 *
 * @throws Problem `config` for an issuer that is not https, unless it is on loopback: tokens would travel in clear
 */
export function endpointsOf(issuer: string = DEFAULT_ISSUER): Endpoints {
  const base = safeBase("auth.issuer", issuer);
  return {
    issuer: base,
    authorizeUrl: `${base}/oauth/authorize`,
    tokenUrl: `${base}/oauth/token`,
    revokeUrl: `${base}/oauth/revoke`,
    deviceUserCodeUrl: `${base}/api/accounts/deviceauth/usercode`,
    deviceTokenUrl: `${base}/api/accounts/deviceauth/token`,
    deviceVerifyUrl: `${base}/codex/device`,
    deviceRedirectUri: `${base}/deviceauth/callback`,
  };
}

/**
 * Where the issuer says whose access token it is (backend.md#access-token-credential).
 *
 * @param base what `CODEX_AUTHAPI_BASE_URL` names instead of `{issuer}/api/accounts`
 * @throws Problem `config` as {@linkcode endpointsOf}
 */
export function whoamiUrl(issuer: string = DEFAULT_ISSUER, base?: string): string {
  const accounts = base === undefined
    ? `${safeBase("auth.issuer", issuer)}/api/accounts`
    : safeBase("CODEX_AUTHAPI_BASE_URL", base);
  return `${accounts}/v1/user-auth-credential/whoami`;
}

/** An address that tokens may be sent to, without a slash at its end. @throws Problem `config` */
function safeBase(name: string, address: string): string {
  const base = address.replace(/\/+$/, "");
  const url = URL.parse(base);
  if (url === null) throw new Problem("config", `"${name}" must be a URL: found ${JSON.stringify(address)}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    throw new Problem(
      "config",
      `"${name}" must be https, or http on loopback: found ${JSON.stringify(base)}`,
    );
  }
  return base;
}
