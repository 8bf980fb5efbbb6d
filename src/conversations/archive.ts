import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import type { RecordKey, Store } from "../store/store.ts";
import type { TurnLocks } from "./turn_locks.ts";
import type { WriteQueue } from "./write_queue.ts";

/** Where sessions, responses and conversations are kept: the store, and what every use of it needs. */
export interface Archive {
  readonly store: Store;
  readonly queue: WriteQueue;
  readonly locks: TurnLocks;
  readonly settings: () => Settings;
  readonly nowMs: () => number;
  /** a new unique id, without prefix */
  readonly newId: () => string;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;

/** When a session that is used now is forgotten. */
export function sessionExpiry(archive: Archive): number {
  return archive.nowMs() + archive.settings()["storage.session_ttl_hours"] * HOUR_MS;
}

/** When a response or conversation that is used now is forgotten. */
export function responseExpiry(archive: Archive): number {
  return archive.nowMs() + archive.settings()["storage.response_ttl_days"] * 24 * HOUR_MS;
}

/** The key of a record of this owner. */
export function keyOf(kind: string, owner: string, id: string): RecordKey {
  return { kind, owner, id };
}
