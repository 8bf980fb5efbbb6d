import { errorText } from "../../error_text.ts";
import type { Log } from "../../log.ts";
import { Problem } from "../../problem.ts";
import type { Store } from "../../store/store.ts";
import { budgetText, periodAt } from "./budget.ts";
import { isKey, KEY_KIND, type KeyLimits, keyState, type NamedKey, readKey } from "./named_key.ts";
import type { Spending } from "./spending.ts";

/** The named keys of a running proxy. */
export interface KeyRing {
  /**
   * The named key that a text is.
   *
   * @param keyId the public part of the text
   * @returns the key, or why it is none, for the log
   * @throws Problem memory_unavailable when the keys cannot be read
   */
  find(text: string, keyId: string): Promise<FoundKey>;
  /**
   * The keys that were not deleted, by name, for who may see them all.
   *
   * @throws Problem memory_unavailable when the keys cannot be read
   */
  list(): Promise<KeyUse[]>;
  /** Refuses a key that has used up its budget. @throws Problem budget_used_up with the time at which it is free again */
  checkBudget(key: Spender): void;
  /** Counts what an answer has used. */
  spend(key: Spender, tokens: number): void;
  settled(): Promise<void>;
}

/** A key and what it has used. */
export interface KeyUse {
  readonly key: NamedKey;
  /** tokens in the period of its budget that runs now; undefined for a key without a budget */
  readonly spent: number | undefined;
}

/** Whose budget it is. */
export interface Spender {
  readonly name: string;
  readonly owner: string;
  readonly limits: Pick<KeyLimits, "budget">;
}

/** What {@linkcode KeyRing.find} found. */
export type FoundKey =
  | { readonly kind: "valid"; readonly key: NamedKey }
  | {
    readonly kind: "unknown" | "expired" | "deleted" | "replaced" | "wrong";
    readonly name: string | undefined;
  };

/** A created or deleted key counts after so long, in every proxy that shares the store. */
const FRESH_MS = 2000;
/** Keys that were read so long ago count no more: one of them may have been deleted since. */
const STALE_MS = 60_000;
/** Compared with where no key is: an unknown key takes the time of a known one. */
const NOBODY = { salt: "0".repeat(32), hash: "0".repeat(64) };

/** What {@linkcode createKeyRing} needs. */
export interface KeyRingParts {
  readonly store: Store;
  readonly spending: Spending;
  readonly nowMs: () => number;
  /** a clock that only goes forward */
  readonly monotonicMs: () => number;
  readonly log: Log;
  /** hears of every key that was let in, for the masking */
  readonly learn: (text: string) => void;
}

/** Keys of the store, read again when they are needed and older than {@linkcode FRESH_MS}. */
export function createKeyRing(parts: KeyRingParts): KeyRing {
  const { store, spending, nowMs, monotonicMs, log } = parts;
  let keys: readonly NamedKey[] = [];
  let readMs = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      const heads = await store.list(KEY_KIND, { limit: Number.MAX_SAFE_INTEGER });
      keys = heads.flatMap((head) => readKey(head) ?? []);
      await spending.refresh();
      readMs = monotonicMs();
    } catch (error) {
      if (monotonicMs() - readMs > STALE_MS) {
        throw new Problem("memory_unavailable", "the named keys cannot be read", { cause: error });
      }
      log("warn", "the named keys cannot be read; those that were read last count for a minute", {
        error: errorText(error),
      });
    } finally {
      reading = undefined;
    }
  }

  /** The keys are those of the store as they were moments ago. */
  async function freshen(): Promise<void> {
    if (monotonicMs() - readMs > FRESH_MS) await (reading ??= read());
  }

  return {
    async find(text, keyId) {
      await freshen();
      const found = keys.find((key) => key.keyId === keyId);
      const isRight = isKey(text, found ?? NOBODY);
      if (found === undefined) {
        const replaced = keys.find(({ earlierIds }) => earlierIds.includes(keyId));
        return { kind: replaced === undefined ? "unknown" : "replaced", name: replaced?.name };
      }
      if (!isRight) return { kind: "wrong", name: found.name };
      const state = keyState(found, nowMs());
      if (state !== "valid") return { kind: state, name: found.name };
      parts.learn(text);
      return { kind: "valid", key: found };
    },
    async list() {
      await freshen();
      return keys.filter((key) => keyState(key, nowMs()) !== "deleted")
        .toSorted((a, b) => a.name < b.name ? -1 : 1)
        .map((key) => {
          const { owner, limits: { budget } } = key;
          return { key, spent: budget === undefined ? undefined : spending.spent(owner, budget) };
        });
    },
    checkBudget({ name, owner, limits: { budget } }) {
      if (budget === undefined) return;
      const spent = spending.spent(owner, budget);
      if (spent < budget.tokens) return;
      const { endMs } = periodAt(budget.period, nowMs());
      throw new Problem(
        "budget_used_up",
        `the key "${name}" has used ${spent} tokens of its ${budgetText(budget)}; it is free again at ${
          new Date(endMs).toISOString()
        }`,
        {
          headers: {
            "retry-after": String(Math.max(1, Math.ceil((endMs - nowMs()) / 1000))),
            "x-should-retry": "false",
          },
        },
      );
    },
    spend({ owner, limits: { budget } }, tokens) {
      if (budget !== undefined && tokens > 0) spending.add(owner, budget, tokens);
    },
    settled: spending.settled,
  };
}
