import { type JsonObject, textAt } from "../wire/json.ts";

/** A call that the client has to answer. */
export interface ClientCall {
  readonly kind: "function" | "custom";
  /** never an item id (`fc_…`) where the backend gave a call id */
  readonly callId: string;
  readonly name: string;
}

/**
 * The call in an output item. Hosted tools (web search, images) are the backend's own business, and a call without a
 * name can be made by nobody.
 *
 * @param item as `output_item.added` or `output_item.done` has it
 * @returns undefined for an item that is no such call
 */
export function readClientCall(item: JsonObject): ClientCall | undefined {
  const type = item["type"];
  if (type !== "function_call" && type !== "custom_tool_call") return undefined;
  const name = textAt(item, "name") ?? "";
  if (name === "") return undefined;
  const callId = firstText(item, ["call_id", "id"]);
  if (callId === undefined) return undefined;
  return { kind: type === "function_call" ? "function" : "custom", callId, name };
}

/** The text a call carries: JSON arguments, or the input of a custom tool; undefined when the item has none. */
export function readCallText(item: JsonObject): string | undefined {
  return textAt(item, item["type"] === "custom_tool_call" ? "input" : "arguments");
}

function firstText(item: JsonObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = textAt(item, key);
    if (text !== undefined && text !== "") return text;
  }
  return undefined;
}
