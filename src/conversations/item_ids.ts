import type { InputItem } from "../wire/responses.ts";

/** Prefixes of item ids, as the public API has them. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
};

/** The items, each with an id: lists of items are paged by it. */
export function withIds<Item extends InputItem>(items: readonly Item[], newId: () => string): Item[] {
  return items.map((item) =>
    typeof item["id"] === "string" && item["id"] !== ""
      ? item
      : { ...item, id: `${ID_PREFIXES[item.type] ?? "item"}_${newId()}` }
  );
}
