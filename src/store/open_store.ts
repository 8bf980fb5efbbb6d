import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { createMemoryStore } from "./memory_store.ts";
import { openSqliteStore } from "./sqlite_store.ts";
import type { Store } from "./store.ts";

/** Which engine, and where. */
export interface StorePlace {
  /** `storage.enabled` */
  readonly enabled: boolean;
  /** the database file */
  readonly path: string;
}

/**
 * Opens the store of the settings.
 *
 * A database that cannot be used ends nothing: the proxy serves on and keeps its memory in the process, says so in
 * the log, and leaves the file as it is.
 */
export function openStore(place: StorePlace, nowMs: () => number, log: Log): Store {
  if (!place.enabled) return createMemoryStore(nowMs);
  try {
    return openSqliteStore({ path: place.path, nowMs });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    log("error", `${error.message}; sessions and responses are kept in memory until the end of the process`, {
      hint: error.hint,
    });
    return createMemoryStore(nowMs);
  }
}
