import { errorText } from "../error_text.ts";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";

/** How often the store is cleared of what is too old or too much. */
const PERIOD_MS = 5 * 60_000;

/**
 * Clears the store now and then: what has expired, and the oldest above `storage.max_size_mb`.
 *
 * @returns what ends it
 */
export function startSweeping(store: Store, settings: () => Settings, log: Log): () => void {
  async function sweep(): Promise<void> {
    try {
      const { expired, evicted } = await store.sweep(settings()["storage.max_size_mb"] * 1024 * 1024);
      if (expired + evicted > 0) log("debug", "memory swept", { expired, evicted });
      if (evicted > 0) log("warn", "the store is full: the oldest entries were removed", { evicted });
    } catch (error) {
      log("warn", "memory not swept", { error: errorText(error) });
    }
  }
  const first = setTimeout(sweep, 0);
  const timer = setInterval(sweep, PERIOD_MS);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
