import { toSentItems } from "../ask/sent_items.ts";
import type { NameMap } from "../ask/names.ts";
import type { InputItem } from "../wire/responses.ts";
import { type ItemOrigin, type StoredItem, toBackendInput } from "./stored_items.ts";

/** The input of an ask before and after something of it was left out, because the backend refused it. */
export interface Healing {
  readonly before: readonly InputItem[];
  readonly after: readonly InputItem[];
}

/**
 * What is remembered, with what the backend refused of it marked, so that it is not sent again: else every later turn
 * would pay for the refusal. The item itself stays as it was, for whoever asks for it and so that a client that sends
 * its history is still known by it.
 *
 * @returns the same list when nothing of it was refused
 */
export function healItems(
  stored: readonly StoredItem[],
  healings: readonly Healing[],
  origin: ItemOrigin,
  names: NameMap,
): readonly StoredItem[] {
  const refused = new Map(
    healings.flatMap((healing) => pairs(healing)).map(([from, to]) => [keyOf(from), { from, to }]),
  );
  if (refused.size === 0) return stored;
  let changed = false;
  const healed = stored.map((kept) => {
    const [sent] = toBackendInput([kept], origin, names);
    const [item] = sent === undefined
      ? []
      : toSentItems([sent], { keepNamespaces: true, onLeftOut: () => {} });
    const found = item === undefined ? undefined : refused.get(keyOf(item, names));
    if (sent === undefined || found === undefined) return kept;
    changed = true;
    return { ...kept, sent: found.to === undefined ? null : withChanges(sent, found.from, found.to) };
  });
  return changed ? healed : stored;
}

/** Each item that was left out or changed, and what became of it. */
function pairs({ before, after }: Healing): (readonly [InputItem, InputItem | undefined])[] {
  const same = before.length === after.length;
  const left = new Set(after);
  return before.flatMap((item, index) =>
    left.has(item) ? [] : [[item, same ? after[index] : undefined] as const]
  );
}

/** The item as it is sent, as a text. Namespaces are sent in some requests only. */
function keyOf(item: InputItem, names?: NameMap): string {
  const { namespace: _, ...rest } = item;
  const id = rest["call_id"];
  return JSON.stringify(
    names === undefined || typeof id !== "string" ? rest : { ...rest, call_id: names.call(id) },
  );
}

function withChanges(item: InputItem, from: InputItem, to: InputItem): InputItem {
  const changed: InputItem = { ...item };
  for (const key of Object.keys(from)) {
    if (!(key in to)) delete changed[key];
    else if (to[key] !== from[key]) changed[key] = to[key];
  }
  return changed;
}
