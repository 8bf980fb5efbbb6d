import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { createMemoryStore } from "./memory_store.ts";
import { openRedisStore } from "./redis_store.ts";
import { openSqliteStore } from "./sqlite_store.ts";
import type { Store } from "./store.ts";

/** Which engine, and where. */
export interface StorePlace {
  /** `storage.enabled` */
  readonly enabled: boolean;
  /** the database file */
  readonly path: string;
  /** `storage.url`; "" for none */
  readonly url: string;
}

/**
 * Opens the store of the settings.
 *
 * @throws Problem memory_unavailable for a database that cannot be used. A server is only connected to when it is
 * needed, and again after it was lost
 */
export function openStore({ enabled, path, url }: StorePlace, nowMs: () => number): Store {
  if (url !== "") return openRedisStore(url, nowMs);
  return enabled ? openSqliteStore({ path, nowMs }) : createMemoryStore(nowMs);
}

/**
 * {@linkcode openStore} for a program that has to run anyway: a database that cannot be used ends nothing. The proxy
 * serves on, keeps its memory in the process, says so in the log, and leaves the file as it is.
 */
export function openStoreOrGoOn(place: StorePlace, nowMs: () => number, log: Log): Store {
  try {
    return openStore(place, nowMs);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    log("error", `${error.message}; sessions and responses are kept in memory until the end of the process`, {
      hint: error.hint,
    });
    return createMemoryStore(nowMs);
  }
}
