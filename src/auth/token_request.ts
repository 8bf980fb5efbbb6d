/**
 * The OAuth steps that end in tokens, or end them: each as a pair. `xRequest` sends and gives the Response;
 * `processX` judges a Response and needs nothing else, so every rule can be tried with a handmade one.
 */
import type { ClientIdentity } from "../wire/client_identity.ts";
import { Problem } from "../problem.ts";
import { tokensFault } from "../wire/auth_json.ts";
import { type JsonObject, numberAt, textAt } from "../wire/json.ts";
import { answerFix, describeAnswer, type OAuthAnswer, readOAuthAnswer } from "./oauth_answer.ts";
import { CLIENT_ID } from "./openai.ts";
import { type AskOptions, sendToIssuer } from "./send_to_issuer.ts";

/** How long a token request may take. */
export const TOKEN_TIMEOUT_MS = 30_000;
/** How long a revocation may take; it is best effort (backend.md#revoke). */
const REVOKE_TIMEOUT_MS = 10_000;

/** Tokens of one answer. An absent one keeps its old value. */
export interface TokenAnswer {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** life of the access token as the answer states it */
  readonly expiresInMs: number | undefined;
  /** the issuer's clock */
  readonly dateMs: number | undefined;
}

/** Why a refresh is made; sent as `refresh_reason` (observed 2026-11, backend.md#refresh-reason). */
export type RefreshReason = "proactive_expiry" | "scheduled" | "unauthorized_recovery";

/** The judgement on a refresh. */
export type RefreshAnswer =
  | { readonly kind: "tokens"; readonly tokens: TokenAnswer }
  /** this refresh token will never work again; `code` is the issuer's */
  | {
    readonly kind: "refused";
    readonly code: string;
    readonly detail: string;
    readonly dateMs: number | undefined;
  }
  /** nothing is known about the token; `retry` when the same request may succeed soon */
  | {
    readonly kind: "unavailable";
    readonly detail: string;
    /** what helps, where that is known */
    readonly fix?: string | undefined;
    readonly retry: boolean;
    readonly retryAfterMs: number | undefined;
    readonly dateMs: number | undefined;
  };

/**
 * Sends an authorization code to the token endpoint.
 *
 * @returns a Response to be given to {@linkcode processCodeGrant}
 * @throws Problem `network` when the issuer cannot be reached or does not answer in time
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 https://www.rfc-editor.org/rfc/rfc7636#section-4.5
 * @see backend.md#code-exchange: form body in this order, no originator and no user agent
 */
export function codeGrantRequest(
  options: AskOptions,
  grant: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
): Promise<Response> {
  const form = new URLSearchParams([
    ["grant_type", "authorization_code"],
    ["client_id", CLIENT_ID],
    ["code", grant.code],
    ["redirect_uri", grant.redirectUri],
    ["code_verifier", grant.codeVerifier],
  ]);
  return sendToIssuer(options, options.endpoints.tokenUrl, TOKEN_TIMEOUT_MS, {
    "content-type": "application/x-www-form-urlencoded",
  }, form.toString());
}

/**
 * Judges the answer to {@linkcode codeGrantRequest}. All three tokens are needed: without a refresh token the login
 * would end with the first access token, and the Codex CLI refuses a file without an id token.
 *
 * @throws Problem `login_failed`, without the Response: printing an error prints its cause, headers and all
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5
 */
export async function processCodeGrant(
  response: Response,
): Promise<TokenAnswer & { accessToken: string; refreshToken: string; idToken: string }> {
  const answer = await readOAuthAnswer(response);
  if (answer.status !== 200 || answer.json === undefined) {
    const used = answer.error?.code === "invalid_grant" || answer.error?.code === "token_exchange_user_error"
      ? "the authorization code was refused; a code works once and for a few minutes: "
      : "the issuer did not exchange the authorization code: ";
    throw new Problem("login_failed", used + describeAnswer(answer), { hint: answerFix(answer) });
  }
  const tokens = tokensOf(answer.json, answer);
  const { accessToken, refreshToken, idToken } = tokens;
  if (accessToken === undefined || refreshToken === undefined || idToken === undefined) {
    const missing = [
      accessToken === undefined ? '"access_token"' : "",
      refreshToken === undefined ? '"refresh_token"' : "",
      idToken === undefined ? '"id_token"' : "",
    ].filter((name) => name !== "").join(", ");
    throw new Problem("login_failed", `the answer of the issuer lacks ${missing}`);
  }
  const fault = answerFault(tokens);
  if (fault !== undefined) throw new Problem("login_failed", fault);
  return { ...tokens, accessToken, refreshToken, idToken };
}

/**
 * Sends a refresh token.
 *
 * @returns a Response to be given to {@linkcode processRefresh}
 * @throws Problem `network` when the issuer cannot be reached or does not answer in time
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 * @see backend.md#refresh-request: a JSON body with these keys in this order, no scope
 */
export function refreshRequest(
  options: AskOptions,
  grant: { readonly refreshToken: string; readonly reason: RefreshReason; readonly identity: ClientIdentity },
): Promise<Response> {
  const body = {
    client_id: CLIENT_ID,
    grant_type: "refresh_token",
    refresh_reason: grant.reason,
    refresh_token: grant.refreshToken,
  };
  return sendToIssuer(options, options.endpoints.tokenUrl, TOKEN_TIMEOUT_MS, {
    "content-type": "application/json",
    "originator": grant.identity.originator,
    "user-agent": grant.identity.userAgent,
  }, JSON.stringify(body));
}

/**
 * Codes after which a refresh token is dead, whatever the status. @see backend.md#refresh-errors, RFC 6749 section 5.2
 */
const DEAD_TOKEN_CODES: readonly string[] = [
  "refresh_token_expired",
  "refresh_token_reused",
  "refresh_token_invalidated",
  "token_expired",
  "invalid_grant",
];

/**
 * Judges the answer to {@linkcode refreshRequest}. Never throws.
 *
 * A 401 with a JSON body is final whatever its code, as the vendor's client sees it. An HTML page is not an answer
 * of the issuer, so it says nothing about the token (a Cloudflare page read as "sign in again" misleads people).
 */
export async function processRefresh(response: Response): Promise<RefreshAnswer> {
  const answer = await readOAuthAnswer(response);
  const detail = describeAnswer(answer);
  const { dateMs, retryAfterMs } = answer;
  const code = answer.error?.code ?? "";
  if (answer.status === 200 && answer.json !== undefined) {
    const tokens = tokensOf(answer.json, answer);
    const fault = answerFault(tokens);
    if (tokens.accessToken !== undefined && fault === undefined) return { kind: "tokens", tokens };
    const missing = fault ?? 'the answer of the issuer lacks "access_token"';
    return { kind: "unavailable", detail: missing, retry: false, retryAfterMs, dateMs };
  }
  if (DEAD_TOKEN_CODES.includes(code) || (answer.status === 401 && answer.json !== undefined)) {
    return {
      kind: "refused",
      code: code === "" ? "unauthorized" : code,
      detail: refusal(code, detail),
      dateMs,
    };
  }
  const retry = answer.status >= 500 || answer.status === 429 || answer.status === 408 ||
    (answer.status === 200 && answer.unreadable === "the answer was cut off");
  return { kind: "unavailable", detail, fix: answerFix(answer), retry, retryAfterMs, dateMs };
}

/**
 * Asks the issuer to forget a token.
 *
 * @returns a Response to be given to {@linkcode processRevoke}
 * @throws Problem `network` when the issuer cannot be reached or does not answer in time
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2.1
 * @see backend.md#revoke: the client id goes with a refresh token only
 */
export function revokeRequest(
  options: AskOptions,
  token: { readonly value: string; readonly hint: "refresh_token" | "access_token" },
): Promise<Response> {
  const body = token.hint === "refresh_token"
    ? { token: token.value, token_type_hint: token.hint, client_id: CLIENT_ID }
    : { token: token.value, token_type_hint: token.hint };
  return sendToIssuer(options, options.endpoints.revokeUrl, REVOKE_TIMEOUT_MS, {
    "content-type": "application/json",
  }, JSON.stringify(body));
}

/**
 * Judges the answer to {@linkcode revokeRequest}. Never throws. A token that the issuer does not know counts as
 * revoked (RFC 7009 section 2.2 answers 200 for it).
 */
export async function processRevoke(
  response: Response,
): Promise<{ readonly revoked: true } | { readonly revoked: false; readonly detail: string }> {
  const answer = await readOAuthAnswer(response);
  return answer.status === 200 || answer.status === 204
    ? { revoked: true }
    : { revoked: false, detail: describeAnswer(answer) };
}

/** Says in people's words what became of a refresh token, then what the issuer said. */
function refusal(code: string, detail: string): string {
  switch (code) {
    case "refresh_token_expired":
    case "token_expired":
      return `the refresh token has expired (${code})`;
    case "refresh_token_reused":
      return "the refresh token was already used, by another program or a copy of the credentials (refresh_token_reused)";
    case "refresh_token_invalidated":
      return "the refresh token was revoked, by a logout or a new login (refresh_token_invalidated)";
    default:
      return `the refresh token was rejected: ${detail}`;
  }
}

/** Why the tokens of an answer cannot be sent later; they are not saved then. */
function answerFault({ accessToken = "", refreshToken }: TokenAnswer): string | undefined {
  const fault = tokensFault({ accessToken, refreshToken, accountId: undefined });
  return fault === undefined ? undefined : `in the answer of the issuer, ${fault}`;
}

function tokensOf(json: JsonObject, answer: OAuthAnswer): TokenAnswer {
  const seconds = numberAt(json, "expires_in");
  return {
    accessToken: filled(json, "access_token"),
    refreshToken: filled(json, "refresh_token"),
    idToken: filled(json, "id_token"),
    expiresInMs: seconds === undefined ? undefined : seconds * 1000,
    dateMs: answer.dateMs,
  };
}

function filled(json: JsonObject, key: string): string | undefined {
  const text = textAt(json, key);
  return text === "" ? undefined : text;
}
