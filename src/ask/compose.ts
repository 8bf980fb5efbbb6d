import type { Settings } from "../config/settings.ts";
import { defined, isRecord, type JsonObject } from "../wire/json.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import { promptCacheKey } from "./cache_key.ts";
import { developerMessage } from "./content.ts";
import type { Draft } from "./draft.ts";
import { toLiteAsk } from "./lite.ts";
import type { NameMap } from "./names.ts";
import { repairToolCalls } from "./repair.ts";
import { toSentItems } from "./sent_items.ts";
import { withoutParameters } from "./without_parameters.ts";

/** A request with all that decides about its ask. */
export interface Settled {
  readonly draft: Draft;
  readonly settings: Pick<Settings, "codex.system_prompt_injection_mode">;
  readonly model: {
    /** the name at the backend */
    readonly slug: string;
    /** a level the model has; undefined leaves the choice to the backend */
    readonly effort: string | undefined;
  };
  readonly sessionId: string | undefined;
  /** the whole conversation, so many remembered items and then what the client sent, and the cache key it had before */
  readonly turn: {
    readonly input: readonly InputItem[];
    readonly earlier: number;
    readonly cacheKey: string | undefined;
  };
  /** the instruction prompt for the model */
  readonly prompt: string;
  /** in the shape of the lite lane, whatever the tools are */
  readonly lite: boolean;
  /** parameters that the backend refused lately for the model */
  readonly unwanted: readonly string[];
  /** hears of each type of item or part that is not sent because the backend is not known to take it */
  readonly onLeftOut: (type: string) => void;
}

/** A body to send upstream. */
export interface ComposedAsk {
  readonly ask: Ask;
  /** how many items at the end of its input are what the client sent */
  readonly own: number;
}

/** The backend takes no other values. */
const ALWAYS: Pick<Ask, "store" | "stream"> = { store: false, stream: true };

/**
 * The body to send upstream: built from an allow-list, never the client's body changed (behaviour.md#allow-list).
 *
 * The backend answers 400 for a key it does not know, for `store` other than false, and for system messages.
 */
export function composeAsk(settled: Settled): ComposedAsk {
  const { draft, model } = settled;
  const { instructions, input } = placeInstructions(settled);
  const hasTools = draft.tools !== undefined && draft.tools.length > 0;
  const reasoning = defined({
    effort: model.effort,
    summary: draft.summary === "none" ? undefined : draft.summary,
  });
  // A legacy `function_call` answer has room for one call only.
  const parallel = draft.want.legacyFunctions ? false : draft.parallelToolCalls;
  const earlier = Math.max(0, settled.turn.earlier - (settled.turn.input.length - input.length));
  const repaired = repairInPlace(input, earlier, draft.want.names);
  const ask: Ask = defined({
    model: model.slug,
    instructions,
    input: repaired.input,
    tools: draft.tools?.slice(),
    tool_choice: draft.toolChoice,
    parallel_tool_calls: hasTools ? parallel : undefined,
    reasoning: Object.keys(reasoning).length === 0 ? undefined : reasoning,
    ...ALWAYS,
    // Always asked for: reasoning can only be carried to the next turn in this form (clients.md#server-state).
    include: [...new Set([...draft.include, "reasoning.encrypted_content"])],
    prompt_cache_key: promptCacheKey({
      asked: draft.promptCacheKey,
      remembered: settled.turn.cacheKey,
      sessionId: settled.sessionId,
      clientInstructions: draft.clientInstructions,
      input: draft.input,
    }),
    ...draft.sent,
  });
  const shaped = settled.lite ? toLiteAsk(ask) : ask;
  const toSent = (items: readonly InputItem[]) =>
    toSentItems(items, {
      keepNamespaces: hasNamespaces(draft.tools, input),
      onLeftOut: settled.onLeftOut,
    });
  const firstOwn = shaped.input.length - repaired.own;
  const own = toSent(shaped.input.slice(firstOwn));
  const whole = withoutParameters({
    // What is sent anyway wins: a parameter of another dialect's, such as "input", replaces nothing.
    ...draft.propagated,
    ...shaped,
    // Last, so that no item gets past the allow-list.
    input: [...toSent(shaped.input.slice(0, firstOwn)), ...own],
  }, settled.unwanted);
  return { ask: whole, own: own.length };
}

/** Stands between what is remembered and what the client sent while calls are repaired. */
const BORDER: InputItem = { type: "ccproxy_border" };

/** Repairs calls and outputs, which may add items and leave some out: `own` are still those that the client sent. */
function repairInPlace(
  input: readonly InputItem[],
  earlier: number,
  names: NameMap,
): { readonly input: InputItem[]; readonly own: number } {
  if (earlier === 0) {
    const repaired = repairToolCalls(input, names);
    return { input: repaired, own: repaired.length };
  }
  const repaired = repairToolCalls(input.toSpliced(earlier, 0, BORDER), names);
  const border = repaired.indexOf(BORDER);
  return { input: repaired.toSpliced(border, 1), own: repaired.length - border - 1 };
}

/**
 * Where the prompt and the client's own system text go (behaviour.md#instructions). Nothing the client said is lost:
 * what does not become `instructions` stays a developer message at its place.
 */
function placeInstructions(
  { draft, settings, turn, prompt }: Settled,
): { instructions: string; input: readonly InputItem[] } {
  const own = draft.clientInstructions ?? "";
  const mode = settings["codex.system_prompt_injection_mode"];
  if (mode === "override") {
    return { instructions: prompt, input: [...developerMessage(own), ...turn.input] };
  }
  // The backend wants to see the word JSON in `input` when a JSON object is asked for (translation.md#t3).
  const format = draft.sent.text?.["format"];
  const keepInInput = isRecord(format) && format["type"] === "json_object";
  const leading = keepInInput ? [] : leadingDeveloperTexts(turn.input);
  const texts = [mode === "append" ? prompt : "", own, ...leading].filter((text) => text !== "");
  return { instructions: texts.join("\n\n"), input: turn.input.slice(leading.length) };
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

/** True when tools of the request stand in namespaces, at the top or in an `additional_tools` item. */
function hasNamespaces(tools: readonly JsonObject[] | undefined, input: readonly InputItem[]): boolean {
  return (tools ?? []).some((tool) => tool["type"] === "namespace" || tool["type"] === "tool_search") ||
    input.some((item) => item.type === "additional_tools" || item.type.startsWith("tool_search"));
}
