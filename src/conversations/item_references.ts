import { textAt } from "../wire/json.ts";
import type { NameMap } from "../ask/names.ts";
import type { InputItem } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { type Archive, keyOf } from "./archive.ts";
import { fromRow, isSameOrigin, type ItemOrigin, type StoredItem, toBackendInput } from "./stored_items.ts";

/**
 * The input with its references resolved (clients.md#server-state): `item_reference` becomes the item, and reasoning
 * that was sent back without its encrypted content gets it. Reasoning that cannot be found, or is of another model or
 * account, is left out: an answer is possible without it.
 *
 * @throws Problem item_not_found for a reference to anything else that is not stored
 */
export async function resolveReferences(
  archive: Archive,
  owner: string,
  input: readonly InputItem[],
  origin: ItemOrigin,
  names: NameMap,
): Promise<InputItem[]> {
  const wanted = input.flatMap((item) => wantedId(item) ?? []);
  if (wanted.length === 0) return [...input];
  const found = await findItems(archive, owner, wanted);
  return input.flatMap((item): InputItem[] => {
    const id = wantedId(item);
    if (id === undefined) return [item];
    const kept = found.get(id);
    if (kept === undefined) {
      if (item.type === "reasoning" || id.startsWith("rs_")) return [];
      throw new Problem("item_not_found", `there is no item with id ${JSON.stringify(id)}`, {
        param: "input",
      });
    }
    if (kept.item.type === "reasoning" && (kept.origin === undefined || !isSameOrigin(kept.origin, origin))) {
      return [];
    }
    return toBackendInput([kept], origin, names);
  });
}

function wantedId(item: InputItem): string | undefined {
  if (item.type === "item_reference") return textAt(item, "id");
  return item.type === "reasoning" && typeof item["encrypted_content"] !== "string"
    ? textAt(item, "id")
    : undefined;
}

/** The items by their ids, each record read once. */
async function findItems(
  archive: Archive,
  owner: string,
  ids: readonly string[],
): Promise<Map<string, StoredItem>> {
  await archive.queue.settled();
  const ways = await archive.store.getMany([...new Set(ids)].map((id) => keyOf("item", owner, id)));
  const places = new Map(ways.flatMap((way) => {
    const kind = way === undefined ? undefined : textAt(way.head, "kind");
    const id = way === undefined ? undefined : textAt(way.head, "id");
    return kind === undefined || id === undefined ? [] : [[`${kind} ${id}`, keyOf(kind, owner, id)] as const];
  }));
  const records = await archive.store.getMany([...places.values()]);
  const found = new Map<string, StoredItem>();
  for (const row of records.flatMap((record) => record?.items ?? [])) {
    const kept = fromRow(row);
    const id = kept === undefined ? undefined : textAt(kept.item, "id");
    if (kept !== undefined && id !== undefined) found.set(id, kept);
  }
  return found;
}
