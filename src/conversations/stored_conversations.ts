import { shortDurationText } from "../duration_text.ts";
import { isRecord, type JsonObject, numberAt, textAt } from "../wire/json.ts";
import type { Change, StoreRecord } from "../store/store.ts";
import { Problem } from "../problem.ts";
import { type Archive, keyOf, responseExpiry } from "./archive.ts";
import { healItems } from "./heal_items.ts";
import type { History, TurnFacts } from "./history.ts";
import { fromRow, storedInput, type StoredItem, toBackendInput, toRow } from "./stored_items.ts";

/** Conversations: a record with the items, which clients may also read and change one by one. */

/** A stored conversation. */
export interface StoredConversation {
  readonly id: string;
  /** Unix time in seconds */
  readonly createdAt: number;
  readonly metadata: JsonObject;
  readonly cacheKey: string | undefined;
  readonly items: readonly StoredItem[];
}

/** Reads a conversation. @throws Problem conversation_not_found */
export async function loadConversation(
  archive: Archive,
  owner: string,
  id: string,
): Promise<StoredConversation> {
  await archive.queue.settled();
  const record = await archive.store.get(keyOf("conversation", owner, id));
  if (record === undefined) {
    throw new Problem("conversation_not_found", `there is no conversation with id ${JSON.stringify(id)}`, {
      param: "conversation_id",
    });
  }
  return toStoredConversation(record);
}

/** Keeps others out of a conversation. @throws Problem session_busy as conversation_locked */
export async function lockConversation(
  archive: Archive,
  owner: string,
  id: string,
  signal: AbortSignal,
): Promise<() => void> {
  const waitMs = archive.settings()["limits.session_wait_seconds"] * 1000;
  try {
    return await archive.locks.take(`conversation ${owner} ${id}`, { waitMs, signal });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "session_busy") throw error;
    throw new Problem(
      "session_busy",
      `conversation ${JSON.stringify(id)} has a running turn, which did not end within ${
        shortDurationText(waitMs)
      }`,
      { apiCode: "conversation_locked", headers: error.headers, cause: error },
    );
  }
}

/** Opens a conversation for a turn, which is added to it. @throws Problem conversation_not_found, session_busy */
export async function openConversation(archive: Archive, id: string, turn: TurnFacts): Promise<History> {
  const release = await lockConversation(archive, turn.owner, id, turn.signal);
  try {
    const stored = await loadConversation(archive, turn.owner, id);
    const before = toBackendInput(stored.items, turn.origin, turn.names);
    return {
      input: [...before, ...await turn.attach(turn.sent)],
      earlier: before.length,
      cacheKey: stored.cacheKey,
      links: { chain: [], conversation: id },
      release,
      changes: ({ output, cacheKey, healings }) => {
        const healed = healItems(stored.items, healings, turn.origin, turn.names);
        const again = healed === stored.items ? [] : healed;
        const added = [...again, ...storedInput(turn.sent, turn.names), ...output];
        return [
          {
            op: again.length === 0 ? "append" : "put",
            key: keyOf("conversation", turn.owner, id),
            head: conversationHead({ ...stored, cacheKey: stored.cacheKey ?? cacheKey }),
            items: added.map(toRow),
            expiresAtMs: responseExpiry(archive),
          },
          ...itemWays(archive, turn.owner, id, output),
        ];
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Writes a conversation as a whole. */
export function saveConversation(archive: Archive, owner: string, stored: StoredConversation): Change[] {
  return [
    {
      op: "put",
      key: keyOf("conversation", owner, stored.id),
      head: conversationHead(stored),
      items: stored.items.map(toRow),
      expiresAtMs: responseExpiry(archive),
    },
    ...itemWays(archive, owner, stored.id, stored.items),
  ];
}

/** What deletes a conversation with its items. */
export function deleteConversation(owner: string, stored: StoredConversation): Change[] {
  return [
    ...stored.items.flatMap(({ item }) => textAt(item, "id") ?? []).map((itemId): Change => ({
      op: "delete",
      key: keyOf("item", owner, itemId),
    })),
    { op: "delete", key: keyOf("conversation", owner, stored.id), erase: true },
  ];
}

/** So that an item can be found by its id alone. */
function itemWays(archive: Archive, owner: string, id: string, items: readonly StoredItem[]): Change[] {
  return items.flatMap(({ item }) => textAt(item, "id") ?? []).map((itemId): Change => ({
    op: "put",
    key: keyOf("item", owner, itemId),
    head: { kind: "conversation", id },
    items: [],
    expiresAtMs: responseExpiry(archive),
  }));
}

function conversationHead({ createdAt, metadata, cacheKey }: StoredConversation): JsonObject {
  return { created_at: createdAt, metadata, ...(cacheKey === undefined ? {} : { cache_key: cacheKey }) };
}

function toStoredConversation({ key, head, items }: StoreRecord): StoredConversation {
  return {
    id: key.id,
    createdAt: numberAt(head, "created_at") ?? 0,
    metadata: isRecord(head["metadata"]) ? head["metadata"] : {},
    cacheKey: textAt(head, "cache_key"),
    items: items.flatMap((row) => fromRow(row) ?? []),
  };
}
