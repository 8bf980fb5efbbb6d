import { sha256Hex } from "../sha256.ts";
import { isRecord } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";

/**
 * What the backend's prompt cache and routing go by: stable over a conversation, different between conversations
 * (translation.md#t107; a constant one collapses all conversations into one, claudish#238).
 */

/** Where a key can come from, best first. An empty one is no key. */
export interface CacheKeySources {
  /** the client's own `prompt_cache_key` */
  readonly asked: string | undefined;
  /** the key that the conversation had before */
  readonly remembered: string | undefined;
  /** session, thread or conversation id */
  readonly sessionId: string | undefined;
  readonly clientInstructions: string | undefined;
  /** what the client sent now */
  readonly input: readonly InputItem[];
}

/**
 * The client's key, else the conversation's, else a UUID derived from the session, or from the opening of the
 * conversation: everything up to and including the first user message, which a client that resends its history never
 * changes.
 *
 * @returns at most 64 characters: a longer key is hashed, the backend answers 400 for it (backend.md#accepted-keys)
 */
export function promptCacheKey(sources: CacheKeySources): string {
  const key = [sources.asked, sources.remembered].find((given) => given !== undefined && given !== "");
  if (key !== undefined) return key.length <= 64 ? key : sha256Hex(key);
  if (sources.sessionId !== undefined) return uuidOf(`session ${sources.sessionId}`);
  const firstUser = sources.input.findIndex((item) => isRecord(item) && item["role"] === "user");
  const opening = sources.input.slice(0, firstUser === -1 ? 1 : firstUser + 1);
  return uuidOf(`opening ${JSON.stringify([sources.clientInstructions ?? "", opening])}`);
}

/** The key of a conversation that the client names in words of its own: agents at work in it share what they share. */
export function conversationKey(name: string): string {
  return uuidOf(`conversation ${name}`);
}

/** The key as the UUID that goes into `session-id` and `thread-id`: itself when it is one. */
export function conversationId(key: string): string {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key) ? key : uuidOf(key);
}

/** A UUID made from a text: version 8 (RFC 9562), so that nobody takes it for random or time-based. */
export function uuidOf(text: string): string {
  const hex = sha256Hex(text);
  const variant = ((parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${
    hex.slice(20, 32)
  }`;
}
