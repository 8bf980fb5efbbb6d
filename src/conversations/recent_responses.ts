import type { InputItem } from "../wire/responses.ts";
import type { ItemOrigin, StoredItem } from "./stored_items.ts";

/** A response that only its connection remembers: one with `"store": false`. */
export interface RecentResponse {
  /** the whole conversation that ends with it, its output included */
  readonly items: readonly StoredItem[];
  /** the `prompt_cache_key` of its turn */
  readonly cacheKey: string;
}

/** What a connection remembers of its own responses, until it ends (websocket.md#ws-protocol). */
export interface RecentResponses {
  find(id: string): RecentResponse | undefined;
  keep(id: string, response: RecentResponse): void;
}

/**
 * An item that was sent to the backend, as it is remembered: its reasoning was read by this model and account, and by
 * no other.
 */
export function toRecentItem(item: InputItem, origin: ItemOrigin): StoredItem {
  return { item, origin: item.type === "reasoning" ? origin : undefined };
}
