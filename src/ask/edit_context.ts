import { type JsonObject, textAt } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { type Countable, countInput } from "./count_input.ts";

/** A wish that something old is left out of what the model reads; the client keeps it (clients.md#context-edits). */
export type ContextEdit =
  | {
    readonly kind: "clear_tool_uses";
    /** as the client named the edit, for the report */
    readonly type: string;
    /** done once the request has more of this */
    readonly trigger: { readonly unit: "input_tokens" | "tool_uses"; readonly above: number };
    /** so many of the latest uses stay */
    readonly keep: number;
    /** not done where it would save fewer tokens */
    readonly clearAtLeast: number;
    /** names of tools, as they are sent, whose uses stay */
    readonly exclude: ReadonlySet<string>;
    /** the arguments of the calls go too: of all, or of these tools */
    readonly inputs: boolean | ReadonlySet<string>;
  }
  | {
    readonly kind: "clear_thinking";
    readonly type: string;
    /** so many of the latest turns with reasoning keep it */
    readonly keep: number;
  };

/** A request before it is edited. */
export interface Editable extends Countable {
  /** how many items in front are remembered, and not in the request */
  readonly earlier: number;
}

/** What is left to send, and what was done. */
export interface Edited {
  readonly input: readonly InputItem[];
  readonly earlier: number;
  /** one entry for each edit that had an effect, in the words of the Messages API */
  readonly applied: readonly JsonObject[];
}

/** What stands where the output of an old call stood. */
const CLEARED = "[Old tool result content cleared]";

/**
 * Does the edits of a request, one after the other. Calls stay, so that the model knows what it did; what they gave
 * goes. What is remembered of the conversation is not touched.
 *
 * @returns the items themselves where nothing was done
 */
export function editContext(request: Editable, edits: readonly ContextEdit[]): Edited {
  return edits.reduce<Edited>((before, edit) => {
    const after = edit.kind === "clear_thinking"
      ? clearThinking(before.input, edit)
      : clearToolUses({ ...request, input: before.input }, edit);
    if (after === undefined) return before;
    const kept = (item: InputItem | undefined): item is InputItem => item !== undefined;
    return {
      input: after.items.filter(kept),
      earlier: after.items.slice(0, before.earlier).filter(kept).length,
      applied: [...before.applied, after.report],
    };
  }, { input: request.input, earlier: request.earlier, applied: [] });
}

/** What one edit made of the items, in their places: undefined for one that is left out. */
interface Done {
  readonly items: readonly (InputItem | undefined)[];
  readonly report: JsonObject;
}

function clearToolUses(
  request: Countable,
  edit: Extract<ContextEdit, { kind: "clear_tool_uses" }>,
): Done | undefined {
  const { input } = request;
  const calls = input.filter(isCall);
  const size = edit.trigger.unit === "tool_uses" ? calls.length : countInput(request);
  if (size <= edit.trigger.above) return undefined;
  const old = new Map(
    calls.slice(0, Math.max(0, calls.length - edit.keep)).flatMap((call) => {
      const name = textAt(call, "name") ?? "";
      const id = textAt(call, "call_id");
      return id === undefined || edit.exclude.has(name) ? [] : [[id, name] as const];
    }),
  );
  const { inputs } = edit;
  const clearsInput = (name: string) => typeof inputs === "boolean" ? inputs : inputs.has(name);
  let uses = 0;
  const items = input.map((item) => {
    const name = old.get(textAt(item, "call_id") ?? "");
    if (name === undefined) return item;
    if (item.type.endsWith("_output")) {
      if (item["output"] === CLEARED) return item;
      uses++;
      return { ...item, output: CLEARED };
    }
    if (item.type === "function_call" && clearsInput(name)) return { ...item, arguments: "{}" };
    return item;
  });
  const cleared = tokensOf(input) - tokensOf(items);
  if (uses === 0 || cleared < Math.max(1, edit.clearAtLeast)) return undefined;
  return { items, report: { type: edit.type, cleared_tool_uses: uses, cleared_input_tokens: cleared } };
}

/** A turn ends where the user speaks: the results of tools in between belong to it. */
function clearThinking(
  input: readonly InputItem[],
  edit: Extract<ContextEdit, { kind: "clear_thinking" }>,
): Done | undefined {
  let turns = 0;
  const turnOf = input.map((item) => {
    if (item.type === "message" && item["role"] === "user") turns++;
    return turns;
  });
  const thinking = [...new Set(turnOf.filter((_, index) => input[index]?.type === "reasoning"))];
  const old = new Set(thinking.slice(0, Math.max(0, thinking.length - edit.keep)));
  if (old.size === 0) return undefined;
  const items = input.map((item, index) =>
    item.type === "reasoning" && old.has(turnOf[index] ?? 0) ? undefined : item
  );
  const cleared = tokensOf(input) - tokensOf(items.filter((item) => item !== undefined));
  return {
    items,
    report: { type: edit.type, cleared_thinking_turns: old.size, cleared_input_tokens: cleared },
  };
}

function isCall(item: InputItem): boolean {
  return item.type === "function_call" || item.type === "custom_tool_call";
}

function tokensOf(input: readonly InputItem[]): number {
  return countInput({ input });
}
