import { BOUNDS } from "../../bounds.ts";
import { readTextFileLimited } from "../../read_limited.ts";
import { stateDirectory } from "../../config/paths.ts";
import { SETTING_KEYS, type SettingKey } from "../../config/settings.ts";
import { estimateTokens } from "../../ask/estimate_tokens.ts";
import { BUILT_IN_DATE, type Catalogue, defaultModelOf, type Model } from "../../models/catalogue.ts";
import { resolveModel, RETIRED_MODELS } from "../../models/resolve.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { createLearned, type LearnedParameter } from "../../upstream/learned.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { type Context, openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { createPaint, facts, momentText, type Paint, table, waiting, writeJson } from "../output.ts";
import { createPromptSource } from "../prompt.ts";
import { originJson, settingJson, settingText, shortOrigin } from "../setting_text.ts";
import type { World } from "../world.ts";

/** `ccproxy codex info`: settings in force and the models of this account. */
export const codexInfoCommand = defineCommand({
  path: ["codex", "info"],
  summary: "Show the Codex settings in force and the models of this account",
  description:
    "The models come from the backend when somebody is signed in and codex.enable_dynamic_model_info is on; else from " +
    "the last answer, else from the list that is built in. The output says which.",
  flags: {
    all: { kind: "boolean", doc: "Show hidden models too" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy codex info", doc: "Settings and models" },
    { line: "ccproxy codex info --json", doc: "For programs" },
  ],
  exitCodes: { 0: "Shown" },
  async run({ flags }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const { catalogue, failure } = await readModels(world, context);
    const models = catalogue.models.filter((model) => flags.all || model.visibility === "list");
    const prompt = await describePrompt(context, modelInUse(context, catalogue));
    const learned = await readLearned(world, context);
    if (flags.json) writeJson(world, toJson(context, catalogue, models, prompt, failure, learned));
    else {world.out(
        toText(world, context, catalogue, models, prompt, failure) + learnedText(learned, world.now()),
      );}
    return 0;
  },
});

/** The catalogue after one look at the cache and one question to the backend. */
async function readModels(
  world: World,
  { catalogue, settings, access }: Context,
): Promise<{ readonly catalogue: Catalogue; readonly failure: string | undefined }> {
  if (!settings["codex.enable_dynamic_model_info"]) {
    return { catalogue: catalogue.current(), failure: "codex.enable_dynamic_model_info is off" };
  }
  const state = await access.peek();
  try {
    // Also when nobody is signed in: what was begun is waited for, and fails at once.
    const asked = catalogue.start().then(() => catalogue.refresh());
    const found = await waiting(world, "Asking the backend for its models", asked);
    const nobody = state.kind === "signed_out" ? undefined : state.problem;
    return {
      catalogue: found,
      failure: state.usable ? catalogue.failure() : nobody ?? "nobody is signed in",
    };
  } finally {
    catalogue.stop();
    // The question may have been given up while a refresh for it goes on.
    await access.idle();
  }
}

/** What the server has learned to leave out. */
async function readLearned(world: World, { place }: Context): Promise<readonly LearnedParameter[]> {
  const saved = await readTextFileLimited(`${stateDirectory(place)}/learned.json`, BOUNDS.state).catch(() =>
    undefined
  );
  return createLearned(saved, () => {}, world.now).list();
}

function learnedText(learned: readonly LearnedParameter[], nowMs: number): string {
  return learned.map(({ model, parameter, untilMs }) =>
    cleanText(
      `  Learned: ${parameter} is left out for ${model}, which refused it; tried again ${
        momentText(untilMs, nowMs)
      }`,
    ) + "\n"
  ).join("");
}

interface PromptFacts {
  readonly tokens: number;
  readonly origin: string;
}

async function describePrompt(context: Context, model: Model | undefined): Promise<PromptFacts | Problem> {
  try {
    const source = await createPromptSource({
      settings: () => context.settings,
      place: context.place,
      readTextFile: (path) => readTextFileLimited(path, BOUNDS.prompt),
      log: () => {},
    });
    const { text, origin } = source.describe(model, context.settings);
    return { tokens: estimateTokens(text), origin };
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}

/** The model of requests that name none. */
function modelInUse({ settings }: Context, catalogue: Catalogue): Model | undefined {
  try {
    return resolveModel(undefined, catalogue, {
      defaultModel: settings["codex.default_model"],
      aliases: settings["codex.model_aliases"],
    }).model;
  } catch {
    return defaultModelOf(catalogue);
  }
}

function outputLimit(
  model: Model,
  fallback: number,
): { readonly tokens: number; readonly fallback: boolean } {
  return { tokens: model.maxOutputTokens ?? fallback, fallback: model.maxOutputTokens === undefined };
}

const CODEX_KEYS: readonly SettingKey[] = SETTING_KEYS.filter((key) => key.startsWith("codex."));

function toJson(
  context: Context,
  catalogue: Catalogue,
  models: readonly Model[],
  prompt: PromptFacts | Problem,
  failure: string | undefined,
  learned: readonly LearnedParameter[],
): unknown {
  const { settings, loaded } = context;
  return {
    settings: Object.fromEntries(CODEX_KEYS.map((key) => [key.slice("codex.".length), {
      value: settingJson(key, settings[key]),
      origin: originJson(loaded.origins[key]),
    }])),
    client_version: context.identity.version,
    instructions: prompt instanceof Problem
      ? { problem: prompt.message }
      : { origin: prompt.origin, estimated_tokens: prompt.tokens },
    models_source: catalogue.source,
    models_fetched_at: catalogue.fetchedAtMs === undefined
      ? null
      : new Date(catalogue.fetchedAtMs).toISOString(),
    models_problem: catalogue.source === "live" ? null : failure ?? null,
    default_model: modelInUse(context, catalogue)?.slug ?? null,
    models: models.map((model) => {
      const limit = outputLimit(model, settings["codex.max_output_tokens_fallback"]);
      return {
        id: model.slug,
        name: model.displayName,
        description: model.description,
        context_window: model.contextWindow ?? null,
        max_context_window: model.maxContextWindow ?? null,
        max_output_tokens: limit.tokens,
        max_output_tokens_is_fallback: limit.fallback,
        default_effort: model.defaultEffort ?? null,
        efforts: model.efforts,
        input_modalities: model.inputModalities,
        visibility: model.visibility,
        lite: model.lite,
      };
    }),
    aliases: settings["codex.model_aliases"],
    retired_names: RETIRED_MODELS,
    learned: learned.map(({ model, parameter, untilMs }) => ({
      model,
      left_out: parameter,
      until: new Date(untilMs).toISOString(),
    })),
  };
}

function toText(
  world: World,
  context: Context,
  catalogue: Catalogue,
  models: readonly Model[],
  prompt: PromptFacts | Problem,
  failure: string | undefined,
): string {
  const { settings, loaded } = context;
  const paint = createPaint(world);
  const inUse = modelInUse(context, catalogue);
  const rows = CODEX_KEYS.map((key) => {
    const origin = loaded.origins[key];
    const from = origin.kind === "default" ? "" : ` (${shortOrigin(origin)})`;
    return [key.slice("codex.".length), `${settingText(key, settings[key])}${from}`] as const;
  });
  const promptText = prompt instanceof Problem
    ? prompt.message
    : `${prompt.origin}, about ${prompt.tokens} tokens with every request` +
      (settings["codex.system_prompt_injection_mode"] === "disabled"
        ? ' (not sent: the mode is "disabled")'
        : "");
  return [
    `${paint("bold", "Codex settings")}\n`,
    facts([...rows, ["prompt", promptText], ["client version", context.identity.version]], world.columns),
    `\n${paint("bold", "Models")} (${sourceText(catalogue, failure, world.now())})\n`,
    modelTable(models, settings["codex.max_output_tokens_fallback"], inUse, paint, world),
    "\n",
    facts([
      ["Default", inUse === undefined ? undefined : `${inUse.slug}, for requests that name no model`],
      [
        "Aliases",
        Object.keys(settings["codex.model_aliases"]).length === 0
          ? undefined
          : settingText("codex.model_aliases", settings["codex.model_aliases"]),
      ],
      ["Older names", `${RETIRED_MODELS.slice(0, 4).join(", ")} and others stand for the default model`],
    ], world.columns),
  ].join("");
}

function sourceText(catalogue: Catalogue, failure: string | undefined, nowMs: number): string {
  const why = failure === undefined ? "" : `: ${cleanText(failure)}`;
  switch (catalogue.source) {
    case "live":
      return "live from the backend";
    case "cache":
      return `last answer of the backend, ${
        catalogue.fetchedAtMs === undefined ? "undated" : momentText(catalogue.fetchedAtMs, nowMs)
      }${why}`;
    case "built-in":
      return `built-in list of ${BUILT_IN_DATE}${why}`;
  }
}

function modelTable(
  models: readonly Model[],
  fallback: number,
  inUse: Model | undefined,
  paint: Paint,
  world: World,
): string {
  const anyFallback = models.some((model) => model.maxOutputTokens === undefined);
  const rows = models.map((model) => {
    const limit = outputLimit(model, fallback);
    return [
      model.slug === inUse?.slug ? `${model.slug} *` : model.slug,
      model.displayName,
      thousands(model.contextWindow),
      `${thousands(limit.tokens)}${limit.fallback ? "+" : ""}`,
      effortsText(model),
      model.inputModalities.join(","),
      ...(models.some(({ visibility }) => visibility === "hide") ? [model.visibility] : []),
    ];
  });
  const head = ["MODEL", "NAME", "CONTEXT", "OUTPUT", "EFFORTS", "INPUT", "SHOWN"].slice(
    0,
    rows[0]?.length ?? 6,
  );
  // Without room for everything the names and windows matter most.
  const narrow = world.isTty.stdout && world.columns < 100;
  const shown = narrow ? [0, 2, 3, 4] : head.map((_, at) => at);
  const pick = (row: readonly string[]) => shown.map((at) => row[at] ?? "");
  const note = anyFallback
    ? "  + the catalogue names no output limit: codex.max_output_tokens_fallback is shown\n"
    : "";
  return table(pick(head), rows.map(pick), paint) + note;
}

/** `low..ultra, default medium`: the levels are always a run of the same ladder. */
function effortsText({ efforts, defaultEffort }: Model): string {
  if (efforts.length === 0) return "none";
  const range = efforts.length === 1 ? efforts[0] ?? "" : `${efforts[0]}..${efforts.at(-1)}`;
  return defaultEffort === undefined ? range : `${range} (${defaultEffort})`;
}

function thousands(tokens: number | undefined): string {
  if (tokens === undefined) return "unknown";
  return tokens % 1000 === 0 ? `${tokens / 1000}k` : String(tokens);
}
