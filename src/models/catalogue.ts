/**
 * What models there are: the shape of a catalogue, how one is read, and the list that is used without a network.
 */
import { ENTRIES_LIMIT } from "../bounds.ts";
import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";

/** One model of a catalogue. */
export interface Model {
  /** the name that goes on the wire */
  readonly slug: string;
  readonly displayName: string;
  readonly description: string;
  /** in tokens; undefined when the entry has none */
  readonly contextWindow: number | undefined;
  /** in tokens, for callers who ask for the large window */
  readonly maxContextWindow: number | undefined;
  /** in tokens; undefined for most models, see `codex.max_output_tokens_fallback` */
  readonly maxOutputTokens: number | undefined;
  readonly defaultEffort: string | undefined;
  /** in the catalogue's order, weakest first; empty for a model that does not reason */
  readonly efforts: readonly string[];
  /** made for the lite lane (backend.md#lite-lane) */
  readonly lite: boolean;
  readonly visibility: "list" | "hide";
  /** the lower, the earlier in a list */
  readonly priority: number;
  readonly inputModalities: readonly string[];
  readonly supportsVerbosity: boolean;
  /** an older client is refused by the backend (backend.md#version-gate) */
  readonly minimalClientVersion: string | undefined;
  /** the model's own prompt, for `codex.instructions = "catalogue"` */
  readonly baseInstructions: string | undefined;
  /** the entry as the Codex CLI reads it: every field it insists on, and all that we do not know */
  readonly wire: JsonObject;
}

/** The models of an account, or the built-in list. */
export interface Catalogue {
  /** by priority; never empty */
  readonly models: readonly Model[];
  readonly source: "built-in" | "cache" | "live";
  /** when the backend last confirmed it; undefined for the built-in list */
  readonly fetchedAtMs: number | undefined;
  readonly etag: string | undefined;
  /** the `client_version` it was asked with: the backend leaves out models that are too new for it */
  readonly clientVersion: string;
}

/** What was found in a catalogue. */
export interface CatalogueReading {
  /** by priority */
  readonly models: readonly Model[];
  /** how many entries were too broken to use */
  readonly skippedCount: number;
}

/** The date of {@linkcode BUILT_IN}: of the Codex CLI 0.171.0 whose bundled catalogue it repeats. */
export const BUILT_IN_DATE = "2026-11-20";

/** Levels that every reasoning model of the vendor has had; used when an entry names none at all. */
const USUAL_EFFORTS = ["low", "medium", "high"];

/**
 * Reads the `{models: […]}` of `GET …/codex/models` (backend.md#models-answer), or the same from a file.
 *
 * Lenient: an entry needs a slug, everything else has a default; unknown fields stay in `wire`. An entry without a
 * usable slug, with one that came before, or behind the first `ENTRIES_LIMIT` is left out and counted.
 *
 * @returns undefined when the value is no catalogue at all
 */
export function readCatalogue(value: unknown): CatalogueReading | undefined {
  const entries = isRecord(value) ? listAt(value, "models") : undefined;
  if (entries === undefined) return undefined;
  const models = new Map<string, Model>();
  for (const entry of entries) {
    if (models.size === ENTRIES_LIMIT) break;
    const model = isRecord(entry) ? readModel(entry) : undefined;
    if (model !== undefined && !models.has(model.slug)) models.set(model.slug, model);
  }
  return {
    models: [...models.values()].sort((a, b) => a.priority - b.priority),
    skippedCount: entries.length - models.size,
  };
}

function readModel(entry: JsonObject): Model | undefined {
  const slug = textAt(entry, "slug");
  if (slug === undefined || !/^[\w.:/@+-]{1,128}$/.test(slug)) return undefined;
  const efforts = readEfforts(entry) ?? USUAL_EFFORTS;
  const displayName = textAt(entry, "display_name") ?? slug;
  const visibility = ["hide", "none"].includes(textAt(entry, "visibility") ?? "") ? "hide" : "list";
  const priority = numberAt(entry, "priority") ?? 1000;
  return {
    slug,
    displayName,
    description: textAt(entry, "description") ?? "",
    contextWindow: countAt(entry, "context_window"),
    maxContextWindow: countAt(entry, "max_context_window"),
    maxOutputTokens: countAt(entry, "max_output_tokens"),
    defaultEffort: textAt(entry, "default_reasoning_level"),
    efforts,
    lite: entry["use_responses_lite"] === true,
    visibility,
    priority,
    inputModalities: textsOf(listAt(entry, "input_modalities")) ?? ["text"],
    supportsVerbosity: entry["support_verbosity"] === true,
    minimalClientVersion: textAt(entry, "minimal_client_version"),
    baseInstructions: readPrompt(entry),
    wire: toWire(entry, { slug, displayName, visibility, priority, efforts }),
  };
}

function readEfforts(entry: JsonObject): string[] | undefined {
  return listAt(entry, "supported_reasoning_levels")?.map((level) =>
    isRecord(level) ? textAt(level, "effort") : level
  ).filter((level) => typeof level === "string");
}

/** Observed 2026-11 (CLI 0.169.0): the prompt moved from `base_instructions` into `model_messages`. */
function readPrompt(entry: JsonObject): string | undefined {
  const plain = textAt(entry, "base_instructions");
  if (plain !== undefined && plain !== "") return plain;
  const messages = recordAt(entry, "model_messages");
  const template = messages === undefined ? undefined : textAt(messages, "instructions_template");
  if (template === undefined || template === "") return undefined;
  const variables = (messages === undefined ? undefined : recordAt(messages, "instructions_variables")) ?? {};
  return template.replaceAll(
    /\{\{\s*(\w+)\s*\}\}/g,
    (_, name: string) => textAt(variables, name) ?? textAt(variables, `${name}_default`) ?? "",
  );
}

/**
 * The entry with every field that the Codex CLI insists on: one that is missing spoils the whole list for it
 * (backend.md#models-required-fields, found by leaving each out).
 */
function toWire(
  entry: JsonObject,
  known: Pick<Model, "slug" | "displayName" | "visibility" | "priority" | "efforts">,
): JsonObject {
  return {
    shell_type: "shell_command",
    supported_in_api: true,
    support_verbosity: false,
    truncation_policy: { mode: "tokens", limit: 10_000 },
    experimental_supported_tools: [],
    ...(isRecord(entry["model_messages"]) ? {} : { base_instructions: "" }),
    ...entry,
    slug: known.slug,
    display_name: known.displayName,
    visibility: textAt(entry, "visibility") ?? known.visibility,
    priority: known.priority,
    supported_reasoning_levels: listAt(entry, "supported_reasoning_levels") ??
      known.efforts.map((effort) => ({ effort, description: EFFORT_NOTES[effort] ?? effort })),
  };
}

function textsOf(list: readonly unknown[] | undefined): string[] | undefined {
  return list?.filter((value) => typeof value === "string");
}

function countAt(entry: JsonObject, key: string): number | undefined {
  const count = numberAt(entry, key);
  return count !== undefined && Number.isInteger(count) && count > 0 ? count : undefined;
}

const EFFORT_NOTES: Readonly<Record<string, string>> = {
  low: "Little reasoning, quick answers",
  medium: "Moderate reasoning",
  high: "Thorough reasoning",
  xhigh: "Very thorough reasoning",
  max: "All the reasoning there is",
  ultra: "As max, and the client may divide the task",
};

/** slug, name, description, priority, context and largest context in thousands, default effort, last effort, least client version */
type Row = readonly [string, string, string, number, number, number, string, string, string];

const LEVELS = ["low", "medium", "high", "xhigh", "max", "ultra"];

// Facts of the catalogue bundled with the Codex CLI 0.171.0 of 2026-11-20 (backend.md#bundled-models); descriptions
// are ours.
const ROWS: readonly Row[] = [
  ["gpt-6.2-sol", "GPT-6.2-Sol", "Everyday and coding work, fast", 1, 500, 872, "low", "ultra", "0.166.0"],
  ["gpt-6.2-astra", "GPT-6.2-Astra", "The hardest work", 2, 272, 872, "low", "ultra", "0.166.0"],
  [
    "gpt-6.1-terra",
    "GPT-6.1 Terra",
    "Pictures and computers, efficient",
    3,
    500,
    872,
    "low",
    "ultra",
    "0.153.0",
  ],
  ["gpt-6.1-sol", "GPT-6.1-Sol", "Everyday work, one version back", 4, 500, 872, "low", "ultra", "0.153.0"],
  [
    "gpt-6-astra",
    "GPT-6-Astra",
    "The hardest work, one version back",
    5,
    272,
    872,
    "low",
    "ultra",
    "0.153.0",
  ],
  ["gpt-6-sol", "GPT-6-Sol", "Everyday work, older", 6, 272, 872, "medium", "ultra", "0.155.0"],
  ["gpt-6-luna", "GPT-6-Luna", "Easy tasks, fast and cheap", 7, 272, 872, "medium", "max", "0.155.0"],
  ["gpt-5.6-sol", "GPT-5.6-Sol", "Everyday work, oldest", 8, 272, 872, "low", "ultra", "0.144.0"],
  ["gpt-5.6-terra", "GPT-5.6-Terra", "Balanced, older", 9, 272, 872, "medium", "ultra", "0.144.0"],
  ["gpt-5.6-luna", "GPT-5.6-Luna", "Fast and cheap, older", 10, 272, 872, "medium", "max", "0.144.0"],
  [
    "gpt-daybreak-blue-latest",
    "Daybreak Blue",
    "Defensive security",
    11,
    272,
    872,
    "low",
    "ultra",
    "0.144.0",
  ],
  [
    "gpt-daybreak-red-latest",
    "Daybreak Red",
    "Security research",
    12,
    372,
    372,
    "medium",
    "ultra",
    "0.142.2",
  ],
  ["gpt-5.5", "GPT-5.5", "Coding, oldest", 13, 272, 272, "medium", "xhigh", "0.124.0"],
  ["codex-auto-review", "Codex Auto Review", "Reviews approvals", 43, 272, 872, "medium", "max", "0.98.0"],
];

const HIDDEN = ["gpt-daybreak-blue-latest", "gpt-daybreak-red-latest", "codex-auto-review"];

function toEntry(row: Row): JsonObject {
  const [slug, name, description, priority, context, maxContext, defaultEffort, lastEffort, version] = row;
  const efforts = LEVELS.slice(0, LEVELS.indexOf(lastEffort) + 1);
  return {
    slug,
    display_name: name,
    description,
    default_reasoning_level: defaultEffort,
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: EFFORT_NOTES[effort] })),
    shell_type: "shell_command",
    visibility: HIDDEN.includes(slug) ? "hide" : "list",
    minimal_client_version: version,
    supported_in_api: true,
    priority,
    support_verbosity: true,
    default_verbosity: slug === "gpt-daybreak-red-latest" ? "high" : "low",
    default_reasoning_summary: "none",
    apply_patch_tool_type: "freeform",
    web_search_tool_type: "text_and_image",
    input_modalities: ["text", "image"],
    supports_parallel_tool_calls: true,
    truncation_policy: { mode: "tokens", limit: 10_000 },
    context_window: context * 1000,
    max_context_window: maxContext * 1000,
    effective_context_window_percent: 95,
    use_responses_lite: slug !== "gpt-5.5",
    experimental_supported_tools: [],
  };
}

/** The list of 2026-11-20: used when the live one is switched off, or was never reached. */
export const BUILT_IN: Catalogue = {
  models: readCatalogue({ models: ROWS.map(toEntry) })?.models ?? [],
  source: "built-in",
  fetchedAtMs: undefined,
  etag: undefined,
  clientVersion: "0.171.0",
};

/** The entry with exactly this slug, hidden ones too. */
export function findModel(catalogue: Catalogue, slug: string): Model | undefined {
  return catalogue.models.find((model) => model.slug === slug);
}

/** The model for a request that names none: the first in the list that is not hidden. */
export function defaultModelOf(catalogue: Catalogue): Model | undefined {
  return catalogue.models.find((model) => model.visibility === "list") ?? catalogue.models[0];
}
