import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { Change, RecordHead, RecordKey } from "../../store/store.ts";
import { sha256Hex } from "../../sha256.ts";
import { defined, isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../../wire/json.ts";
import { type Budget, PERIODS } from "./budget.ts";

/** A key that somebody was given, as the store has it: enough to know the key again, not to say it. */
export interface NamedKey {
  readonly name: string;
  /** whose memory it sees, and the id of its record; stays when the key is replaced */
  readonly owner: string;
  /** the public part of the key, which finds this record */
  readonly keyId: string;
  /** of the keys that this one replaced, the last one first */
  readonly earlierIds: readonly string[];
  readonly salt: string;
  /** {@linkcode hashOf} of the key */
  readonly hash: string;
  readonly createdMs: number;
  /** undefined: it does not expire */
  readonly expiresMs: number | undefined;
  /** kept for a while after its end, so that the log can say why it is refused */
  readonly deletedMs: number | undefined;
  readonly limits: KeyLimits;
}

/** What a key may do. */
export interface KeyLimits {
  /** names as clients ask for them, or as the backend has them; none: every model */
  readonly models: readonly string[];
  /** requests to a model at once; undefined: as many as the proxy takes */
  readonly concurrentRequests: number | undefined;
  readonly budget: Budget | undefined;
}

/** Kind of the records of keys. The sweep of a full store leaves them alone (store/store.ts). */
export const KEY_KIND = "key";
/** How long the log can still say that a key was deleted, or has expired. */
const REMEMBERED_MS = 90 * 24 * 3_600_000;
/** The last moment of the year 9999: SQLite and Redis both take it. */
const NEVER_MS = 253_402_300_799_000;
/** Replaced keys that are remembered of one key. */
const EARLIER = 20;

const FORM = /^sk-ccproxy-([0-9a-f]{12})-[\w-]{43}$/;

/** The public part of a text that has the form of a named key; undefined for every other text. */
export function keyIdOf(text: string): string | undefined {
  return FORM.exec(text)?.[1];
}

/** A new key: the text for its user, and what is kept of it. */
export function makeSecret(): { readonly text: string } & Pick<NamedKey, "keyId" | "salt" | "hash"> {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const keyId = random(6).toHex();
  const salt = random(16).toHex();
  const text = `sk-ccproxy-${keyId}-${random(32).toBase64({ alphabet: "base64url", omitPadding: true })}`;
  return { text, keyId, salt, hash: hashOf(text, salt) };
}

/** The id of an owner that nobody was before. */
export function makeOwner(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/**
 * What is kept of a key.
 *
 * One round of SHA-256 is enough: a slow hash makes guessing dear where people choose what is guessed. Here 256 random
 * bits are, which nobody can go through at any speed; and a slow hash would be paid by every request.
 */
export function hashOf(text: string, salt: string): string {
  return sha256Hex(`ccproxy key ${salt} ${text}`);
}

/** True for the key itself. The comparison takes the same time whatever the text is. */
export function isKey(text: string, { salt, hash }: Pick<NamedKey, "salt" | "hash">): boolean {
  const bytes = (value: string) => new TextEncoder().encode(value);
  return timingSafeEqual(bytes(hashOf(text, salt)), bytes(hash));
}

/** The key with another secret: what it may do and what it remembers stay. */
export function rotateKey(key: NamedKey, fresh: Pick<NamedKey, "keyId" | "salt" | "hash">): NamedKey {
  const { keyId, salt, hash } = fresh;
  return { ...key, keyId, salt, hash, earlierIds: [key.keyId, ...key.earlierIds].slice(0, EARLIER) };
}

function recordKey(owner: string): RecordKey {
  return { kind: KEY_KIND, owner: "", id: owner };
}

/** Writes a key into the store. */
export function putKey(key: NamedKey): Change {
  const { limits, name, keyId, earlierIds, salt, hash } = key;
  const endMs = key.deletedMs ?? key.expiresMs;
  return {
    op: "put",
    key: recordKey(key.owner),
    head: defined({
      name,
      key_id: keyId,
      earlier_ids: earlierIds,
      salt,
      hash,
      created_ms: key.createdMs,
      expires_ms: key.expiresMs,
      deleted_ms: key.deletedMs,
      models: limits.models,
      concurrent_requests: limits.concurrentRequests,
      budget: limits.budget === undefined ? undefined : { ...limits.budget },
    }),
    items: [],
    expiresAtMs: endMs === undefined ? NEVER_MS : endMs + REMEMBERED_MS,
  };
}

/** A key from its record; undefined for a record that is not one, which then lets nobody in. */
export function readKey({ key, head }: RecordHead): NamedKey | undefined {
  const [name, keyId, salt, hash] = ["name", "key_id", "salt", "hash"].map((field) => textAt(head, field));
  if (name === undefined || keyId === undefined || salt === undefined || hash === undefined) return undefined;
  return {
    name,
    owner: key.id,
    keyId,
    earlierIds: textsAt(head, "earlier_ids"),
    salt,
    hash,
    createdMs: numberAt(head, "created_ms") ?? 0,
    expiresMs: numberAt(head, "expires_ms"),
    deletedMs: numberAt(head, "deleted_ms"),
    limits: {
      models: textsAt(head, "models"),
      concurrentRequests: numberAt(head, "concurrent_requests"),
      budget: readBudget(recordAt(head, "budget")),
    },
  };
}

/** What a key is at a moment. */
export type KeyState = "valid" | "expired" | "deleted";

/** See {@linkcode KeyState}. */
export function keyState({ expiresMs, deletedMs }: NamedKey, nowMs: number): KeyState {
  if (deletedMs !== undefined) return "deleted";
  return expiresMs !== undefined && expiresMs <= nowMs ? "expired" : "valid";
}

function readBudget(value: JsonObject | undefined): Budget | undefined {
  if (!isRecord(value)) return undefined;
  const tokens = numberAt(value, "tokens");
  const period = PERIODS.find((name) => name === value["period"]);
  return tokens === undefined || period === undefined ? undefined : { tokens, period };
}

function textsAt(head: JsonObject, field: string): string[] {
  return (listAt(head, field) ?? []).filter((entry) => typeof entry === "string");
}
