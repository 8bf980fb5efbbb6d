import { type ByteBudget, createByteBudget, SMALL_BYTES } from "./byte_budget.ts";

/** Where large bodies wait, so that neither the memory nor everybody else's time goes into them. */
export interface BodyGate {
  /** bytes that have come, or are to come, and are not read yet */
  readonly arriving: ByteBudget;
  /**
   * Bytes of bodies that are being worked with. Separate from those that arrive: nobody who holds room here ever waits
   * for room there, so no two requests can wait for each other.
   */
  readonly working: ByteBudget;
  /** Large bodies are parsed one at a time. */
  readonly parsing: OneAtATime;
  /** They are unpacked one at a time, and the next one not before the last has room. */
  readonly unpacking: OneAtATime;
}

/**
 * Runs one piece of work at a time, first come, first served, with a turn of the event loop after each: what keeps
 * everybody else waiting never comes twice in a row.
 */
export type OneAtATime = <T>(run: () => T | Promise<T>) => Promise<T>;

/** Bodies from this size on go through them. */
export const LARGE_BYTES = 4 * SMALL_BYTES;

/** A gate that nobody went through yet. @param budgetBytes for those that arrive, and again for those in work */
export function createBodyGate(budgetBytes: () => number): BodyGate {
  return {
    arriving: createByteBudget(budgetBytes),
    working: createByteBudget(budgetBytes),
    parsing: createOneAtATime(),
    unpacking: createOneAtATime(),
  };
}

function createOneAtATime(): OneAtATime {
  let last: Promise<void> = Promise.resolve();
  return async (run) => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    try {
      return await run();
    } finally {
      // A timer, not a microtask: sockets are looked at in between. The one who ran waits too: what it does next with
      // a large body takes as long again.
      setTimeout(resolve, 0);
      await promise;
    }
  };
}
