import { databaseFile } from "../config/paths.ts";
import { type Backgrounds, createBackgrounds } from "../conversations/background.ts";
import { type CacheDoctor, createCacheDoctor } from "../conversations/cache_doctor.ts";
import { createMemory, type Memory } from "../conversations/memory.ts";
import { createMemoryHealth, type MemoryHealth, type MemoryState } from "../conversations/memory_health.ts";
import { probeMemory } from "../conversations/probe_memory.ts";
import { startSweeping } from "../conversations/sweep.ts";
import { watchStore } from "../conversations/watch_store.ts";
import { openStoreOrGoOn } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import { newId } from "./new_id.ts";
import type { WireParts } from "./wire_backend.ts";

/** What is remembered, and where. */
export interface WiredMemory {
  readonly store: Store;
  readonly health: MemoryHealth;
  readonly memory: Memory;
  readonly backgrounds: Backgrounds;
  readonly cacheDoctor: CacheDoctor;
  /** How it works now, by trying it. */
  probe(): Promise<MemoryState>;
  /** Begins the sweeping; what is returned ends it. */
  startSweeping(): () => void;
}

/** Opens the store of the settings and puts the memory over it. @param accountId of the login */
export function wireMemory(
  { settings, place, world, log }: WireParts,
  accountId: () => Promise<string | undefined>,
): WiredMemory {
  const nowMs = () => world.now();
  const { "storage.enabled": enabled, "storage.path": path, "storage.url": url } = settings();
  const health = createMemoryHealth(nowMs, log);
  const storePlace = { enabled, path: () => databaseFile(place, path), url };
  const store = watchStore(openStoreOrGoOn(storePlace, nowMs, health), health);
  const memory = createMemory({
    store,
    health,
    settings,
    nowMs,
    newId,
    log,
    sleep: (ms, signal) => world.sleep(ms, signal),
    accountId,
  });
  return {
    store,
    health,
    memory,
    backgrounds: createBackgrounds(memory.archive),
    cacheDoctor: createCacheDoctor(nowMs, log),
    probe: () => probeMemory(store, health, nowMs),
    startSweeping: () => startSweeping(store, settings, log),
  };
}
