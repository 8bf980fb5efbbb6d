/**
 * The model list of the fake backend: the entries of backend.md#bundled-models, with their version gates
 * (backend.md#version-gate).
 */

/** One entry of `GET /models`, with the fields of backend.md#models-answer that matter to somebody. */
export interface FakeModel extends Record<string, unknown> {
  readonly slug: string;
  readonly visibility: "list" | "hide";
  readonly minimal_client_version: string;
  readonly use_responses_lite: boolean;
  readonly supported_reasoning_levels: readonly { readonly effort: string; readonly description: string }[];
}

const LOW_TO_XHIGH = ["low", "medium", "high", "xhigh"];
const TO_MAX = [...LOW_TO_XHIGH, "max"];
const TO_ULTRA = [...TO_MAX, "ultra"];

/** The default list, in the order of `priority`. */
export const FAKE_MODELS: readonly FakeModel[] = [
  // First as in the program's own list: a default that changes while the list is on its way would change the model.
  model("gpt-6.2-sol", 1, { efforts: TO_ULTRA, defaultEffort: "low", version: "0.155.0" }),
  model("gpt-6-astra", 2, { efforts: TO_ULTRA, defaultEffort: "low", version: "0.153.0" }),
  model("gpt-6-sol", 3, { efforts: TO_ULTRA, version: "0.155.0" }),
  model("gpt-6-luna", 4, { efforts: TO_MAX, version: "0.155.0" }),
  model("gpt-5.6-sol", 5, { efforts: TO_ULTRA, defaultEffort: "low", version: "0.144.0" }),
  model("gpt-6.1-sol", 6, { efforts: TO_ULTRA, defaultEffort: "low", version: "0.155.0", context: 500_000 }),
  model("gpt-6.1-terra", 7, {
    efforts: TO_ULTRA,
    defaultEffort: "low",
    version: "0.155.0",
    context: 500_000,
  }),
  model("gpt-5.6-terra", 8, { efforts: TO_ULTRA, version: "0.144.0" }),
  model("gpt-5.6-luna", 9, { efforts: TO_MAX, version: "0.144.0" }),
  model("gpt-daybreak-blue-latest", 11, {
    efforts: TO_MAX,
    version: "0.144.0",
    hidden: true,
    context: 372_000,
  }),
  model("gpt-5.5", 13, { efforts: LOW_TO_XHIGH, version: "0.0.0", lite: false, maxContext: 272_000 }),
  model("codex-auto-review", 43, { efforts: LOW_TO_XHIGH, version: "0.0.0", hidden: true }),
];

interface Facts {
  efforts: readonly string[];
  version: string;
  defaultEffort?: string;
  lite?: boolean;
  hidden?: boolean;
  context?: number;
  maxContext?: number;
}

/** A complete catalogue entry. */
export function model(slug: string, priority: number, facts: Facts): FakeModel {
  return {
    slug,
    display_name: slug,
    description: `Fake ${slug}`,
    default_reasoning_level: facts.defaultEffort ?? "medium",
    supported_reasoning_levels: facts.efforts.map((effort) => ({ effort, description: `${effort} effort` })),
    shell_type: "shell_command",
    visibility: facts.hidden ? "hide" : "list",
    minimal_client_version: facts.version,
    supported_in_api: true,
    priority,
    availability_nux: null,
    upgrade: null,
    base_instructions: `Base instructions of ${slug} in the fake catalogue.`,
    model_messages: null,
    support_verbosity: true,
    default_verbosity: "low",
    default_reasoning_summary: "auto",
    apply_patch_tool_type: "freeform",
    web_search_tool_type: "text_and_image",
    input_modalities: ["text", "image"],
    truncation_policy: { mode: "tokens", limit: 10_000 },
    context_window: facts.context ?? 272_000,
    max_context_window: facts.maxContext ?? 872_000,
    effective_context_window_percent: 95,
    use_responses_lite: facts.lite ?? true,
    prefer_websockets: false,
    available_in_plans: ["plus", "pro", "team", "business", "enterprise", "edu"],
    service_tiers: [{ id: "priority", name: "Fast", description: "1.5x speed" }],
    default_service_tier: null,
    additional_speed_tiers: [],
    supports_search_tool: true,
    supports_image_detail_original: true,
    experimental_supported_tools: [],
  };
}
