import { quoteJson } from "../../quote.ts";
import { Problem } from "../../problem.ts";
import { KEY_KIND, keyState, type NamedKey, readKey } from "../../server/keys/named_key.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";
import { withStore } from "../sessions/open_sessions.ts";
import type { World } from "../world.ts";

/** How long one command may keep others from changing the keys. */
const LOCK_MS = 10_000;

/** Works on the store with the keys. @throws Problem config when there is nothing that a running proxy would read */
export function withKeys<T>(world: World, context: Context, work: KeyWork<T>): Promise<T> {
  return withStore(world, context, async (store) => await work(store, await readKeys(store)), {
    text: "named keys need a store that the running proxy reads too",
    hint: "Set storage.enabled = true, or storage.url",
  });
}

/** {@linkcode withKeys} for changes: one command at a time, so that no name is given twice. */
export function changeKeys<T>(world: World, context: Context, work: KeyWork<T>): Promise<T> {
  return withKeys(world, context, async (store) => {
    const lock = await store.tryLock("keys", LOCK_MS);
    if (lock === undefined) {
      throw new Problem("memory_busy", "another command is changing the keys", {
        hint: "Try again in a moment",
      });
    }
    try {
      return await work(store, await readKeys(store));
    } finally {
      await lock.release();
    }
  });
}

type KeyWork<T> = (store: Store, keys: readonly NamedKey[]) => Promise<T>;

async function readKeys(store: Store): Promise<NamedKey[]> {
  const heads = await store.list(KEY_KIND, { limit: Number.MAX_SAFE_INTEGER });
  return heads.flatMap((head) => readKey(head) ?? []);
}

/** The key of this name that is not deleted. @throws Problem usage */
export function keyNamed(keys: readonly NamedKey[], name: string, nowMs: number): NamedKey {
  const found = keys.find((key) => key.name === name && keyState(key, nowMs) !== "deleted");
  if (found !== undefined) return found;
  throw new Problem("usage", `there is no key ${quoteJson(name)}`, {
    hint: 'Run "ccproxy keys list" to see the keys',
  });
}
