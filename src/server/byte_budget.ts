import { Problem } from "../problem.ts";

/** Bodies up to this size are not counted: how many requests run at once bounds them. */
export const SMALL_BYTES = 256 * 1024;
/** Requests that may wait for room at once. */
const WAITERS = 64;
/** How long one may wait, in milliseconds. */
const WAIT_MS = 60_000;

/** Room that was given. */
export interface Room {
  /** Takes more without a wait. @throws Problem too_many_requests when there is no more */
  grow(bytes: number): void;
  /** Gives all of it back; may be called more than once. */
  leave(): void;
}

/** Bytes that may be held at once, by all requests together. */
export interface ByteBudget {
  /**
   * Room for a body, first come, first served. One that is larger than the whole budget gets it when it is empty.
   *
   * @throws Problem too_many_requests after a minute, or when too many wait; client_closed
   */
  enter(bytes: number, signal: AbortSignal): Promise<Room>;
  /** bytes that are held now */
  readonly heldBytes: number;
}

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * A budget in which nobody holds anything yet.
 *
 * @param budgetBytes asked for each time: it may change while running
 */
export function createByteBudget(budgetBytes: () => number, waitMs: number = WAIT_MS): ByteBudget {
  let held = 0;
  const waiters: Waiter[] = [];
  const fits = (bytes: number) => held === 0 || held + bytes <= budgetBytes();

  function admitWaiting(): void {
    for (let first = waiters[0]; first !== undefined && fits(first.bytes); first = waiters[0]) {
      waiters.shift();
      held += first.bytes;
      first.admit();
    }
  }

  function roomOf(own: number): Room {
    return {
      grow(bytes) {
        if (held > own && held + bytes > budgetBytes()) throw full(budgetBytes());
        own += bytes;
        held += bytes;
      },
      leave() {
        held -= own;
        own = 0;
        admitWaiting();
      },
    };
  }

  return {
    get heldBytes() {
      return held;
    },
    async enter(bytes, signal) {
      if (bytes <= SMALL_BYTES) return roomOf(0);
      if (waiters.length === 0 && fits(bytes)) {
        held += bytes;
        return roomOf(bytes);
      }
      if (waiters.length >= WAITERS) throw full(budgetBytes());
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = { bytes, admit: resolve };
      const giveUp = (problem: Problem) => {
        const at = waiters.indexOf(waiter);
        if (at < 0) return;
        waiters.splice(at, 1);
        reject(problem);
        // Who stood in front of smaller ones may have been what kept them waiting.
        admitWaiting();
      };
      const leave = () => giveUp(new Problem("client_closed"));
      const timer = setTimeout(() => giveUp(full(budgetBytes())), waitMs);
      signal.addEventListener("abort", leave, { once: true });
      waiters.push(waiter);
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      }
      return roomOf(bytes);
    },
  };
}

function full(budgetBytes: number): Problem {
  return new Problem(
    "too_many_requests",
    `other requests hold the ${Math.round(budgetBytes / 1024 / 1024)} MiB that bodies may take at once`,
    {
      apiCode: "too_many_bytes_in_work",
      headers: { "retry-after": "5" },
      hint: "Send it again when they have ended, or raise limits.body_budget_mb",
    },
  );
}
