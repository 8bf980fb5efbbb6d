/**
 * One refresh, from the wait for our turn to the saved file.
 */
import type { ClientIdentity } from "../wire/client_identity.ts";
import { Problem } from "../problem.ts";
import type { AuthTokens, TokenAuthJson } from "../wire/auth_json.ts";
import { claimsOf, readClaims } from "./claims.ts";
import type { CredentialStore, Snapshot } from "./credential_store.ts";
import { ageOf, freshnessOf } from "./freshness.ts";
import type { Endpoints } from "./openai.ts";
import type { SaveFault } from "./save_fault.ts";
import {
  processRefresh,
  type RefreshAnswer,
  type RefreshReason,
  refreshRequest,
  type TokenAnswer,
} from "./token_request.ts";

/** What a refresh needs from outside. */
export interface RefreshWorld {
  readonly store: CredentialStore;
  readonly endpoints: Endpoints;
  readonly fetch: typeof fetch;
  readonly identity: ClientIdentity;
  /** local clock, ms since 1970 */
  readonly now: () => number;
  /** the issuer's clock as far as it is known, else the local one */
  readonly issuerNow: () => number;
}

/** What became of a refresh. Only `fresh` carries tokens. */
export type RefreshOutcome =
  | {
    readonly kind: "fresh";
    readonly json: TokenAuthJson;
    /** `elsewhere`: another program had refreshed, or the user had signed in again */
    readonly from: "issuer" | "elsewhere";
    /** issuer's time minus local time, when the issuer was asked */
    readonly skewMs: number | undefined;
    /** why the tokens are in memory only */
    readonly unsaved: string | undefined;
  }
  /** the refresh token is dead; the file was not touched */
  | {
    readonly kind: "refused";
    readonly code: string;
    readonly detail: string;
    readonly refreshToken: string;
    readonly skewMs: number | undefined;
  }
  /** the issuer could not be asked, or could not answer; the file was not touched */
  | {
    readonly kind: "unavailable";
    readonly detail: string;
    /** what helps, where that is known */
    readonly fix?: string | undefined;
    readonly retry: boolean;
    readonly retryAfterMs: number | undefined;
    readonly skewMs: number | undefined;
    readonly cause?: unknown;
  }
  /** the new tokens could not be saved, so the issuer was not asked: the refresh token works once */
  | { readonly kind: "unsavable"; readonly fault: SaveFault }
  /** there is no login, or none with a refresh token */
  | { readonly kind: "nothing_to_refresh"; readonly snapshot: Snapshot };

/** What a refresh is asked for. */
export interface RefreshAsk {
  /** the access token to be replaced */
  readonly stale: string;
  readonly reason: RefreshReason;
  /** also where the new tokens can only be kept in memory */
  readonly unsaved: boolean;
  readonly turnWaitMs?: number;
}

/** Longest wait for another process that refreshes: its request may take its whole timeout. */
const TURN_WAIT_MS = 35_000;

/**
 * Refreshes the login once: waits for the turn, reads the file again, uses a fresher token found there, else asks
 * the issuer and saves the answer before anybody uses it. When the issuer refuses the token, the file is read once
 * more: a program that does not wait for turns may have rotated meanwhile. Never throws.
 *
 * @see backend.md#refresh-rotation, #refresh-errors
 */
export async function refreshLogin(world: RefreshWorld, ask: RefreshAsk): Promise<RefreshOutcome> {
  const turnWaitMs = ask.turnWaitMs ?? TURN_WAIT_MS;
  const turn = await world.store.takeTurn(turnWaitMs);
  try {
    const snapshot = await world.store.reread();
    const elsewhere = fresherToken(snapshot, ask.stale, world.issuerNow());
    if (elsewhere !== undefined) return elsewhere;
    if (turn.kind === "busy") {
      const detail = `another program has been refreshing this login for ${turnWaitMs / 1000} s`;
      return { kind: "unavailable", detail, retry: false, retryAfterMs: undefined, skewMs: undefined };
    }
    const first = await askIssuer(world, snapshot, ask);
    if (first.kind !== "refused") return first;
    const again = await world.store.reread();
    const rotated = fresherToken(again, ask.stale, world.issuerNow());
    if (rotated !== undefined) return rotated;
    const other = again.file.kind === "read" && again.file.json.kind === "tokens"
      ? again.file.json.tokens.refreshToken
      : undefined;
    return other === undefined || other === first.refreshToken ? first : await askIssuer(world, again, ask);
  } finally {
    if (turn.kind === "held") turn.lock.release();
  }
}

/** A token of another hand that is worth using. One that has itself expired is refreshed like any other. */
function fresherToken(snapshot: Snapshot, stale: string, nowMs: number): RefreshOutcome | undefined {
  if (snapshot.file.kind !== "read" || snapshot.file.json.kind !== "tokens") return undefined;
  const { json } = snapshot.file;
  if (json.tokens.accessToken === stale || freshnessOf(ageOf(json), nowMs) !== "fresh") return undefined;
  return { kind: "fresh", json, from: "elsewhere", skewMs: undefined, unsaved: snapshot.unsaved };
}

async function askIssuer(
  world: RefreshWorld,
  snapshot: Snapshot,
  { reason, unsaved }: RefreshAsk,
): Promise<RefreshOutcome> {
  if (snapshot.file.kind !== "read" || snapshot.file.json.kind !== "tokens") {
    return { kind: "nothing_to_refresh", snapshot };
  }
  const { json } = snapshot.file;
  const { refreshToken } = json.tokens;
  if (refreshToken === undefined) return { kind: "nothing_to_refresh", snapshot };
  // Between the answer and the saved file lies the one moment in which a kill would cost the login: keep it short.
  const prepared = await world.store.prepareSave();
  if (prepared.fault !== undefined && !unsaved) {
    await prepared.discard();
    return { kind: "unsavable", fault: prepared.fault };
  }
  let answer: RefreshAnswer;
  try {
    answer = await processRefresh(
      await refreshRequest(world, { refreshToken, reason, identity: world.identity }),
    );
  } catch (thrown) {
    await prepared.discard();
    const detail = thrown instanceof Problem ? thrown.message.replace(/^[^:]*: /, "") : "the request failed";
    const fix = thrown instanceof Problem ? thrown.hint : undefined;
    const common = { fix, retry: true, retryAfterMs: undefined, skewMs: undefined, cause: thrown };
    return { kind: "unavailable", detail, ...common };
  }
  const dateMs = answer.kind === "tokens" ? answer.tokens.dateMs : answer.dateMs;
  const skewMs = dateMs === undefined ? undefined : dateMs - world.now();
  if (answer.kind === "tokens") {
    const tokens = rotate(json, answer.tokens);
    const saved = await prepared.save(json, tokens);
    return { kind: "fresh", from: "issuer", ...saved, skewMs: skewMs ?? skewOf(tokens, world.now()) };
  }
  await prepared.discard();
  if (answer.kind === "refused") {
    return { kind: "refused", code: answer.code, detail: answer.detail, refreshToken, skewMs };
  }
  const { detail, fix, retry, retryAfterMs } = answer;
  return { kind: "unavailable", detail, fix, retry, retryAfterMs, skewMs };
}

/** Each token that is in the answer replaces the stored one (backend.md#refresh-rotation). */
function rotate(old: TokenAuthJson, answer: TokenAnswer): AuthTokens {
  const accessToken = answer.accessToken ?? old.tokens.accessToken;
  const idToken = answer.idToken ?? old.tokens.idToken;
  // What the flat form calls account_id may be a user's id; the nested form must hold the account's.
  const stated = old.form === "nested" ? old.tokens.accountId : undefined;
  return {
    accessToken,
    refreshToken: answer.refreshToken ?? old.tokens.refreshToken,
    idToken,
    accountId: claimsOf({ accessToken, idToken }, stated).accountId ?? old.tokens.accountId,
  };
}

/** An issuer that sends no `date` still tells its time in the token it has just issued. */
function skewOf(tokens: AuthTokens, nowMs: number): number | undefined {
  const issuedAtMs = readClaims(tokens.accessToken)?.issuedAtMs;
  return issuedAtMs === undefined ? undefined : issuedAtMs - nowMs;
}
