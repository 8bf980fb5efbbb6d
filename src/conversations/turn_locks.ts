import { shortDurationText } from "../duration_text.ts";
import { ignore } from "../ignore.ts";
import type { Store, StoreLock } from "../store/store.ts";
import { isOnlyWriteLost } from "../store/store_problem.ts";
import { Problem } from "../problem.ts";

/** Gives a lock back; safe to call twice. */
export type Release = () => void;

/** Lets the turns of one conversation run one after the other. */
export interface TurnLocks {
  /**
   * Waits for the turn, first come first served.
   *
   * @throws Problem session_busy when the wait is over, client_closed when the client left
   */
  take(name: string, options: { readonly waitMs: number; readonly signal: AbortSignal }): Promise<Release>;
  /** The lock if nobody has it, else undefined. @throws Problem of the store */
  takeFree(name: string): Promise<Release | undefined>;
  /** The lock of a name that no other process can know yet: only turns of this process are kept out. */
  takeNew(name: string): Release;
  /** Settles when every lock that was given back is free for other processes too. Never rejects. */
  settled(): Promise<void>;
}

/** A lock of another process is looked at this often. */
const POLL_MS = 50;
/** A shared lock outlives the process that held it by this at most; while held it is renewed. */
const SHARED_TTL_MS = 15_000;
const RENEW_MS = 5000;

/** @param sleep waits, and ends early when the signal is aborted */
export function createTurnLocks(
  store: Store,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): TurnLocks {
  /** names that are taken in this process, with those who wait */
  const queues = new Map<string, (() => void)[]>();
  /** shared locks that are being given back */
  const releasing = new Set<Promise<void>>();

  function releaseLocal(name: string): void {
    const next = queues.get(name)?.shift();
    if (next === undefined) queues.delete(name);
    else next();
  }

  async function takeLocal(name: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const queue = queues.get(name);
    if (queue === undefined) return void queues.set(name, []);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    queue.push(resolve);
    const giveUp = (problem: Problem) => {
      const at = queue.indexOf(resolve);
      // Not there any more: the lock was handed over in the same moment, and who has it gives it back.
      if (at === -1) return;
      queue.splice(at, 1);
      reject(problem);
    };
    const timer = setTimeout(() => giveUp(busy(waitMs)), waitMs);
    const leave = () => giveUp(new Problem("client_closed"));
    signal.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  }

  /**
   * First come first served, also across processes: whoever finds it taken takes the place of the next, which keeps
   * out all that come later, those of the process that has it included.
   *
   * undefined where the store can be read but not written: nobody can change what this turn reads then, and neither
   * can the turn, which is told as not remembered when it ends.
   */
  async function takeShared(name: string, waitMs: number, signal: AbortSignal): Promise<Release | undefined> {
    const untilMs = performance.now() + waitMs;
    const next = `next ${name}`;
    let place: Release | undefined;
    try {
      for (;;) {
        const lock = await store.tryLock(name, SHARED_TTL_MS, place === undefined ? next : name);
        if (lock !== undefined) return hold(lock);
        if (place === undefined && waitMs > 0) {
          const taken = await store.tryLock(next, SHARED_TTL_MS);
          place = taken === undefined ? undefined : hold(taken);
        }
        if (signal.aborted) throw new Problem("client_closed");
        if (performance.now() >= untilMs) throw busy(waitMs);
        await sleep(POLL_MS, signal);
      }
    } catch (error) {
      if (isOnlyWriteLost(error)) return undefined;
      throw error;
    } finally {
      place?.();
    }
  }

  /** A turn may take minutes: the lock is kept while it runs. Failures of the store are told by the store itself. */
  function hold(lock: StoreLock): Release {
    const timer = setInterval(() => void lock.renew(SHARED_TTL_MS).catch(ignore), RENEW_MS);
    return () => {
      clearInterval(timer);
      const released = lock.release().catch(ignore).finally(() => releasing.delete(released));
      releasing.add(released);
    };
  }

  function once(release: Release): Release {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      release();
    };
  }

  async function finish(name: string, waitMs: number, signal: AbortSignal): Promise<Release> {
    if (!store.shared) return once(() => releaseLocal(name));
    try {
      const release = await takeShared(name, waitMs, signal);
      return once(() => {
        release?.();
        releaseLocal(name);
      });
    } catch (error) {
      releaseLocal(name);
      throw error;
    }
  }

  return {
    async take(name, { waitMs, signal }) {
      if (signal.aborted) throw new Problem("client_closed");
      const startMs = performance.now();
      await takeLocal(name, waitMs, signal);
      return await finish(name, Math.max(0, waitMs - (performance.now() - startMs)), signal);
    },
    async takeFree(name) {
      if (queues.has(name)) return undefined;
      queues.set(name, []);
      try {
        return await finish(name, 0, new AbortController().signal);
      } catch (error) {
        if (error instanceof Problem && error.code === "session_busy") return undefined;
        throw error;
      }
    },
    takeNew(name) {
      queues.set(name, []);
      return once(() => releaseLocal(name));
    },
    async settled() {
      await Promise.all(releasing);
    },
  };
}

function busy(waitMs: number): Problem {
  return new Problem("session_busy", `its running turn did not end within ${shortDurationText(waitMs)}`, {
    headers: { "retry-after": "1" },
  });
}
