import type { Store } from "../store/store.ts";
import type { MemoryHealth, MemoryState } from "./memory_health.ts";

const PROBE = { kind: "probe", owner: "", id: "probe" };
/** As much as an ordinary turn. */
const PROBE_CHARACTERS = 64 * 1024;
const PROBE_TTL_MS = 60_000;

/**
 * How the memory works now, by trying it: a read always, and while something is wrong a write too, so that the end of
 * trouble is seen without a request.
 */
export async function probeMemory(
  store: Store,
  health: MemoryHealth,
  nowMs: () => number,
): Promise<MemoryState> {
  try {
    await store.getHead(PROBE);
    if (health.state().trouble !== undefined) {
      await store.write([{
        op: "put",
        key: PROBE,
        head: { pad: "x".repeat(PROBE_CHARACTERS) },
        items: [],
        expiresAtMs: nowMs() + PROBE_TTL_MS,
      }]);
      await store.write([{ op: "delete", key: PROBE }]);
    }
  } catch {
    // The watched store has told it.
  }
  return health.state();
}
