/** What a login becomes when its tokens are rotated. */
import { type AuthTokens, type TokenAuthJson, withTokens } from "../wire/auth_json.ts";

/** The login with new tokens, in the nested form, every other key kept. Pure. */
export function rotatedJson(old: TokenAuthJson, tokens: AuthTokens, nowMs: number): TokenAuthJson {
  return {
    kind: "tokens",
    form: "nested",
    tokens,
    lastRefreshMs: nowMs,
    statedExpiryMs: undefined,
    document: withTokens(old.document, tokens, nowMs),
  };
}

/** What becomes of a login whose last tokens were never saved. */
export const LOST = 'the next start needs a new login ("ccproxy auth login-openai")';
