import { isRecord, type JsonObject } from "../wire/json.ts";
import type { Ask, InputItem, Reasoning } from "../wire/responses.ts";
import type { Draft, SentParameters } from "./draft.ts";
import { textPart } from "./content.ts";
import { repairToolCalls } from "./repair.ts";
import { toSentItems } from "./sent_items.ts";

/** `codex.system_prompt_injection_mode`. */
export type InjectionMode = "override" | "append" | "disabled";

/** What is settled between reading a request and sending it. */
export interface AskDecisions {
  /** the model's name at the backend */
  readonly slug: string;
  /** a level the model has; undefined leaves the choice to the backend */
  readonly effort: string | undefined;
  /** the shape that `use_responses_lite` models take (upstream.md 5.2) */
  readonly lite: boolean;
  readonly injection: InjectionMode;
  readonly prompt: string;
  /** the whole conversation: what is remembered, then what the client sent */
  readonly input: readonly InputItem[];
  /** stable over a conversation; at most 64 characters */
  readonly promptCacheKey: string;
  /** told of each type of item or part that is not sent because the backend is not known to take it */
  readonly onLeftOut: (type: string) => void;
}

/**
 * The body to send upstream: built from an allow-list, never the client's body changed (product.md 5).
 *
 * The backend answers 400 for a key it does not know, for `store` other than false, and for system messages.
 */
export function composeAsk(draft: Draft, decisions: AskDecisions): Ask {
  const { instructions, input } = placeInstructions(draft, decisions);
  const hasTools = draft.tools !== undefined && draft.tools.length > 0;
  const reasoning: Reasoning = {
    ...(decisions.effort === undefined ? {} : { effort: decisions.effort }),
    ...(draft.summary === undefined || draft.summary === "none" ? {} : { summary: draft.summary }),
  };
  // A legacy `function_call` answer has room for one call only.
  const parallel = draft.want.legacyFunctions ? false : draft.parallelToolCalls;
  const ask: Ask = {
    model: decisions.slug,
    instructions,
    input: repairToolCalls(input, draft.want.names),
    ...(draft.tools === undefined ? {} : { tools: [...draft.tools] }),
    ...(draft.toolChoice === undefined ? {} : { tool_choice: draft.toolChoice }),
    ...(hasTools && parallel !== undefined ? { parallel_tool_calls: parallel } : {}),
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    store: false,
    stream: true,
    // Always asked for: reasoning can only be carried to the next turn in this form (clients.md, trap 7).
    include: [...new Set([...draft.include, "reasoning.encrypted_content"])],
    prompt_cache_key: decisions.promptCacheKey,
    ...withoutUndefined(draft.sent),
  };
  const shaped = decisions.lite ? toLiteAsk(ask) : ask;
  return {
    // What is sent anyway wins: a parameter of another dialect's, such as "input", replaces nothing.
    ...draft.propagated,
    ...shaped,
    // Last, so that no item gets past the allow-list.
    input: toSentItems(shaped.input, {
      keepNamespaces: hasNamespaces(draft.tools, input),
      onLeftOut: decisions.onLeftOut,
    }),
  };
}

/** The parameters that are there. */
function withoutUndefined(sent: SentParameters): Partial<Ask> {
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
}

/**
 * Where the prompt and the client's own system text go (product.md 4). Nothing the client said is lost: what does
 * not become `instructions` stays a developer message at its place.
 */
function placeInstructions(
  draft: Draft,
  decisions: AskDecisions,
): { instructions: string; input: readonly InputItem[] } {
  const own = draft.clientInstructions;
  if (decisions.injection === "override") {
    const client = own === undefined || own === "" ? [] : [developerMessage(own)];
    return { instructions: decisions.prompt, input: [...client, ...decisions.input] };
  }
  const prompt = decisions.injection === "append" ? decisions.prompt : "";
  // The backend wants to see the word JSON in `input` when a JSON object is asked for (translation.md 3).
  const format = draft.sent.text?.["format"];
  const keepInInput = isRecord(format) && format["type"] === "json_object";
  const leading = keepInInput ? [] : leadingDeveloperTexts(decisions.input);
  const texts = [prompt, own ?? "", ...leading].filter((text) => text !== "");
  return { instructions: texts.join("\n\n"), input: decisions.input.slice(leading.length) };
}

/** Texts of the developer messages at the start; a message that holds more than text ends the run. */
function leadingDeveloperTexts(input: readonly InputItem[]): string[] {
  const texts: string[] = [];
  for (const item of input) {
    const { content } = item;
    if (item.type !== "message" || item["role"] !== "developer" || !Array.isArray(content)) break;
    if (!content.every((part) => isRecord(part) && typeof part["text"] === "string")) break;
    texts.push(content.map((part: JsonObject) => part["text"]).join("\n"));
  }
  return texts;
}

function developerMessage(text: string): InputItem {
  return { type: "message", role: "developer", content: [textPart(text, "developer")] };
}

/** True when tools of the request stand in namespaces, at the top or in an `additional_tools` item. */
function hasNamespaces(tools: readonly JsonObject[] | undefined, input: readonly InputItem[]): boolean {
  return (tools ?? []).some((tool) => tool["type"] === "namespace" || tool["type"] === "tool_search") ||
    input.some((item) => item.type === "additional_tools" || item.type.startsWith("tool_search"));
}

/**
 * The same request in the shape of the lite lane: tools in an `additional_tools` item, instructions as a developer
 * message, no parallel calls, `reasoning.context` "all_turns" (upstream.md 5.2; each deviation is a 400 there).
 */
export function toLiteAsk(ask: Ask): Ask {
  const { instructions, tools, parallel_tool_calls: _, ...rest } = ask;
  const head: InputItem[] = [];
  if (tools !== undefined && tools.length > 0) {
    head.push({ type: "additional_tools", role: "developer", tools });
  }
  if (instructions !== undefined && instructions !== "") head.push(developerMessage(instructions));
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
 * `additional_tools` they are silently inert (upstream.md 5.2), so they need the standard lane.
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
