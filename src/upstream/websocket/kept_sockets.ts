import { type AskedKeys, type Chain, continuationOf } from "./continuation.ts";
import type { Socket } from "./socket.ts";
import type { After } from "./wire.ts";

/** A socket that is kept for further requests of its conversation. */
export interface Kept {
  readonly conversation: string;
  /** of {@linkcode socketIdentity} */
  readonly identity: string;
  readonly socket: Socket;
  /** of the 101 */
  readonly headers: Headers;
  readonly openedMs: number;
  usedMs: number;
  isBusy: boolean;
  /** closed as soon as its answer is over */
  isSpent: boolean;
  chain: Chain | undefined;
  stopIdle: () => void;
}

/** How long and how many sockets are kept. */
export interface KeptRules {
  readonly after: After;
  readonly monotonicMs: () => number;
  /** a socket that nobody used for so long is closed */
  readonly idleMs: number;
  /** a socket is used for so long; the backend ends it after sixty minutes */
  readonly renewMs: number;
  /** sockets at the same time */
  readonly mostSockets: number;
}

/** The sockets that are there. */
export interface KeptSockets {
  /**
   * A free socket of the conversation, the one that can be continued first; it is busy from then on. Free ones that
   * were opened as somebody else, or too long ago, are closed.
   */
  take(conversation: string, identity: string, asked: AskedKeys): Kept | undefined;
  /** Keeps a new socket, busy; until it ends. */
  add(from: Pick<Kept, "conversation" | "identity" | "socket" | "headers">): Kept;
  /** Its answer is over. */
  release(kept: Kept): void;
  /** Closes it in order. */
  retire(kept: Kept): Promise<void>;
  /** Makes room for one more by closing the one that has been idle longest; false when all are in use. */
  makeRoom(opening: number): boolean;
  count(): number;
  closeAll(): Promise<void>;
}

/** No sockets yet. */
export function createKeptSockets(rules: KeptRules): KeptSockets {
  const all = new Set<Kept>();

  function remove(kept: Kept): void {
    kept.stopIdle();
    all.delete(kept);
  }

  function retire(kept: Kept): Promise<void> {
    remove(kept);
    return kept.socket.close();
  }

  function isUsable(kept: Kept, identity: string): boolean {
    const ageMs = rules.monotonicMs() - kept.openedMs;
    return kept.identity === identity && ageMs < rules.renewMs && kept.socket.end === undefined;
  }

  return {
    take(conversation, identity, asked) {
      const free = [...all].filter((kept) => kept.conversation === conversation && !kept.isBusy);
      for (const kept of free) if (!isUsable(kept, identity)) void retire(kept);
      const usable = free.filter((kept) => all.has(kept)).sort((a, b) => b.usedMs - a.usedMs);
      const found = usable.find(({ chain }) => continuationOf(chain, asked) !== undefined) ?? usable[0];
      if (found === undefined) return undefined;
      found.stopIdle();
      found.isBusy = true;
      return found;
    },
    add(from) {
      const nowMs = rules.monotonicMs();
      const state = { isBusy: true, isSpent: false, chain: undefined, stopIdle: () => {} };
      const kept: Kept = { ...from, ...state, openedMs: nowMs, usedMs: nowMs };
      all.add(kept);
      void kept.socket.ended.then(() => remove(kept));
      return kept;
    },
    release(kept) {
      kept.isBusy = false;
      kept.usedMs = rules.monotonicMs();
      if (!all.has(kept)) return;
      const leftMs = rules.renewMs - (kept.usedMs - kept.openedMs);
      if (kept.isSpent || leftMs <= 0) return void retire(kept);
      kept.socket.discard();
      kept.stopIdle = rules.after(Math.min(rules.idleMs, leftMs), () => void retire(kept));
    },
    retire,
    makeRoom(opening) {
      if (all.size + opening < rules.mostSockets) return true;
      const [oldest] = [...all].filter(({ isBusy }) => !isBusy).sort((a, b) => a.usedMs - b.usedMs);
      if (oldest === undefined) return false;
      void retire(oldest);
      return true;
    },
    count: () => all.size,
    async closeAll() {
      await Promise.all([...all].map(retire));
    },
  };
}
