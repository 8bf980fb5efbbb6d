import { isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { agreed } from "../../ask/agreed.ts";
import type { ContextEdit } from "../../ask/edit_context.ts";
import {
  badField,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
  requiredText,
} from "../../ask/fields.ts";
import type { NameMap } from "../../ask/names.ts";

/** The edits of `context_management`. */
export interface EditsWish {
  /** undefined when the client did not speak of context management: its answer does not either */
  readonly edits: readonly ContextEdit[] | undefined;
  readonly compaction: CompactionEdit | undefined;
  /** keys that have no effect, by their names */
  readonly ignored: readonly string[];
}

/** `compact_20260112`. */
export interface CompactionEdit {
  /** in tokens */
  readonly above: number;
  /** the answer ends with the block; otherwise it goes on behind it */
  readonly pauses: boolean;
  readonly instructions: string | undefined;
}

/** What Anthropic documents for an edit that names no number. */
const DEFAULTS = { toolUsesTrigger: 100_000, toolUses: 3, thinkingTurns: 1, compaction: 150_000 } as const;

/** Keys of each edit that are read. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  clear_tool_uses_20250919: ["trigger", "keep", "clear_at_least", "exclude_tools", "clear_tool_inputs"],
  clear_thinking_20251015: ["keep"],
  compact_20260112: ["trigger", "pause_after_compaction", "instructions"],
};

/**
 * Reads `context_management` (clients.md#context-edits). An edit of another kind is refused: whoever asks for one counts
 * on the room it makes.
 *
 * @throws Problem bad_request, unsupported_parameter
 */
export function readEdits(body: JsonObject, names: NameMap): EditsWish {
  const management = optionalRecord(body, "context_management");
  if (management === undefined) return { edits: undefined, compaction: undefined, ignored: [] };
  const ignored = new Set(unread(management, ["edits"], "context_management"));
  const edits: ContextEdit[] = [];
  let compaction: CompactionEdit | undefined;
  let compactionParam = "";
  for (
    const [index, edit] of (optionalList(management, "edits", "context_management.edits") ?? []).entries()
  ) {
    const param = `context_management.edits[${index}]`;
    if (!isRecord(edit)) throw badField(param, edit, "an object");
    const type = requiredText(edit, "type", `${param}.type`);
    switch (type) {
      case "clear_tool_uses_20250919":
        edits.push(readToolUses(edit, type, param, names));
        break;
      case "clear_thinking_20251015": {
        const keep = readThinkingKeep(edit["keep"], `${param}.keep`);
        if (keep !== undefined) edits.push({ kind: "clear_thinking", type, keep });
        break;
      }
      case "compact_20260112":
        compaction = agreed([
          [compactionParam, compaction],
          [param, readCompactionEdit(edit, param)],
        ]);
        compactionParam = param;
        break;
      default:
        throw new Problem(
          "unsupported_parameter",
          `"${param}.type" is ${JSON.stringify(type.slice(0, 64))}: known here are ` +
            Object.keys(KEYS).map((known) => `"${known}"`).join(", "),
          { param: `${param}.type` },
        );
    }
    for (const key of unread(edit, ["type", ...KEYS[type] ?? []], `context_management.${type}`)) {
      ignored.add(
        key,
      );
    }
  }
  return { edits, compaction, ignored: [...ignored] };
}

function unread(value: JsonObject, known: readonly string[], path: string): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key) && value[key] !== undefined && value[key] !== null)
    .map((key) => `${path}.${key}`);
}

function readToolUses(edit: JsonObject, type: string, param: string, names: NameMap): ContextEdit {
  const trigger = readCount(edit, "trigger", param, ["input_tokens", "tool_uses"]);
  const inputs = edit["clear_tool_inputs"];
  return {
    kind: "clear_tool_uses",
    type,
    trigger: {
      unit: trigger?.unit === "tool_uses" ? "tool_uses" : "input_tokens",
      above: trigger?.value ?? DEFAULTS.toolUsesTrigger,
    },
    keep: readCount(edit, "keep", param, ["tool_uses"])?.value ?? DEFAULTS.toolUses,
    clearAtLeast: readCount(edit, "clear_at_least", param, ["input_tokens"])?.value ?? 0,
    exclude: readNames(edit["exclude_tools"], `${param}.exclude_tools`, names),
    inputs: typeof inputs === "boolean" ? inputs : readNames(inputs, `${param}.clear_tool_inputs`, names),
  };
}

/** `{"type": …, "value": n}` @param units the types that are known here, the first of them as the example */
function readCount(
  edit: JsonObject,
  key: string,
  param: string,
  units: readonly string[],
): { readonly unit: string; readonly value: number } | undefined {
  const at = `${param}.${key}`;
  const count = optionalRecord(edit, key, at);
  if (count === undefined) return undefined;
  const unit = requiredText(count, "type", `${at}.type`);
  if (!units.includes(unit)) {
    throw badField(`${at}.type`, unit, units.map((known) => `"${known}"`).join(" or "));
  }
  const value = optionalInteger(count, "value", 0, `${at}.value`);
  if (value === undefined) throw badField(`${at}.value`, count["value"], "a whole number");
  return { unit, value };
}

function readNames(value: unknown, param: string, names: NameMap): ReadonlySet<string> {
  if (value === undefined || value === null) return new Set();
  if (!Array.isArray(value)) throw badField(param, value, "an array of names of tools");
  return new Set(value.map((name, index) => {
    if (typeof name !== "string") throw badField(`${param}[${index}]`, name, "a string");
    return names.tool(name);
  }));
}

/** How many turns keep their reasoning; undefined for all. */
function readThinkingKeep(keep: unknown, param: string): number | undefined {
  if (keep === undefined || keep === null) return DEFAULTS.thinkingTurns;
  if (keep === "all" || (isRecord(keep) && keep["type"] === "all")) return undefined;
  if (!isRecord(keep)) throw badField(param, keep, '"all" or an object');
  const { type } = keep;
  if (type !== "thinking_turns") throw badField(`${param}.type`, type, '"thinking_turns" or "all"');
  const value = optionalInteger(keep, "value", 1, `${param}.value`);
  if (value === undefined) throw badField(`${param}.value`, keep["value"], "a whole number of at least 1");
  return value;
}

function readCompactionEdit(edit: JsonObject, param: string): CompactionEdit {
  return {
    above: readCount(edit, "trigger", param, ["input_tokens"])?.value ?? DEFAULTS.compaction,
    pauses: optionalBoolean(edit, "pause_after_compaction", `${param}.pause_after_compaction`) ?? false,
    instructions: spoken(optionalText(edit, "instructions", `${param}.instructions`)),
  };
}

/** A text that says something; one that is empty or blank counts as absent. */
export function spoken(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
