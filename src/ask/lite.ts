import type { JsonObject } from "../wire/json.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import { developerMessage } from "./content.ts";

/**
 * The same request in the shape of the lite lane: tools in an `additional_tools` item, instructions as a developer
 * message, no parallel calls, `reasoning.context` "all_turns", `tool_choice` "auto" (backend.md#lite-lane,
 * #lite-learned; each deviation is a 400 there). A choice of "none" is kept by leaving the tools out; a forced one
 * cannot be ({@linkcode isForced}).
 */
export function toLiteAsk(ask: Ask): Ask {
  const { instructions, tools, parallel_tool_calls: _, ...rest } = ask;
  const head: InputItem[] = [];
  if (tools !== undefined && tools.length > 0 && ask.tool_choice !== "none") {
    head.push({ type: "additional_tools", role: "developer", tools });
  }
  head.push(...developerMessage(instructions ?? ""));
  return {
    ...rest,
    input: [...head, ...ask.input],
    tool_choice: "auto",
    parallel_tool_calls: false,
    reasoning: { ...ask.reasoning, context: "all_turns" },
  };
}

/** True for a `tool_choice` that makes the model call a tool: the lite lane knows none. */
export function isForced(toolChoice: unknown): boolean {
  return toolChoice !== undefined && toolChoice !== "auto" && toolChoice !== "none";
}

/**
 * Whether a request goes through the lite lane.
 *
 * In `auto` only where the standard lane was refused lately (backend.md#lite-learned), and only with tools that work
 * there.
 */
export function isLiteWanted(
  setting: "auto" | "always" | "never",
  standardRefused: boolean,
  tools: readonly JsonObject[] | undefined,
): boolean {
  return setting === "auto" ? standardRefused && fitsLite(tools) : setting === "always";
}

/**
 * True for tools that work in the lite lane: hosted ones, put into `additional_tools`, are silently inert
 * (backend.md#lite-hosted-tools).
 */
export function fitsLite(tools: readonly JsonObject[] | undefined): boolean {
  return (tools ?? []).every((tool) => LITE_TOOLS.has(String(tool["type"])));
}

const LITE_TOOLS: ReadonlySet<string> = new Set(["function", "custom", "namespace", "tool_search"]);
