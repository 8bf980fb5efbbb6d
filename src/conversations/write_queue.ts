import { pause } from "../pause.ts";
import type { Change, Store } from "../store/store.ts";
import { storeCause } from "../store/store_problem.ts";

/** Writes what is to be remembered, before the client is given the end of its answer. */
export interface WriteQueue {
  /**
   * Takes changes that are made together or not at all.
   *
   * @returns settles when they are written; rejects when they are not
   */
  add(changes: readonly Change[]): Promise<void>;
  /** Settles when everything taken so far is written, or has failed. Never rejects. */
  settled(): Promise<void>;
}

/**
 * Between two transactions, in milliseconds: a quiet proxy writes at once, a busy one many turns together. Each
 * transaction costs as much as several turns in it, and the end of an answer waits for it.
 */
const GAP_MS = 4;

/** Groups writes: all turns that end within one round of the event loop are one transaction. */
export function createWriteQueue(store: Store): WriteQueue {
  interface Batch {
    readonly changes: readonly Change[];
    readonly done: PromiseWithResolvers<void>;
  }
  let queue: Batch[] = [];
  let flushedMs = -GAP_MS;
  /** the writes that were begun, one behind the other: turns of a conversation keep their order */
  let tail: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    flushedMs = performance.now();
    const batches = queue;
    queue = [];
    try {
      await store.write(batches.flatMap(({ changes }) => changes));
      batches.forEach(({ done }) => done.resolve());
    } catch (error) {
      const cause = storeCause(error);
      // On a full disk a smaller one may still fit. What the store cannot do at all is not tried once for each.
      const isAll = cause !== undefined && cause !== "memory_full";
      if (batches.length === 1 || isAll) return batches.forEach(({ done }) => done.reject(error));
      // One of them may be at fault (too large): the others must not be lost with it.
      for (const { changes, done } of batches) await store.write(changes).then(done.resolve, done.reject);
    }
  }

  return {
    add(changes) {
      const batch = { changes, done: Promise.withResolvers<void>() };
      queue.push(batch);
      if (queue.length === 1) {
        const delayMs = Math.max(0, GAP_MS - (performance.now() - flushedMs));
        const turn = pause(delayMs);
        tail = Promise.all([tail, turn]).then(flush);
      }
      return batch.done.promise;
    },
    settled: () => tail,
  };
}
