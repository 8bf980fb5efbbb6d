import { Problem } from "../problem.ts";
import { createRamStore } from "./ram_store.ts";
import { openRedisStore } from "./redis_store.ts";
import { openSqliteStore } from "./sqlite_store.ts";
import type { Store } from "./store.ts";

/** Which engine, and where. */
export interface StorePlace {
  /** `storage.enabled` */
  readonly enabled: boolean;
  /** the database file; asked for only where it is wanted. @throws Problem config where it can have no place */
  readonly path: () => string;
  /** `storage.url`; "" for none */
  readonly url: string;
}

/**
 * Opens the store of the settings.
 *
 * @param onLoss hears of a database that was removed or replaced while it was open
 * @throws Problem of the store for a database that cannot be used. A server is only connected to when it is needed,
 * and again after it was lost
 */
export function openStore(
  { enabled, path, url }: StorePlace,
  nowMs: () => number,
  onLoss: (text: string) => void = () => {},
): Store {
  if (url !== "") return openRedisStore(url, nowMs);
  return enabled ? openSqliteStore({ path: path(), nowMs, onLoss }) : createRamStore(nowMs);
}

/** What is said about a store that is not, or no longer, what the settings ask for. */
export interface StoreNews {
  /** the database was removed or replaced while it was open */
  lost(text: string): void;
  /** the database cannot be opened, and records are kept in the process */
  onlyHere(problem: Problem): void;
}

/**
 * {@linkcode openStore} for a program that has to run anyway: a database that cannot be used ends nothing. The proxy
 * serves on, keeps its memory in the process, says so, and leaves the file as it is.
 */
export function openStoreOrGoOn(place: StorePlace, nowMs: () => number, news: StoreNews): Store {
  try {
    return openStore(place, nowMs, news.lost);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    news.onlyHere(error);
    return createRamStore(nowMs);
  }
}
