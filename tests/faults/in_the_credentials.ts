import { GIANT_BODY, htmlError, tokenRefused, UNAUTHORIZED } from "../fake/failures.ts";
import type { FakeIssuer } from "../fake/issuer.ts";
import { WHOAMI } from "../fake/issuer_access_tokens.ts";
import type { Script } from "../fake/script.ts";
import type { CredentialRow } from "./credential_row.ts";

const TOKEN = "/oauth/token";
const always = (script: Script) => (issuer: FakeIssuer) => issuer.setDefault(script, TOKEN);
const JSON_TYPE = { "content-type": "application/json" };

/** The issuer cannot be asked, or its answer is none: nothing is known about the token, which is kept. */
const UNAVAILABLE: readonly (readonly [fault: string, script: Script, text: RegExp])[] = [
  ["the connection closes before the head", { before: "close" }, /./],
  ["the connection is reset before the head", { before: "reset" }, /./],
  ["bytes that are no HTTP", { raw: "SSH-2.0\r\n\r\n" }, /./],
  ["500 without a body", { status: 500, body: "" }, /status 500/],
  ["502 with a page", htmlError(502), /status 502 with an HTML page/],
  ["503 with JSON", { status: 503, body: { error: "temporarily_unavailable" } }, /temporarily_unavailable/],
  [
    "a page with status 200",
    { headers: { "content-type": "text/html" }, body: "<html>secret</html>" },
    /HTML page/,
  ],
  ["an empty answer with status 200", { body: "" }, /status 200 without a JSON body/],
  ["JSON that breaks off", { headers: JSON_TYPE, body: '{"access_token":"' }, /without a JSON body/],
  ["a list", { body: [] }, /./],
  ["an object without tokens", { body: { ok: true } }, /./],
  ["an answer of 4 MB", GIANT_BODY, /longer than/],
  [
    "a redirect",
    { status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" },
    /redirects are not followed/,
  ],
  ["gzip that is none", { headers: { ...JSON_TYPE, "content-encoding": "gzip" }, body: "{}" }, /./],
  ["a body that breaks off", { headers: JSON_TYPE, events: [{ bytes: "{" }, { close: true }] }, /cut off/],
  [
    "a browser check of Cloudflare",
    { status: 403, headers: { "content-type": "text/html" }, body: "<html>Just a moment</html>" },
    /browser check/,
  ],
  [
    "429 with a wait that is too long",
    { status: 429, headers: { "retry-after": "600" }, body: { error: "slow_down" } },
    /slow_down/,
  ],
];

/** The issuer says that the refresh token is dead. */
const REFUSED = ["expired", "reused", "invalidated"] as const;

/** What an access token of the environment meets. Nobody can refresh it, and nothing is written. */
const OF_AN_ACCESS_TOKEN: readonly CredentialRow[] = [
  ...UNAVAILABLE.map(([fault, script, text]): CredentialRow => ({
    fault: `the issuer, asked whose an access token is: ${fault}`,
    lay: (issuer) => issuer.setDefault(script, WHOAMI),
    status: 503,
    text: new RegExp(`Network request failed[^]*${text.source}`),
    refreshes: 0,
    asks: 0,
    file: "none",
    log: "network",
  })),
  ...(["token_revoked", "token_expired"] as const).map((code): CredentialRow => ({
    fault: `the issuer says ${code} of an access token`,
    lay: (issuer, _backend, _tokens, accessToken) => issuer.accessTokens.end(accessToken, code),
    status: 401,
    text: new RegExp(`${code}[^]*Create a new access token[^]*CODEX_ACCESS_TOKEN`),
    refreshes: 0,
    asks: 0,
    file: "none",
    log: "no_credentials",
  })),
  {
    fault: "the backend: 401 once for an access token",
    lay: (_, backend) => backend.answer(UNAUTHORIZED),
    status: 200,
    text: /You said/,
    refreshes: 0,
    asks: 2,
    file: "none",
    log: undefined,
  },
  {
    fault: "the backend: 401 always for an access token that the issuer knows",
    lay: (_issuer, backend, _tokens, accessToken) => backend.revoke(accessToken),
    status: 401,
    text: /the backend refuses the access token in CODEX_ACCESS_TOKEN/,
    refreshes: 0,
    asks: 2,
    file: "none",
    log: "no_credentials",
  },
];

/** Faults of the login: of the issuer that renews it, and of the backend that refuses it. */
export const IN_THE_CREDENTIALS: readonly CredentialRow[] = [
  ...OF_AN_ACCESS_TOKEN,
  ...UNAVAILABLE.map(([fault, script, text]): CredentialRow => ({
    fault: `the issuer: ${fault}`,
    lay: always(script),
    // Not 401: nothing is wrong with what the client sent, and its SDK may try again.
    status: 503,
    text: new RegExp(`Token refresh failed[^]*${text.source}`),
    refreshes: 6,
    asks: 0,
    file: "as it was",
    log: "refresh_failed",
  })),
  {
    fault: "the issuer: 500, asked three times for one request",
    lay: always({ status: 500, body: "" }),
    status: 503,
    text: /Token refresh failed/,
    refreshes: 3,
    asks: 0,
    file: "as it was",
    log: "refresh_failed",
  },
  ...REFUSED.map((reason): CredentialRow => ({
    fault: `the issuer: the refresh token is ${reason}`,
    lay: (issuer, _, tokens) => issuer.spoil(tokens.refresh_token, reason),
    status: 401,
    text: /Token refresh failed[^]*ccproxy auth login-openai/,
    refreshes: 1,
    asks: 0,
    file: "as it was",
    log: "refresh_failed",
  })),
  {
    fault: "the issuer is in trouble once",
    lay: (issuer) => issuer.answer({ status: 503, body: "" }, TOKEN),
    status: 200,
    text: /You said/,
    refreshes: 2,
    asks: 1,
    file: "rotated",
    log: undefined,
  },
  {
    fault: "the issuer is in trouble while the token still works for minutes",
    expiresInSeconds: 120,
    lay: always({ status: 500, body: "" }),
    status: 200,
    text: /You said/,
    refreshes: 1,
    asks: 1,
    file: "as it was",
    log: undefined,
  },
  {
    fault: "the backend: 401 once",
    expiresInSeconds: 864_000,
    lay: (_, backend, tokens) => backend.revoke(tokens.access_token),
    status: 200,
    text: /You said/,
    refreshes: 1,
    asks: 3,
    file: "rotated",
    log: undefined,
  },
  ...[UNAUTHORIZED, tokenRefused("token_revoked"), tokenRefused("token_expired")].map((
    script,
    index,
  ): CredentialRow => ({
    fault: `the backend: 401 again after the refresh (${["plain", "revoked", "expired"][index]})`,
    expiresInSeconds: 864_000,
    lay: (_, backend) => backend.setDefault(script),
    status: 503,
    text: /the login is good/,
    refreshes: 1,
    // Each of the two tokens is young, and is sent twice at most.
    asks: 4,
    file: "rotated",
    log: "backend_error",
  })),
  {
    fault: "the backend: 401 again after the refresh does not advise a new login",
    expiresInSeconds: 864_000,
    lay: (_, backend) => backend.setDefault(UNAUTHORIZED),
    status: 503,
    text: /^(?![^]*auth login-openai)/,
    refreshes: 1,
    asks: 4,
    file: "rotated",
    log: "backend_error",
  },
  {
    fault: "the backend: 401, and the issuer refuses the refresh token",
    expiresInSeconds: 864_000,
    lay: (issuer, backend, tokens) => {
      backend.revoke(tokens.access_token);
      issuer.spoil(tokens.refresh_token, "reused");
    },
    status: 401,
    text: /Token refresh failed/,
    refreshes: 1,
    asks: 2,
    file: "as it was",
    log: "refresh_failed",
  },
];
