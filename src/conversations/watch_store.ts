import type { Store } from "../store/store.ts";
import type { MemoryHealth } from "./memory_health.ts";

/** The same store, whose every call tells how it went: no failure can be passed over. */
export function watchStore(store: Store, health: MemoryHealth): Store {
  async function watch<T>(kind: "read" | "small" | "write", work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      health.worked(kind);
      return result;
    } catch (error) {
      health.failed(error);
      throw error;
    }
  }
  return {
    engine: store.engine,
    shared: store.shared,
    get: (key) => watch("read", store.get(key)),
    getHead: (key) => watch("read", store.getHead(key)),
    getMany: (keys) => watch("read", store.getMany(keys)),
    list: (kind, options) => watch("read", store.list(kind, options)),
    write: (changes) => watch("write", store.write(changes)),
    sweep: (limitBytes) => watch("small", store.sweep(limitBytes)),
    async tryLock(name, ttlMs, behind) {
      const lock = await watch("read", store.tryLock(name, ttlMs, behind));
      if (lock === undefined) return undefined;
      health.worked("small");
      return {
        renew: (renewedMs) => watch("small", lock.renew(renewedMs)),
        release: () => watch("small", lock.release()),
      };
    },
    close: () => store.close(),
  };
}
