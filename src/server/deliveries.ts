import { everyTick } from "./ticker.ts";
import type { Work } from "./work.ts";

/** The answers that are on their way to clients. */
export interface Deliveries {
  /** An answer is being made; returns what is called when it is sent, or nobody takes it any more. */
  begin(work: Work): () => void;
}

/** When {@linkcode createDeliveries} calls, and what it calls. */
export interface DeliveryOptions {
  /** an answer that was made so long ago and is still not taken is stalled; asked for each time */
  readonly limitMs: () => number;
  /** there are stalled answers, and nothing but stalled answers */
  readonly onStalled: (count: number) => void;
}

interface Delivery {
  madeMs: number | undefined;
}

/**
 * Watches over clients that stop reading. An answer is made long before a client has taken it: when it is still not
 * taken after the limit, nobody takes it.
 *
 * Deno.serve (2.9.6) gives no handle to one connection, and does not look at an answer's body while the client's side
 * of the connection is full. Only all connections can be cut together, so {@linkcode DeliveryOptions.onStalled} waits
 * for a moment in which nothing else is being answered.
 */
export function createDeliveries({ limitMs, onStalled }: DeliveryOptions): Deliveries {
  const open = new Set<Delivery>();
  let stopTicks: (() => void) | undefined;

  function end(delivery: Delivery): void {
    open.delete(delivery);
    if (open.size > 0) return;
    stopTicks?.();
    stopTicks = undefined;
  }

  function look(): void {
    const beforeMs = performance.now() - limitMs();
    for (const { madeMs } of open) if (madeMs === undefined || madeMs > beforeMs) return;
    const stalled = [...open];
    // Told once of each, whatever comes of it.
    stalled.forEach(end);
    onStalled(stalled.length);
  }

  return {
    begin(work) {
      const delivery: Delivery = { madeMs: undefined };
      open.add(delivery);
      stopTicks ??= everyTick(look);
      work.onOver(() => delivery.madeMs = performance.now());
      return () => end(delivery);
    },
  };
}
