import type { Log } from "../../log.ts";
import { errorText } from "../../error_text.ts";
import { pause } from "../../pause.ts";
import type { Store } from "../../store/store.ts";
import { numberAt } from "../../wire/json.ts";
import { type Budget, periodAt } from "./budget.ts";

/** Kind of the records of what keys have used: one for each key, period and process. */
export const SPENT_KIND = "key_spent";

/** What keys have used of their budgets, in this process and in all others that share the store. */
export interface Spending {
  /** Counts tokens of a key that has a budget. */
  add(owner: string, budget: Budget, tokens: number): void;
  /** Tokens that the key has used in the period of its budget that runs now, as far as is known here. */
  spent(owner: string, budget: Budget): number;
  /** Reads what other processes have counted. @throws Problem of the store */
  refresh(): Promise<void>;
  /** Settles when what was counted is written, or could not be. */
  settled(): Promise<void>;
}

/** How long what was counted may wait to be written. */
const DELAY_MS = 500;

/**
 * Each process has a record of its own and only writes that one, so no count is lost between two of them; a restart is
 * another process. A record ends with its period.
 *
 * @param processId names this process among those that share the store
 */
export function createSpending(store: Store, nowMs: () => number, log: Log, processId: string): Spending {
  interface Own {
    readonly owner: string;
    readonly startMs: number;
    readonly endMs: number;
    tokens: number;
  }
  const own = new Map<string, Own>();
  const dirty = new Set<Own>();
  let others = new Map<string, number>();
  let writing: Promise<void> | undefined;

  const nameOf = (owner: string, startMs: number) => `${owner}:${startMs}`;

  function ownOf(owner: string, { period }: Budget): Own {
    const { startMs, endMs } = periodAt(period, nowMs());
    const known = own.get(owner);
    if (known?.startMs === startMs && known.endMs === endMs) return known;
    const fresh = { owner, startMs, endMs, tokens: 0 };
    own.set(owner, fresh);
    return fresh;
  }

  async function write(): Promise<void> {
    while (dirty.size > 0) {
      await pause(DELAY_MS);
      const changed = [...dirty];
      dirty.clear();
      try {
        await store.write(changed.map(({ owner, startMs, endMs, tokens }) => ({
          op: "put",
          key: { kind: SPENT_KIND, owner, id: `${startMs}-${endMs}:${processId}` },
          head: { start_ms: startMs, tokens },
          items: [],
          expiresAtMs: endMs,
        })));
      } catch (error) {
        // It stays counted here, and is written with the next one.
        log("warn", "what keys have used is not written", { error: errorText(error) });
      }
    }
    writing = undefined;
  }

  return {
    add(owner, budget, tokens) {
      const mine = ownOf(owner, budget);
      mine.tokens += tokens;
      dirty.add(mine);
      writing ??= write();
    },
    spent(owner, budget) {
      const mine = ownOf(owner, budget);
      return mine.tokens + (others.get(nameOf(owner, mine.startMs)) ?? 0);
    },
    async refresh() {
      const heads = await store.list(SPENT_KIND, { limit: Number.MAX_SAFE_INTEGER });
      const sums = new Map<string, number>();
      for (const { key: { owner, id }, head } of heads) {
        if (id.endsWith(`:${processId}`)) continue;
        const name = nameOf(owner, numberAt(head, "start_ms") ?? 0);
        sums.set(name, (sums.get(name) ?? 0) + (numberAt(head, "tokens") ?? 0));
      }
      others = sums;
    },
    settled: () => writing ?? Promise.resolve(),
  };
}
