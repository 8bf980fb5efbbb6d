import { jsonReply } from "../../wire/json_reply.ts";
import { createNameMap } from "../../ask/names.ts";
import { badField, optionalList } from "../../ask/fields.ts";
import { readInput } from "../../ask/input.ts";
import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import type { Archive } from "../../conversations/archive.ts";
import { withIds } from "../../conversations/item_ids.ts";
import type { StoredItem } from "../../conversations/stored_items.ts";
import {
  deleteConversation,
  loadConversation,
  lockConversation,
  saveConversation,
  type StoredConversation,
} from "../../conversations/stored_conversations.ts";
import type { Call } from "../call.ts";
import { bodyOf, type Endpoint, type EndpointParts, memoryOf, optionalBodyOf } from "../endpoint.ts";
import { readInclude, readPageQuery, toList, toPage } from "./list_page.ts";
import { toItemResource } from "./responses_resource.ts";

/**
 * The Conversations resource.
 *
 * @see https://platform.openai.com/docs/api-reference/conversations
 */

/** Items that one request may add. */
const ITEMS_AT_ONCE = 20;
const METADATA_PAIRS = 16;
const METADATA_KEY_LIMIT = 64;
const METADATA_VALUE_LIMIT = 512;

/** `POST …/conversations`. @throws Problem bad_request */
export const createConversation: Endpoint = async (parts, call) => {
  const { archive, owner } = memoryOf(parts.memory, call);
  const body = await optionalBodyOf(parts, call);
  const stored: StoredConversation = {
    id: `conv_${archive.newId()}`,
    createdAt: Math.floor(archive.nowMs() / 1000),
    metadata: readMetadata(body),
    cacheKey: undefined,
    items: readItems(archive, body, true),
  };
  await archive.queue.add(saveConversation(archive, owner, stored));
  return jsonReply(toConversation(stored));
};

/** `GET …/conversations/{id}`. @throws Problem conversation_not_found */
export const getConversation: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  return jsonReply(toConversation(await loadConversation(archive, owner, call.params.id)));
};

/** `POST …/conversations/{id}`: new metadata. @throws Problem conversation_not_found, bad_request */
export const updateConversation: Endpoint = async (parts, call) => {
  const metadata = readMetadata(await bodyOf(parts, call));
  return await change(parts, call, (stored) => ({ stored: { ...stored, metadata }, answer: toConversation }));
};

/** `DELETE …/conversations/{id}`, with its items. @throws Problem conversation_not_found */
export const removeConversation: Endpoint = async ({ memory }, call) => {
  const { archive, owner, signal } = memoryOf(memory, call);
  const { id } = call.params;
  const release = await lockConversation(archive, owner, id, signal);
  try {
    await archive.queue.add(deleteConversation(owner, await loadConversation(archive, owner, id)));
  } finally {
    release();
  }
  return jsonReply({ id, object: "conversation.deleted", deleted: true });
};

/** `GET …/conversations/{id}/items`. @throws Problem conversation_not_found, bad_request */
export const listItems: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const query = readPageQuery(call.url);
  const { items } = await loadConversation(archive, owner, call.params.id);
  return jsonReply(toPage(items.map((kept) => toItemResource(kept, query.include)), query));
};

/** `POST …/conversations/{id}/items`: up to 20 more. @throws Problem conversation_not_found, bad_request */
export const addItems: Endpoint = async (parts, call) => {
  const added = readItems(parts.memory.archive, await bodyOf(parts, call), false);
  const include = readInclude(call.url.searchParams);
  return await change(parts, call, (stored) => {
    const known = new Set(stored.items.map(({ item }) => item["id"]));
    const double = added.find(({ item }) => known.has(item["id"]));
    if (double !== undefined) {
      throw new Problem(
        "bad_request",
        `the conversation has an item with id ${JSON.stringify(double.item["id"])}`,
        { param: "items" },
      );
    }
    const data = added.map((kept) => toItemResource(kept, include));
    return {
      stored: { ...stored, items: [...stored.items, ...added] },
      answer: () => toList(data, false),
    };
  });
};

/** `GET …/conversations/{id}/items/{item}`. @throws Problem conversation_not_found, item_not_found */
export const getItem: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const { id, item } = call.params;
  const { items } = await loadConversation(archive, owner, id);
  const kept = items.find((each) => each.item["id"] === item);
  if (kept === undefined) throw noItem(id, item);
  return jsonReply(toItemResource(kept, readInclude(call.url.searchParams)));
};

/** `DELETE …/conversations/{id}/items/{item}`: gives the conversation. @throws Problem as {@linkcode getItem} */
export const removeItem: Endpoint = async (parts, call) => {
  const { id, item } = call.params;
  return await change(parts, call, (stored) => {
    const items = stored.items.filter((each) => each.item["id"] !== item);
    if (items.length === stored.items.length) throw noItem(id, item);
    return { stored: { ...stored, items }, answer: toConversation };
  });
};

/** Changes a conversation as a whole, with everybody else kept out. */
async function change(
  { memory }: EndpointParts,
  call: Call,
  make: (stored: StoredConversation) => {
    stored: StoredConversation;
    answer: (stored: StoredConversation) => JsonObject;
  },
): Promise<Response> {
  const { archive, owner, signal } = memoryOf(memory, call);
  const { id } = call.params;
  const release = await lockConversation(archive, owner, id, signal);
  try {
    const { stored, answer } = make(await loadConversation(archive, owner, id));
    await archive.queue.add(saveConversation(archive, owner, stored));
    return jsonReply(answer(stored));
  } finally {
    release();
  }
}

function toConversation({ id, createdAt, metadata }: StoredConversation): JsonObject {
  return { id, object: "conversation", created_at: createdAt, metadata };
}

function readItems(archive: Archive, body: JsonObject, optional: boolean): StoredItem[] {
  const list = optionalList(body, "items");
  if (list === undefined) {
    if (optional) return [];
    throw badField("items", undefined, "an array of items");
  }
  if (list.length > ITEMS_AT_ONCE) {
    throw new Problem(
      "bad_request",
      `"items" must have at most ${ITEMS_AT_ONCE} items: found ${list.length}`,
      { param: "items" },
    );
  }
  const names = createNameMap();
  return withIds(readInput(list, names, "items"), archive.newId).map((item) => ({
    item: withClientName(item, names.restore),
    origin: undefined,
  }));
}

function withClientName<Item extends JsonObject>(item: Item, restore: (name: string) => string): Item {
  const name = textAt(item, "name");
  return name === undefined ? item : { ...item, name: restore(name) };
}

function readMetadata(body: JsonObject): JsonObject {
  const { metadata } = body;
  if (metadata === undefined || metadata === null) return {};
  if (!isRecord(metadata)) throw badField("metadata", metadata, "an object of texts");
  const pairs = Object.entries(metadata);
  if (pairs.length > METADATA_PAIRS) {
    throw new Problem(
      "bad_request",
      `"metadata" must have at most ${METADATA_PAIRS} keys: found ${pairs.length}`,
      { param: "metadata" },
    );
  }
  for (const [key, value] of pairs) {
    if (key.length > METADATA_KEY_LIMIT || typeof value !== "string" || value.length > METADATA_VALUE_LIMIT) {
      throw new Problem(
        "bad_request",
        `"metadata" must have keys of at most ${METADATA_KEY_LIMIT} and texts of at most ${METADATA_VALUE_LIMIT} characters`,
        { param: "metadata" },
      );
    }
  }
  return metadata;
}

function noItem(id: string, itemId: string): Problem {
  return new Problem(
    "item_not_found",
    `conversation ${JSON.stringify(id)} has no item ${JSON.stringify(itemId)}`,
    { param: "item_id" },
  );
}
