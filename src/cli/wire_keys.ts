import { createKeyRing, type KeyRing } from "../server/keys/key_ring.ts";
import { createSpending } from "../server/keys/spending.ts";
import type { Store } from "../store/store.ts";
import type { WireParts } from "./wire_backend.ts";

/** The named keys in the store; this process counts what they use under an id of its own. */
export function wireKeys({ world, log }: WireParts, store: Store): KeyRing {
  const clocks = { nowMs: () => world.now(), monotonicMs: () => world.monotonicMs() };
  const spending = createSpending(store, clocks.nowMs, log, crypto.randomUUID());
  return createKeyRing({ store, spending, ...clocks, log, learn: world.secrets.learnNamedKeys });
}
