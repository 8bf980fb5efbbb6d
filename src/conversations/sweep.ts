import { errorText } from "../error_text.ts";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import { boundUnnamed } from "./unnamed.ts";
import type { Store } from "../store/store.ts";

/** How often the store is cleared of what is too old or too much. */
const PERIOD_MS = 5 * 60_000;

/**
 * Clears the store now and then: what has expired, the oldest above `storage.max_size_mb`, and what nobody
 * asked for above its own bounds (unnamed.ts).
 *
 * @returns what ends it
 */
export function startSweeping(store: Store, settings: () => Settings, log: Log): () => void {
  async function sweep(): Promise<void> {
    try {
      const { expired, evicted } = await store.sweep(settings()["storage.max_size_mb"] * 1024 * 1024);
      if (expired + evicted > 0) log("debug", "memory swept", { expired, evicted });
      const unnamed = await boundUnnamed(store, settings());
      if (unnamed > 0) log("debug", "unnamed sessions removed", { removed: unnamed });
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
