import type { Settings } from "../config/settings.ts";
import type { NameMap } from "../ask/names.ts";
import type { Log } from "../log.ts";
import type { Change, RecordKey, Store } from "../store/store.ts";
import type { InputItem, ResponsesObject } from "../wire/responses.ts";
import type { Origin, Remembered } from "./remembered.ts";
import type { TurnLocks } from "./turn_locks.ts";
import type { WriteQueue } from "./write_queue.ts";

/** What every part of the memory works with. */
export interface MemoryBase {
  readonly store: Store;
  readonly queue: WriteQueue;
  readonly locks: TurnLocks;
  readonly settings: () => Settings;
  readonly nowMs: () => number;
  /** a new unique id, without prefix */
  readonly newId: () => string;
  readonly log: Log;
}

/** One turn, as the parts of the memory need it. */
export interface TurnFacts {
  readonly owner: string;
  /** what the client sent, references resolved */
  readonly sent: readonly InputItem[];
  /** puts reasoning that is kept here in front of the answers in what the client sent */
  readonly attach: (items: readonly InputItem[]) => readonly InputItem[] | Promise<readonly InputItem[]>;
  readonly names: NameMap;
  readonly origin: Origin;
  readonly signal: AbortSignal;
}

/** An answer that ended well, and what was settled on its way. */
export interface TurnEnd {
  readonly answer: ResponsesObject;
  readonly output: readonly Remembered[];
  /** the `prompt_cache_key` of the turn */
  readonly cacheKey: string;
}

/** What a stored response keeps of where it belongs. */
export interface ResponseLinks {
  /** ids of the responses it continues, the oldest first */
  readonly chain: readonly string[];
  /** id of the conversation it was made in */
  readonly conversation: string | undefined;
}

/** Of a response that continues nothing. */
export const NO_LINKS: ResponseLinks = { chain: [], conversation: undefined };

/** The conversation a turn belongs to, opened; it stays locked until {@linkcode History.release}. */
export interface History {
  /** the whole conversation, this turn's input included */
  readonly input: readonly InputItem[];
  /** the cache key that the conversation began with */
  readonly cacheKey: string | undefined;
  /** how a response made here hangs together with others */
  readonly links: ResponseLinks;
  /** what has to be written when the turn has ended well */
  changes(end: TurnEnd): Change[];
  release(): void;
}

const HOUR_MS = 3_600_000;

/** When a session that is used now is forgotten. */
export function sessionExpiry(base: MemoryBase): number {
  return base.nowMs() + base.settings()["storage.session_ttl_hours"] * HOUR_MS;
}

/** When a response or conversation that is used now is forgotten. */
export function responseExpiry(base: MemoryBase): number {
  return base.nowMs() + base.settings()["storage.response_ttl_days"] * 24 * HOUR_MS;
}

/** The key of a record of this owner. */
export function keyOf(kind: string, owner: string, id: string): RecordKey {
  return { kind, owner, id };
}

/** Prefixes of item ids, as the public API has them. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
};

/** The items, each with an id: lists of items are paged by it. */
export function withIds<Item extends InputItem>(items: readonly Item[], newId: () => string): Item[] {
  return items.map((item) =>
    typeof item["id"] === "string" && item["id"] !== ""
      ? item
      : { ...item, id: `${ID_PREFIXES[item.type] ?? "item"}_${newId()}` }
  );
}
