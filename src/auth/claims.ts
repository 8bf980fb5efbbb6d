import type { TokenAuthJson } from "../wire/auth_json.ts";
import { isRecord, type JsonObject, momentMs, numberAt, parseJson, recordAt, textAt } from "../wire/json.ts";

/** What the tokens say about the account. Every part may be missing. */
export interface Claims {
  readonly email: string | undefined;
  /** plan as the issuer spells it: `free`, `plus`, `pro`, `team`, …; unknown values are kept */
  readonly plan: string | undefined;
  /** id of the ChatGPT account (a UUID), for the header `chatgpt-account-id` */
  readonly accountId: string | undefined;
  readonly userId: string | undefined;
  /** account of the US government cloud */
  readonly fedramp: boolean;
  readonly expiresAtMs: number | undefined;
  readonly issuedAtMs: number | undefined;
}

const AUTH_CLAIM = "https://api.openai.com/auth";
const PROFILE_CLAIM = "https://api.openai.com/profile";

/**
 * Reads the payload of a JWT; undefined for anything that is not one.
 *
 * The signature is not looked at, and needs not be: the token came from the issuer over TLS, nothing here grants
 * anything, and the backend that receives the token verifies it. The vendor's client does the same.
 */
export function decodeJwt(token: string): JsonObject | undefined {
  const parts = token.split(".");
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined || payload === "") return undefined;
  try {
    const bytes = Uint8Array.fromBase64(payload.replace(/=+$/, ""), { alphabet: "base64url" });
    const claims = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isRecord(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The claims of one token; undefined for a token that is not a JWT.
 *
 * The account id is `chatgpt_account_id` and never `organizations[0].id`: that is an `org-…` id, which the backend
 * refuses and which breaks workspace routing.
 *
 * @see backend.md#token-claims, #organization-is-not-account
 */
export function readClaims(token: string): Claims | undefined {
  const payload = decodeJwt(token);
  if (payload === undefined) return undefined;
  const auth = recordAt(payload, AUTH_CLAIM) ?? {};
  const profile = recordAt(payload, PROFILE_CLAIM) ?? {};
  const expires = numberAt(payload, "exp");
  const issued = numberAt(payload, "iat");
  return {
    email: textAt(payload, "email") ?? textAt(profile, "email"),
    plan: textAt(auth, "chatgpt_plan_type"),
    accountId: textAt(auth, "chatgpt_account_id"),
    userId: textAt(auth, "chatgpt_user_id") ?? textAt(auth, "user_id"),
    fedramp: auth["chatgpt_account_is_fedramp"] === true,
    expiresAtMs: momentMs(expires === undefined ? undefined : expires * 1000),
    issuedAtMs: momentMs(issued === undefined ? undefined : issued * 1000),
  };
}

/**
 * What is known about a login from its tokens together. Expiry is that of the access token alone; the rest comes
 * from the access token and, where that is silent, from the id token.
 *
 * @param stated account id that goes before the tokens' own; ids of users and organisations are not taken for an
 * account's
 */
export function claimsOf(
  tokens: { readonly accessToken: string; readonly idToken: string | undefined },
  stated?: string,
): Claims {
  const access = readClaims(tokens.accessToken);
  const id = tokens.idToken === undefined ? undefined : readClaims(tokens.idToken);
  return {
    email: access?.email ?? id?.email,
    plan: access?.plan ?? id?.plan,
    accountId: accountIdIn(stated) ?? access?.accountId ?? id?.accountId,
    userId: access?.userId ?? id?.userId,
    fedramp: (access?.fedramp ?? false) || (id?.fedramp ?? false),
    expiresAtMs: access?.expiresAtMs,
    issuedAtMs: access?.issuedAtMs,
  };
}

/**
 * {@linkcode claimsOf} a credentials file, or what the issuer says of an access token. The account id of the nested form goes first, as with the Codex CLI, which
 * wrote it; that of the flat form goes last, because there it is often a user's id.
 */
export function claimsOfFile(json: TokenAuthJson): Claims {
  if (json.facts !== undefined) return { ...json.facts, expiresAtMs: undefined, issuedAtMs: undefined };
  const stated = json.tokens.accountId;
  if (json.form === "nested") return claimsOf(json.tokens, stated);
  const claims = claimsOf(json.tokens);
  return { ...claims, accountId: claims.accountId ?? accountIdIn(stated) };
}

function accountIdIn(stated: string | undefined): string | undefined {
  return stated === undefined || /^(user|org)-/.test(stated) ? undefined : stated;
}
