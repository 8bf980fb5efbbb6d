/**
 * Tokens of the fakes: shaped like the real ones (backend.md#token-claims), unsigned, and easy to find in any output.
 */

/** Stands in every secret the fakes make, at a place that a careless mask would show. */
export const SECRET_MARK = "fakeSecret";

/** What must never be seen in an output: any fake secret, and any JWT, whole or cut. */
export const SECRET_PATTERNS: readonly RegExp[] = [/fakeSecret/, /eyJ[A-Za-z0-9_-]{20,}/];

/** Account id of {@linkcode makeTokens} when none is given. */
export const FAKE_ACCOUNT_ID = "0f4c6a52-7d1e-4b7e-9a55-3c2f8e6d1b90";

/** Facts that the tokens state. */
export interface TokenFacts {
  readonly plan?: string;
  readonly accountId?: string;
  readonly email?: string;
  readonly userId?: string;
  /** life of the access token from `nowMs`; negative makes it expired. 10 days by default, as the issuer gives */
  readonly expiresInSeconds?: number;
  readonly fedramp?: boolean;
  readonly issuer?: string;
  readonly nowMs?: number;
}

/** A set of tokens as the token endpoint answers it. */
export interface FakeTokens {
  readonly id_token: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** seconds */
  readonly expires_in: number;
  readonly account_id: string;
}

const AUTH_CLAIM = "https://api.openai.com/auth";
const PROFILE_CLAIM = "https://api.openai.com/profile";

/** Makes a fresh set of tokens; two calls never give the same ones. */
export function makeTokens(facts: TokenFacts = {}): FakeTokens {
  const nowSeconds = Math.floor((facts.nowMs ?? Date.now()) / 1000);
  const expiresInSeconds = facts.expiresInSeconds ?? 864_000;
  const accountId = facts.accountId ?? FAKE_ACCOUNT_ID;
  const email = facts.email ?? "person@example.com";
  const userId = facts.userId ?? "user-fakePerson00000000000000";
  const auth = {
    chatgpt_account_id: accountId,
    chatgpt_plan_type: facts.plan ?? "plus",
    chatgpt_user_id: userId,
    user_id: userId,
    ...(facts.fedramp ? { chatgpt_account_is_fedramp: true } : {}),
    // An id that must not be taken for the account's (backend.md#organization-is-not-account).
    organizations: [{
      id: "org-fakeOrganisation00000000",
      is_default: true,
      role: "owner",
      title: "Personal",
    }],
  };
  const common = {
    iss: facts.issuer ?? "https://auth.openai.com",
    sub: "auth0|fakePerson",
    iat: nowSeconds,
    exp: nowSeconds + expiresInSeconds,
    jti: crypto.randomUUID(),
  };
  return {
    id_token: jwt({
      ...common,
      // The id_token lives for an hour, whatever the access token does.
      exp: nowSeconds + 3600,
      aud: ["app_EMoamEEZ73f0CkXaXp7hrann"],
      email,
      email_verified: true,
      [AUTH_CLAIM]: auth,
    }),
    access_token: jwt({
      ...common,
      aud: ["https://api.openai.com/v1"],
      scp: ["openid", "profile", "email", "offline_access"],
      [AUTH_CLAIM]: auth,
      [PROFILE_CLAIM]: { email, email_verified: true },
    }),
    refresh_token: makeSecret("rt"),
    expires_in: expiresInSeconds,
    account_id: accountId,
  };
}

/** A random secret that carries {@linkcode SECRET_MARK}. */
export function makeSecret(prefix: string): string {
  const random = crypto.getRandomValues(new Uint8Array(24)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return `${prefix}_${SECRET_MARK}_${random}_${SECRET_MARK}`;
}

/** What a fake access token states; undefined for a token that the fakes did not make. */
export function readFakeToken(token: string): { accountId: string; expiresAtMs: number } | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || !signature?.startsWith(SECRET_MARK)) return undefined;
  const text = new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" }));
  const claims: { exp: number; [AUTH_CLAIM]: { chatgpt_account_id: string } } = JSON.parse(text);
  return { accountId: claims[AUTH_CLAIM].chatgpt_account_id, expiresAtMs: claims.exp * 1000 };
}

/** The nested auth.json that the Codex CLI writes (backend.md#auth-json-shape). */
export function authJson(
  tokens: FakeTokens,
  lastRefresh = new Date().toISOString(),
): Record<string, unknown> {
  const { id_token, access_token, refresh_token, account_id } = tokens;
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: { id_token, access_token, refresh_token, account_id },
    last_refresh: lastRefresh,
  };
}

function jwt(payload: Record<string, unknown>): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  const random = crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return `${part({ alg: "RS256", kid: "fake", typ: "JWT" })}.${
    part(payload)
  }.${SECRET_MARK}${random}${SECRET_MARK}`;
}
