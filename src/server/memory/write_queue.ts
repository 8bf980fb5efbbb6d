import type { Change, Store } from "../../store/store.ts";

/** Writes what is to be remembered once the answers are on their way. */
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
 * transaction costs as much as several turns in it.
 */
const GAP_MS = 20;

/**
 * Groups writes: all turns that end within one round of the event loop are one transaction. The round also lets the
 * last bytes of their answers leave first: a write never stands between the model and the client.
 */
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
      if (batches.length === 1) return batches[0]?.done.reject(error);
      // One of them may be at fault (too large): the others shall not be lost with it.
      for (const { changes, done } of batches) await store.write(changes).then(done.resolve, done.reject);
    }
  }

  return {
    add(changes) {
      const batch = { changes, done: Promise.withResolvers<void>() };
      queue.push(batch);
      if (queue.length === 1) {
        const delayMs = Math.max(0, GAP_MS - (performance.now() - flushedMs));
        const turn = new Promise<void>((resolve) => setTimeout(resolve, delayMs));
        tail = Promise.all([tail, turn]).then(flush);
      }
      return batch.done.promise;
    },
    settled: () => tail,
  };
}
