import type { JsonObject } from "../wire/json.ts";

/**
 * What every engine of the memory can do. A record is a head (one JSON object) and a list of items (one row each): a
 * session and its conversation, a stored response and its items, a lease. What the heads and items mean is the
 * server's business.
 */

/** Names a record. Records of different owners never meet. */
export interface RecordKey {
  /** what it is: `session`, `response`, `conversation`, … */
  readonly kind: string;
  /** whose it is: a hash of the proxy key that was used, "" without one */
  readonly owner: string;
  readonly id: string;
}

/**
 * Kinds that a full store keeps all the same: who may use the proxy, and what was used, is not forgotten for want of
 * room. Everything of them is small.
 */
export const KEPT_KINDS: readonly string[] = ["key", "key_spent"];

/** A record without its items. */
export interface RecordHead {
  readonly key: RecordKey;
  readonly head: JsonObject;
  readonly itemCount: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number;
}

/** A record with its items, in the order they were added. */
export interface StoreRecord extends RecordHead {
  readonly items: readonly JsonObject[];
}

/** One change of a batch. */
export type Change =
  /** the record becomes exactly this */
  | {
    readonly op: "put";
    readonly key: RecordKey;
    readonly head: JsonObject;
    readonly items: readonly JsonObject[];
    readonly expiresAtMs: number;
  }
  /** head and expiry become these, the items are added behind those there are; a record that is not there is made */
  | {
    readonly op: "append";
    readonly key: RecordKey;
    readonly head: JsonObject;
    readonly items: readonly JsonObject[];
    readonly expiresAtMs: number;
  }
  /** lives until then, if it is there */
  | { readonly op: "touch"; readonly key: RecordKey; readonly expiresAtMs: number }
  /** `erase`: nothing of it may stay readable in files, at the price of a wait for the disk */
  | { readonly op: "delete"; readonly key: RecordKey; readonly erase?: true };

/** A lock that is held. */
export interface StoreLock {
  /** Keeps it for so long from now; false when it was lost. */
  renew(ttlMs: number): Promise<boolean>;
  release(): Promise<void>;
}

/** An engine. Every method may throw a Problem of the store (store_problem.ts), `write` also not_storable. */
export interface Store {
  readonly engine: "ram" | "sqlite" | "redis";
  /** true when other processes work on the same records: locks then go through {@linkcode tryLock} */
  readonly shared: boolean;
  /** undefined when there is none, or it has expired */
  get(key: RecordKey): Promise<StoreRecord | undefined>;
  /** as {@linkcode get}, without the items */
  getHead(key: RecordKey): Promise<RecordHead | undefined>;
  /** as {@linkcode get} for each of the keys, in one go */
  getMany(keys: readonly RecordKey[]): Promise<(StoreRecord | undefined)[]>;
  /** Makes all of the changes, or none. */
  write(changes: readonly Change[]): Promise<void>;
  /** Records of a kind, the last changed first; of all owners without one. */
  list(kind: string, options: ListOptions): Promise<RecordHead[]>;
  /** Removes what has expired, and above the size limit the records that were changed longest ago, but for {@linkcode KEPT_KINDS}. */
  sweep(limitBytes: number): Promise<SweepResult>;
  /**
   * Takes a lock that other processes see; undefined when somebody else has it, or the lock `behind`, which whoever
   * is next may hold.
   */
  tryLock(name: string, ttlMs: number, behind?: string): Promise<StoreLock | undefined>;
  /** Frees everything. No call may follow. */
  close(): Promise<void>;
}

/** Which records {@linkcode Store.list} gives. */
export interface ListOptions {
  readonly owner?: string;
  readonly limit: number;
  /** so many of the last changed are passed over; 0 unless told, and not for one owner */
  readonly skip?: number;
}

/** What {@linkcode Store.sweep} removed. */
export interface SweepResult {
  readonly expired: number;
  /** records removed for want of room, though not expired */
  readonly evicted: number;
}
