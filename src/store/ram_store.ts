import type { JsonObject } from "../wire/json.ts";
import {
  type Change,
  KEPT_KINDS,
  type RecordHead,
  type RecordKey,
  type Store,
  type StoreLock,
  type StoreRecord,
} from "./store.ts";
import { encodeValue } from "./store_problem.ts";

interface Entry {
  readonly key: RecordKey;
  head: string;
  items: string[];
  updatedAtMs: number;
  expiresAtMs: number;
  /** counts changes, so that records changed within one millisecond have an order */
  order: number;
}

/**
 * Records in the RAM of this process (`storage.enabled = false`): gone with it.
 *
 * Everything is kept as JSON text, as the other engines do: nobody can change a record by changing what was read.
 */
export function createRamStore(nowMs: () => number): Store {
  const entries = new Map<string, Entry>();
  const locks = new Map<string, { token: symbol; untilMs: number }>();
  let changes = 0;

  function live(key: RecordKey): Entry | undefined {
    const entry = entries.get(nameOf(key));
    return entry === undefined || entry.expiresAtMs <= nowMs() ? undefined : entry;
  }

  function apply(change: Change, head: string, items: readonly string[]): void {
    const name = nameOf(change.key);
    const entry = live(change.key);
    if (change.op === "delete") entries.delete(name);
    else if (change.op === "touch") {
      if (entry !== undefined) entry.expiresAtMs = change.expiresAtMs;
    } else {
      const before = change.op === "append" ? entry?.items ?? [] : [];
      entries.set(name, {
        key: change.key,
        head,
        items: [...before, ...items],
        updatedAtMs: nowMs(),
        expiresAtMs: change.expiresAtMs,
        order: ++changes,
      });
    }
  }

  function newestFirst(): Entry[] {
    return [...entries.values()].sort((a, b) => b.updatedAtMs - a.updatedAtMs || b.order - a.order);
  }

  const get = (key: RecordKey) => Promise.resolve(toRecord(live(key)));
  return {
    engine: "ram",
    shared: false,
    get,
    getHead: (key) => Promise.resolve(toHead(live(key))),
    getMany: (keys) => Promise.all(keys.map(get)),
    write(batch) {
      // Encoded before the first change is made: what cannot be encoded fails the batch as a whole.
      return Promise.try(() => {
        const encoded = batch.map((change) => ({ change, ...encode(change) }));
        for (const { change, head, items } of encoded) apply(change, head, items);
      });
    },
    list(kind, { owner, limit, skip = 0 }) {
      const found = newestFirst().filter((entry) =>
        entry.key.kind === kind && (owner === undefined || entry.key.owner === owner) &&
        entry.expiresAtMs > nowMs()
      );
      return Promise.resolve(found.slice(skip, skip + limit).flatMap((entry) => toHead(entry) ?? []));
    },
    sweep(limitBytes) {
      let expired = 0;
      let evicted = 0;
      let bytes = 0;
      for (const entry of newestFirst()) {
        const size = sizeOf(entry);
        if (entry.expiresAtMs <= nowMs()) expired++;
        else if (bytes + size > limitBytes && !KEPT_KINDS.includes(entry.key.kind)) evicted++;
        else {
          bytes += size;
          continue;
        }
        entries.delete(nameOf(entry.key));
      }
      return Promise.resolve({ expired, evicted });
    },
    tryLock(name, ttlMs, behind = name) {
      const isHeld = [name, behind].some((one) => (locks.get(one)?.untilMs ?? 0) > nowMs());
      if (isHeld) return Promise.resolve(undefined);
      const token = Symbol(name);
      locks.set(name, { token, untilMs: nowMs() + ttlMs });
      const isMine = () => locks.get(name)?.token === token;
      const lock: StoreLock = {
        renew(renewedMs) {
          if (isMine()) locks.set(name, { token, untilMs: nowMs() + renewedMs });
          return Promise.resolve(isMine());
        },
        release() {
          if (isMine()) locks.delete(name);
          return Promise.resolve();
        },
      };
      return Promise.resolve(lock);
    },
    close() {
      entries.clear();
      return Promise.resolve();
    },
  };
}

function encode(change: Change): { head: string; items: string[] } {
  if (change.op === "touch" || change.op === "delete") return { head: "", items: [] };
  return { head: encodeValue(change.head), items: change.items.map((item) => encodeValue(item)) };
}

function nameOf({ kind, owner, id }: RecordKey): string {
  return `${kind}\n${owner}\n${id}`;
}

/** Two bytes for each character, as V8 keeps text that is not Latin-1. */
function sizeOf({ head, items }: Entry): number {
  return 2 * items.reduce((sum, item) => sum + item.length, head.length);
}

function toHead(entry: Entry | undefined): RecordHead | undefined {
  if (entry === undefined) return undefined;
  const { key, updatedAtMs, expiresAtMs } = entry;
  const head: JsonObject = JSON.parse(entry.head);
  return { key, head, itemCount: entry.items.length, updatedAtMs, expiresAtMs };
}

function toRecord(entry: Entry | undefined): StoreRecord | undefined {
  const head = toHead(entry);
  if (head === undefined || entry === undefined) return undefined;
  return { ...head, items: entry.items.map((item): JsonObject => JSON.parse(item)) };
}
