import { isRecord, type JsonObject, numberAt, textAt } from "../wire/json.ts";
import type { Change, StoreRecord } from "../store/store.ts";
import { Problem } from "../problem.ts";
import { type History, keyOf, type MemoryBase, responseExpiry, type TurnFacts } from "./memory_base.ts";
import { fromRow, recall, type Remembered, rememberInput, toRow } from "./remembered.ts";

/** Conversations: a record with the items, which clients may also read and change one by one. */

/** A stored conversation. */
export interface StoredConversation {
  readonly id: string;
  /** Unix time in seconds */
  readonly createdAt: number;
  readonly metadata: JsonObject;
  readonly cacheKey: string | undefined;
  readonly items: readonly Remembered[];
}

/** Reads a conversation. @throws Problem conversation_not_found */
export async function loadConversation(
  base: MemoryBase,
  owner: string,
  id: string,
): Promise<StoredConversation> {
  await base.queue.settled();
  const record = await base.store.get(keyOf("conversation", owner, id));
  if (record === undefined) {
    throw new Problem("conversation_not_found", `there is no conversation with id ${JSON.stringify(id)}`, {
      param: "conversation_id",
    });
  }
  return toStoredConversation(record);
}

/** Keeps others out of a conversation. @throws Problem session_busy as conversation_locked */
export async function lockConversation(
  base: MemoryBase,
  owner: string,
  id: string,
  signal: AbortSignal,
): Promise<() => void> {
  const waitMs = base.settings()["limits.session_wait_seconds"] * 1000;
  try {
    return await base.locks.take(`conversation ${owner} ${id}`, { waitMs, signal });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "session_busy") throw error;
    throw new Problem(
      "session_busy",
      `conversation ${JSON.stringify(id)} has a running turn, which did not end within ${
        Math.round(waitMs / 1000)
      } s`,
      { apiCode: "conversation_locked", headers: error.headers, cause: error },
    );
  }
}

/** Opens a conversation for a turn, which is added to it. @throws Problem conversation_not_found, session_busy */
export async function openConversation(base: MemoryBase, id: string, turn: TurnFacts): Promise<History> {
  const release = await lockConversation(base, turn.owner, id, turn.signal);
  try {
    const stored = await loadConversation(base, turn.owner, id);
    return {
      input: [...recall(stored.items, turn.origin, turn.names), ...await turn.attach(turn.sent)],
      cacheKey: stored.cacheKey,
      links: { chain: [], conversation: id },
      release,
      changes: ({ output, cacheKey }) => {
        const added = [...rememberInput(turn.sent, turn.names), ...output];
        return [
          {
            op: "append",
            key: keyOf("conversation", turn.owner, id),
            head: conversationHead({ ...stored, cacheKey: stored.cacheKey ?? cacheKey }),
            items: added.map(toRow),
            expiresAtMs: responseExpiry(base),
          },
          ...itemWays(base, turn.owner, id, output),
        ];
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Writes a conversation as a whole. */
export function saveConversation(base: MemoryBase, owner: string, stored: StoredConversation): Change[] {
  return [
    {
      op: "put",
      key: keyOf("conversation", owner, stored.id),
      head: conversationHead(stored),
      items: stored.items.map(toRow),
      expiresAtMs: responseExpiry(base),
    },
    ...itemWays(base, owner, stored.id, stored.items),
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
function itemWays(base: MemoryBase, owner: string, id: string, items: readonly Remembered[]): Change[] {
  return items.flatMap(({ item }) => textAt(item, "id") ?? []).map((itemId): Change => ({
    op: "put",
    key: keyOf("item", owner, itemId),
    head: { kind: "conversation", id },
    items: [],
    expiresAtMs: responseExpiry(base),
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
