import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import type { InputItem, OutputItem } from "../wire/responses.ts";
import type { NameMap } from "../ask/names.ts";

/** Who made an item of an answer. Encrypted reasoning means something to this model and this account only. */
export interface ItemOrigin {
  /** the model's name at the backend */
  readonly model: string;
  /** a hash of the account's id */
  readonly account: string;
}

/** An item that is kept, under the names the client knows. */
export interface StoredItem {
  readonly item: InputItem;
  /** undefined for what the client sent */
  readonly origin: ItemOrigin | undefined;
  /** what is sent in place of it, because the backend refused it or a part of it: null for nothing */
  readonly sent?: InputItem | null;
}

/** As a row of the store. */
export function toRow({ item, origin, sent }: StoredItem): JsonObject {
  return {
    item,
    ...(origin === undefined ? {} : { model: origin.model, account: origin.account }),
    ...(sent === undefined ? {} : { sent }),
  };
}

/** From a row of the store; undefined for a row that holds something else. */
export function fromRow(row: JsonObject): StoredItem | undefined {
  const { item } = row;
  const type = isRecord(item) ? textAt(item, "type") : undefined;
  if (!isRecord(item) || type === undefined) return undefined;
  const model = textAt(row, "model");
  const origin = model === undefined ? undefined : { model, account: textAt(row, "account") ?? "" };
  return { item: { ...item, type }, origin, ...sentOf(row["sent"]) };
}

function sentOf(sent: unknown): Pick<StoredItem, "sent"> {
  if (sent === null) return { sent };
  const type = isRecord(sent) ? textAt(sent, "type") : undefined;
  return isRecord(sent) && type !== undefined ? { sent: { ...sent, type } } : {};
}

/** The items of an answer as they are kept; calls that were cut off are left out: nobody can answer them. */
export function storedOutput(
  output: readonly OutputItem[],
  origin: ItemOrigin,
  names: NameMap,
): StoredItem[] {
  return output
    .filter((item) => !(isCall(item) && item["status"] === "incomplete"))
    .map((item) => ({ item: toClientNames(item, names), origin }));
}

/** What the client sent, as it is kept. */
export function storedInput(input: readonly InputItem[], names: NameMap): StoredItem[] {
  return input.map((item) => ({ item: toClientNames(item, names), origin: undefined }));
}

/**
 * Kept items as input of another request: under the names the backend takes, and without reasoning of another model
 * or account, which the backend refuses (translation.md#t106).
 */
export function toBackendInput(
  items: readonly StoredItem[],
  origin: ItemOrigin,
  names: NameMap,
): InputItem[] {
  return items
    .filter(({ item, origin: made }) =>
      item.type !== "reasoning" || made === undefined || isSameOrigin(made, origin)
    )
    .flatMap(({ item, sent }) => sent === null ? [] : [sent ?? toBackendItem(item, names)]);
}

/** True when reasoning of the one can be read by the other. */
export function isSameOrigin(a: ItemOrigin, b: ItemOrigin): boolean {
  return a.model === b.model && a.account === b.account;
}

/** True for a call that somebody has to answer. */
export function isCall(item: JsonObject): boolean {
  return item["type"] === "function_call" || item["type"] === "custom_tool_call";
}

function toClientNames<Item extends InputItem>(item: Item, names: NameMap): Item {
  if (names.isIdentity || !isCall(item)) return item;
  const name = textAt(item, "name");
  const callId = textAt(item, "call_id");
  return {
    ...item,
    ...(name === undefined ? {} : { name: names.restore(name) }),
    ...(callId === undefined ? {} : { call_id: names.restore(callId) }),
  };
}

/** Keys of an answer's item that the backend gives but does not take back, by type of item. */
const ANSWER_KEYS: Readonly<Record<string, readonly string[]>> = {
  message: ["status"],
  function_call: ["status"],
  custom_tool_call: ["status"],
  reasoning: ["status"],
};

function toBackendItem(item: InputItem, names: NameMap): InputItem {
  const sent: InputItem = { ...item };
  for (const key of ANSWER_KEYS[item.type] ?? []) delete sent[key];
  const name = isCall(item) ? textAt(item, "name") : undefined;
  if (name !== undefined) sent["name"] = names.tool(name);
  const content = item["content"];
  if (item.type === "message" && item["role"] === "assistant" && Array.isArray(content)) {
    sent["content"] = content.map(toInputPart);
  }
  return sent;
}

/** Annotations and log probabilities tell about an answer; sent back they only change the cached prefix. */
function toInputPart(part: unknown): unknown {
  if (!isRecord(part) || part["type"] !== "output_text") return part;
  return { type: "output_text", text: part["text"] ?? "" };
}
