import type { JsonObject } from "../wire/json.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import { developerMessage } from "./content.ts";

/**
 * The same request in the shape of the lite lane: tools in an `additional_tools` item, instructions as a developer
 * message, no parallel calls, `reasoning.context` "all_turns" (backend.md#lite-lane; each deviation is a 400 there).
 */
export function toLiteAsk(ask: Ask): Ask {
  const { instructions, tools, parallel_tool_calls: _, ...rest } = ask;
  const head: InputItem[] = [];
  if (tools !== undefined && tools.length > 0) {
    head.push({ type: "additional_tools", role: "developer", tools });
  }
  head.push(...developerMessage(instructions ?? ""));
  return {
    ...rest,
    input: [...head, ...ask.input],
    parallel_tool_calls: false,
    reasoning: { ...ask.reasoning, context: "all_turns" },
  };
}

/**
 * Whether a request goes through the lite lane.
 *
 * In `auto` a model whose catalogue entry says so does, unless the request has hosted tools: put into
 * `additional_tools` they are silently inert (backend.md#lite-hosted-tools), so they need the standard lane.
 */
export function isLiteWanted(
  setting: "auto" | "always" | "never",
  modelIsLite: boolean,
  tools: readonly JsonObject[] | undefined,
): boolean {
  if (setting !== "auto") return setting === "always";
  return modelIsLite && (tools ?? []).every((tool) => LITE_TOOLS.has(String(tool["type"])));
}

const LITE_TOOLS: ReadonlySet<string> = new Set(["function", "custom", "namespace", "tool_search"]);
