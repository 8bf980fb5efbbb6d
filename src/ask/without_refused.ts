import type { InputItem } from "../wire/responses.ts";

/** What a refusal names of the input: `input[3]`, `input[3].action`, `input[3].content[1].image_url`. */
const PLACE = /^input\[(\d+)\](?:\.(\w+))?(?:\[(\d+)\])?/;

/**
 * The input without what the backend refused of it, so that a conversation is never stuck on something that an earlier
 * turn left in it: one part of a content, or one key of all items of a type, or the item. A call goes with its outputs,
 * an output with its call.
 *
 * Only of items that an earlier turn brought: those in front of what the client sent, and what a client sends back of
 * an answer. What the client says itself is the client's to correct.
 *
 * @param place as the refusal names it in `param`
 * @param own how many items at the end are the client's
 * @param isKey the refusal is about a key that is not known, or holds too much
 * @returns undefined when the refusal stands
 */
export function withoutRefused(
  input: readonly InputItem[],
  place: string,
  { own, isKey }: { readonly own: number; readonly isKey: boolean },
): InputItem[] | undefined {
  const [, number, key, part] = PLACE.exec(place) ?? [];
  if (number === undefined) return undefined;
  const index = Number(number);
  const item = input[index];
  if (item === undefined || index === input.length - 1) return undefined;
  if (index >= input.length - own && !isOfAnswer(item)) return undefined;
  const list = key === undefined ? undefined : item[key];
  if (part !== undefined && key !== undefined && Array.isArray(list) && list.length > 1) {
    return input.with(index, { ...item, [key]: list.toSpliced(Number(part), 1) });
  }
  if (isKey && key !== undefined && key !== "type" && part === undefined) {
    return input.map((other) => other.type === item.type ? withoutKey(other, key) : other);
  }
  const call = item["call_id"];
  return input.filter((other, at) => at !== index && (call === undefined || other["call_id"] !== call));
}

/** True for an item that only an answer brings. */
function isOfAnswer(item: InputItem): boolean {
  return item.type === "message" ? item["role"] === "assistant" : !item.type.endsWith("_output");
}

function withoutKey(item: InputItem, key: string): InputItem {
  const rest = { ...item };
  delete rest[key];
  return rest;
}
