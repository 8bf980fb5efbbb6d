/**
 * `auth.json` as it lies on disk: the nested form that the Codex CLI writes and the flat form of older guides.
 * Only shapes: nothing here touches a file, and nothing here drops a key it does not know.
 */
import type { AccountFacts } from "./account_facts.ts";
import { credentialFault } from "./credential_fault.ts";
import { isRecord, type JsonObject, momentMs, parseJson, recordAt, textAt, typeName } from "./json.ts";

/** The tokens of one ChatGPT login. */
export interface AuthTokens {
  /** a JWT, or opaque */
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** a JWT */
  readonly idToken: string | undefined;
  /** ChatGPT account id as the file names it; what the flat form calls `account_id` is often a user id */
  readonly accountId: string | undefined;
}

/**
 * What an `auth.json` holds.
 *
 * - `tokens`: a ChatGPT login
 * - `api_key`: the Codex CLI works with an API key; there is no ChatGPT login to use
 * - `other_mode`: a login of a kind that this program cannot use (`agentIdentity`, `bedrockApiKey`, …)
 * - `empty`: a JSON object without a login
 * - `unusable`: a login with a token or an account id that cannot be sent; `why` never quotes it
 * - `corrupt`: not JSON, or tokens of the wrong type; `why` never quotes the content
 */
export type AuthJson =
  | {
    readonly kind: "tokens";
    readonly form: "nested" | "flat";
    readonly tokens: AuthTokens;
    readonly lastRefreshMs: number | undefined;
    /** from the flat form's `expires_at`, for tokens that do not tell their own expiry */
    readonly statedExpiryMs: number | undefined;
    /** of an access token, which tells nothing itself */
    readonly facts?: AccountFacts | undefined;
    readonly document: JsonObject;
  }
  | { readonly kind: "api_key"; readonly document: JsonObject }
  | { readonly kind: "other_mode"; readonly mode: string; readonly document: JsonObject }
  | { readonly kind: "empty"; readonly document: JsonObject }
  | { readonly kind: "unusable"; readonly why: string; readonly document: JsonObject }
  | { readonly kind: "corrupt"; readonly why: string };

/** {@linkcode AuthJson} with a ChatGPT login in it. */
export type TokenAuthJson = Extract<AuthJson, { kind: "tokens" }>;

/** Modes whose `tokens` are those of a ChatGPT login. @see backend.md#auth-modes */
const TOKEN_MODES: readonly string[] = ["chatgpt", "chatgptAuthTokens"];

/** Keys of the flat form that hold a login; `logout` removes them, everything else in a flat file stays. */
const FLAT_LOGIN_KEYS = [
  "access_token",
  "refresh_token",
  "id_token",
  "expires_at",
  "expires_in",
  "token_type",
  "account_id",
] as const;

/**
 * Reads the text of an `auth.json`. Never throws.
 *
 * A byte order mark is skipped. `auth_mode` decides when it is present; without it, tokens win over an API key,
 * because CLIs of 2025 wrote a derived key next to the tokens of every browser login.
 *
 * @param text the file's content
 */
export function readAuthJson(text: string): AuthJson {
  const content = text.replace(/^\uFEFF/, "");
  if (content.trim() === "") return { kind: "corrupt", why: "it is empty" };
  const document = parseJson(content);
  if (document === undefined) return { kind: "corrupt", why: `it is not JSON${wrapHint(content)}` };
  if (!isRecord(document)) {
    return { kind: "corrupt", why: `a JSON object is needed: found ${typeName(document)}` };
  }
  const mode = textAt(document, "auth_mode");
  const apiKey = textAt(document, "OPENAI_API_KEY") ?? "";
  if (mode === "apikey") return { kind: "api_key", document };
  if (mode !== undefined && !TOKEN_MODES.includes(mode)) return { kind: "other_mode", mode, document };
  const nested = document["tokens"];
  const flat = nested === undefined || nested === null;
  if (!flat && !isRecord(nested)) {
    return { kind: "corrupt", why: `"tokens" must be an object: found ${typeName(nested)}` };
  }
  const source = isRecord(nested) ? nested : document;
  const found = source["access_token"];
  if (found === undefined || found === null || found === "") {
    if (!flat && Object.keys(source).length > 0) {
      return { kind: "corrupt", why: '"tokens" has no "access_token"' };
    }
    if (apiKey !== "") return { kind: "api_key", document };
    return { kind: "empty", document };
  }
  if (typeof found !== "string") {
    return { kind: "corrupt", why: `"access_token" must be a string: found ${typeName(found)}` };
  }
  const tokens: AuthTokens = {
    accessToken: found,
    refreshToken: filled(source, "refresh_token"),
    idToken: filled(source, "id_token"),
    accountId: filled(source, "account_id"),
  };
  const why = tokensFault(tokens);
  if (why !== undefined) return { kind: "unusable", why, document };
  return {
    kind: "tokens",
    form: flat ? "flat" : "nested",
    tokens,
    lastRefreshMs: instantMs(document["last_refresh"]),
    statedExpiryMs: flat ? instantMs(source["expires_at"]) : undefined,
    document,
  };
}

/**
 * Why tokens cannot be sent, or undefined. The id token is not sent anywhere, so it may be what it is.
 */
export function tokensFault(tokens: Omit<AuthTokens, "idToken">): string | undefined {
  const { accessToken, refreshToken, accountId } = tokens;
  const sent = { access_token: accessToken, refresh_token: refreshToken, account_id: accountId };
  for (const [name, value] of Object.entries(sent)) {
    const fault = value === undefined ? undefined : credentialFault(value);
    if (fault !== undefined) return `"${name}" ${fault}`;
  }
  return undefined;
}

/** Every secret that a document holds, usable or not, for those who hide them. */
export function secretsIn(document: JsonObject): string[] {
  const tokens = recordAt(document, "tokens") ?? {};
  return [document, tokens].flatMap((holder) =>
    ["access_token", "refresh_token", "id_token", "OPENAI_API_KEY"].flatMap((key) =>
      filled(holder, key) ?? []
    )
  );
}

/** A secret that was wrapped has line breaks in its middle, which no JSON text may have. */
function wrapHint(content: string): string {
  return isRecord(parseJson(content.replaceAll(/[\r\n]+/g, "")))
    ? ": a line break is inside of a text, as when a long line was wrapped; each token must be on one line"
    : "";
}

/** Who issued a login; the Codex CLI keeps it as `tokens.oauth_provenance`. */
export interface Provenance {
  readonly issuer: string;
  readonly clientId: string;
}

/**
 * The document with new tokens, in the order in which Codex CLI 0.169.0 writes its keys. Every other key of the
 * old document stays at its level; a flat document keeps its own keys, with their new values, next to the nested
 * ones, so that both its readers and the Codex CLI find a login.
 *
 * @param document the old document, `{}` for none
 * @param login a new login replaces owner and provenance; a refresh keeps them
 * @see backend.md#auth-json-shape
 */
export function withTokens(
  document: JsonObject,
  tokens: AuthTokens,
  nowMs: number,
  login?: { readonly provenance: Provenance; readonly ownerId: string },
): JsonObject {
  const oldTokens = recordAt(document, "tokens") ?? {};
  const newTokens: JsonObject = {
    id_token: tokens.idToken ?? oldTokens["id_token"] ?? null,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken ?? oldTokens["refresh_token"] ?? null,
  };
  if (login !== undefined) {
    newTokens["oauth_provenance"] = { issuer: login.provenance.issuer, client_id: login.provenance.clientId };
    newTokens["login_owner_id"] = login.ownerId;
  }
  const kept = without(oldTokens, Object.keys(newTokens));
  const account = tokens.accountId === undefined ? {} : { account_id: tokens.accountId };
  const written: JsonObject = {
    auth_mode: login === undefined ? textAt(document, "auth_mode") ?? "chatgpt" : "chatgpt",
    OPENAI_API_KEY: document["OPENAI_API_KEY"] ?? null,
    tokens: { ...newTokens, ...kept, ...account },
    last_refresh: new Date(nowMs).toISOString(),
  };
  return { ...written, ...without(refreshedFlatKeys(document, tokens), Object.keys(written)) };
}

/**
 * The document without its login, or undefined when nothing of anybody else is left in it. API keys and unknown
 * keys stay; `auth_mode` names what remains.
 */
export function withoutTokens(document: JsonObject): JsonObject | undefined {
  const hasKey = (textAt(document, "OPENAI_API_KEY") ?? "") !== "";
  const rest = without(document, [
    "auth_mode",
    "OPENAI_API_KEY",
    "tokens",
    "last_refresh",
    ...FLAT_LOGIN_KEYS,
  ]);
  const mode = textAt(document, "auth_mode");
  const otherMode = mode !== undefined && !TOKEN_MODES.includes(mode);
  if (!hasKey && !otherMode && Object.keys(rest).length === 0) return undefined;
  const kept: JsonObject = {};
  if (otherMode) kept["auth_mode"] = mode;
  else if (hasKey) kept["auth_mode"] = "apikey";
  if ("OPENAI_API_KEY" in document) kept["OPENAI_API_KEY"] = document["OPENAI_API_KEY"];
  return { ...kept, ...rest };
}

/** The file's text: two spaces, no line end after the last brace, as the Codex CLI writes it. */
export function authJsonText(document: JsonObject): string {
  return JSON.stringify(document, null, 2);
}

/** Flat keys that are present get the new values; a flat file never gains a key. */
function refreshedFlatKeys(document: JsonObject, tokens: AuthTokens): JsonObject {
  const values: JsonObject = {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    id_token: tokens.idToken,
  };
  const flat: JsonObject = { ...document };
  for (const [key, value] of Object.entries(values)) {
    if (key in flat && value !== undefined) flat[key] = value;
  }
  // The new tokens carry their own expiry; a stale one would make other readers refresh at once.
  if ("access_token" in flat) {
    delete flat["expires_at"];
    delete flat["expires_in"];
  }
  return flat;
}

function without(record: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

function filled(record: JsonObject, key: string): string | undefined {
  const value = textAt(record, key);
  return value === "" ? undefined : value;
}

/** RFC 3339 text, or a Unix time in seconds or milliseconds. */
function instantMs(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) {
    return momentMs(value < 1e11 ? value * 1000 : value);
  }
  if (typeof value !== "string") return undefined;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}
