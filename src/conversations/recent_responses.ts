import { textAt } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import type { ItemOrigin, StoredItem } from "./stored_items.ts";

/** A response that only its connection remembers: one with `"store": false`. */
export interface RecentResponse {
  /** the whole conversation that ends with it, its output included */
  readonly items: readonly StoredItem[];
  /** the `prompt_cache_key` of its turn */
  readonly cacheKey: string;
}

/** What a connection remembers of its own responses, until it ends (websocket.md#ws-protocol). */
export interface RecentResponses {
  find(id: string): RecentResponse | undefined;
  keep(id: string, response: RecentResponse): void;
}

/**
 * An item that was sent to the backend, as it is remembered: its reasoning was read by this model and account, and by
 * no other.
 */
export function toRecentItem(item: InputItem, origin: ItemOrigin): StoredItem {
  return { item, origin: item.type === "reasoning" ? origin : undefined };
}

/**
 * What goes on from a response that the connection remembers must fit to it: of everything else, calls and their outputs
 * that lost their other half are repaired, but here the whole conversation is known (the Open Responses suite asks for
 * the refusal).
 *
 * @param before the conversation that is continued, as the backend takes it
 * @throws Problem bad_request for the output of a call that nobody made
 */
export function checkOutputs(before: readonly InputItem[], sent: readonly InputItem[]): void {
  const calls = new Set([...before, ...sent].flatMap((item) => CALLS.has(item.type) ? callOf(item) : []));
  const lost = sent.find((item) => OUTPUTS.has(item.type) && !calls.has(textAt(item, "call_id") ?? ""));
  if (lost === undefined) return;
  const id = JSON.stringify(textAt(lost, "call_id")?.slice(0, 100) ?? "");
  throw new Problem("bad_request", `no tool call found for the output with "call_id" ${id}`, {
    param: "input",
  });
}

const CALLS: ReadonlySet<string> = new Set(["function_call", "custom_tool_call"]);
const OUTPUTS: ReadonlySet<string> = new Set(["function_call_output", "custom_tool_call_output"]);

function callOf(item: InputItem): string | [] {
  return textAt(item, "call_id") ?? [];
}
