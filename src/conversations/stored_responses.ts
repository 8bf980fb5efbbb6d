import { isRecord, type JsonObject, numberAt, textAt } from "../wire/json.ts";
import type { Change, StoreRecord } from "../store/store.ts";
import { Problem } from "../problem.ts";
import { type Archive, keyOf, responseExpiry } from "./archive.ts";
import { healItems } from "./heal_items.ts";
import type { History, ResponseLinks, TurnEnd, TurnFacts } from "./history.ts";
import { fromRow, storedInput, type StoredItem, toBackendInput, toRow } from "./stored_items.ts";

/**
 * Stored responses (behaviour.md#stored-responses). Records:
 * - `response`: the response object without its output, and the rows of its own input and output. The conversation
 *   before it is that of the responses in `chain`: nothing is stored twice, and branches cannot mix;
 * - `item`: in which record an item of an answer lies, by its id.
 */

/** A stored response. */
export interface StoredResponse {
  readonly id: string;
  /** as the client got it, without `output` */
  readonly response: JsonObject;
  /** everything else that is kept in the head of its record */
  readonly head: JsonObject;
  readonly links: ResponseLinks;
  readonly cacheKey: string | undefined;
  readonly input: readonly StoredItem[];
  readonly output: readonly StoredItem[];
}

/** Reads a stored response; undefined when there is none. */
export async function loadResponse(
  archive: Archive,
  owner: string,
  id: string,
): Promise<StoredResponse | undefined> {
  await archive.queue.settled();
  const record = await archive.store.get(keyOf("response", owner, id));
  return record === undefined ? undefined : toStoredResponse(record);
}

/**
 * What a response was made from: the items of the responses before it, then its own input.
 *
 * @throws Problem previous_response_not_found when one of them was deleted
 */
export async function loadContext(
  archive: Archive,
  owner: string,
  stored: StoredResponse,
): Promise<StoredItem[]> {
  const before = await loadChain(archive, owner, stored);
  return [...await itemsBefore(archive, owner, stored, before), ...stored.input];
}

/** What stands in front of a response. @param before the responses it continues */
async function itemsBefore(
  archive: Archive,
  owner: string,
  stored: StoredResponse,
  before: readonly StoredResponse[],
): Promise<StoredItem[]> {
  return [
    ...await conversationBefore(archive, owner, before[0] ?? stored),
    ...before.flatMap(({ input, output }) => [...input, ...output]),
  ];
}

/** The responses that a response continues, the oldest first. @throws Problem previous_response_not_found */
async function loadChain(archive: Archive, owner: string, stored: StoredResponse): Promise<StoredResponse[]> {
  const { chain } = stored.links;
  const records = await archive.store.getMany(chain.map((id) => keyOf("response", owner, id)));
  return records.map((record, index) => {
    if (record === undefined) {
      throw missingPrevious(
        `${stored.id} continues ${JSON.stringify(chain[index])}, which is not stored any more`,
      );
    }
    return toStoredResponse(record);
  });
}

/** The conversation that ends with a stored response, its output included. @throws Problem previous_response_not_found */
export async function loadWhole(archive: Archive, owner: string, id: string): Promise<StoredItem[]> {
  const stored = await loadResponse(archive, owner, id);
  if (stored === undefined) throw missingPrevious(`there is no response with id ${JSON.stringify(id)}`);
  return [...await loadContext(archive, owner, stored), ...stored.output];
}

/**
 * Opens the conversation that ends with a stored response.
 *
 * Nothing is locked: two turns that continue the same response are two branches.
 *
 * @throws Problem previous_response_not_found, bad_request for one that has not ended well
 */
export async function openPrevious(archive: Archive, id: string, turn: TurnFacts): Promise<History> {
  const stored = await loadResponse(archive, turn.owner, id);
  if (stored === undefined) throw missingPrevious(`there is no response with id ${JSON.stringify(id)}`);
  const status = textAt(stored.response, "status");
  if (status !== "completed" && status !== "incomplete") {
    throw new Problem(
      "bad_request",
      `"previous_response_id" must name a response that has ended well: found one that is ${status}`,
      { param: "previous_response_id" },
    );
  }
  const earlier = [...await loadChain(archive, turn.owner, stored), stored];
  const items = [
    ...await itemsBefore(archive, turn.owner, stored, earlier.slice(0, -1)),
    ...stored.input,
    ...stored.output,
  ];
  const links = { chain: [...stored.links.chain, id], conversation: undefined };
  const before = toBackendInput(items, turn.origin, turn.names);
  return {
    input: [...before, ...await turn.attach(turn.sent)],
    earlier: before.length,
    cacheKey: stored.cacheKey,
    links,
    release: () => {},
    // A conversation that goes on keeps its beginning.
    changes: ({ healings }) => {
      const expiresAtMs = responseExpiry(archive);
      return earlier.map(({ id, head, input, output }): Change => {
        const key = keyOf("response", turn.owner, id);
        const items = [...input, ...output];
        const healed = healItems(items, healings, turn.origin, turn.names);
        return healed === items
          ? { op: "touch", key, expiresAtMs }
          : { op: "put", key, head, items: healed.map(toRow), expiresAtMs };
      });
    },
  };
}

/** What has to be written for a response that is stored. */
export function saveResponse(
  archive: Archive,
  turn: TurnFacts,
  links: ResponseLinks,
  end: TurnEnd,
): Change[] {
  const expiresAtMs = responseExpiry(archive);
  const { output: _, ...response } = end.answer;
  const input = storedInput(turn.sent, turn.names);
  const ids = end.output.flatMap(({ item }) => textAt(item, "id") ?? []);
  return [
    {
      op: "put",
      key: keyOf("response", turn.owner, end.answer.id),
      head: {
        response,
        chain: links.chain,
        input_count: input.length,
        cache_key: end.cacheKey,
        ...(links.conversation === undefined ? {} : { conversation: links.conversation }),
      },
      items: [...input, ...end.output].map(toRow),
      expiresAtMs,
    },
    ...ids.map((id): Change => ({
      op: "put",
      key: keyOf("item", turn.owner, id),
      head: { kind: "response", id: end.answer.id },
      items: [],
      expiresAtMs,
    })),
  ];
}

/** What deletes a response and the way to its items. */
export function deleteResponse(owner: string, stored: StoredResponse): Change[] {
  const ids = stored.output.flatMap(({ item }) => textAt(item, "id") ?? []);
  return [
    ...ids.map((id): Change => ({ op: "delete", key: keyOf("item", owner, id) })),
    { op: "delete", key: keyOf("events", owner, stored.id) },
    { op: "delete", key: keyOf("response", owner, stored.id), erase: true },
  ];
}

/** Reads the head and the rows of a response. */
function toStoredResponse({ key, head, items }: StoreRecord): StoredResponse {
  const rows = items.flatMap((row) => fromRow(row) ?? []);
  const inputCount = numberAt(head, "input_count") ?? 0;
  const chain = Array.isArray(head["chain"]) ? head["chain"].filter((id) => typeof id === "string") : [];
  return {
    id: key.id,
    response: isRecord(head["response"]) ? head["response"] : {},
    head,
    links: { chain, conversation: textAt(head, "conversation") },
    cacheKey: textAt(head, "cache_key"),
    input: rows.slice(0, inputCount),
    output: rows.slice(inputCount),
  };
}

/** A response that was made in a conversation goes on from what the conversation held then. */
async function conversationBefore(
  archive: Archive,
  owner: string,
  stored: StoredResponse,
): Promise<StoredItem[]> {
  const { conversation } = stored.links;
  if (conversation === undefined) return [];
  const record = await archive.store.get(keyOf("conversation", owner, conversation));
  if (record === undefined) {
    throw missingPrevious(
      `${stored.id} was made in conversation ${JSON.stringify(conversation)}, which is not stored any more`,
    );
  }
  const items = record.items.flatMap((row) => fromRow(row) ?? []);
  const own = new Set([...stored.input, ...stored.output].map(({ item }) => item["id"]));
  const first = items.findIndex(({ item }) => own.has(item["id"]));
  return first === -1 ? items : items.slice(0, first);
}

function missingPrevious(detail: string): Problem {
  return new Problem("previous_response_not_found", detail, { param: "previous_response_id" });
}
