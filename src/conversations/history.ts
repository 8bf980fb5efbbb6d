import type { NameMap } from "../ask/names.ts";
import type { Change } from "../store/store.ts";
import type { InputItem, ResponsesObject } from "../wire/responses.ts";
import type { Healing } from "./heal_items.ts";
import type { ItemOrigin, StoredItem } from "./stored_items.ts";

/** One turn, as the parts of the memory need it. */
export interface TurnFacts {
  readonly owner: string;
  /** what the client sent, references resolved */
  readonly sent: readonly InputItem[];
  /** puts reasoning that is kept here in front of the answers in what the client sent */
  readonly attach: (items: readonly InputItem[]) => readonly InputItem[] | Promise<readonly InputItem[]>;
  readonly names: NameMap;
  readonly origin: ItemOrigin;
  readonly signal: AbortSignal;
}

/** An answer that ended well, and what was settled on its way. */
export interface TurnEnd {
  readonly answer: ResponsesObject;
  readonly output: readonly StoredItem[];
  /** the `prompt_cache_key` of the turn */
  readonly cacheKey: string;
  /** what of the conversation the backend refused */
  readonly healings: readonly Healing[];
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
  /** how many items in front of it are remembered, and not in what the client sent */
  readonly earlier: number;
  /** the cache key that the conversation began with */
  readonly cacheKey: string | undefined;
  /** how a response made here hangs together with others */
  readonly links: ResponseLinks;
  /** what has to be written when the turn has ended well */
  changes(end: TurnEnd): Change[];
  release(): void;
}
