import { BOUNDS } from "../../bounds.ts";
import { readTextFileLimited } from "../../read_limited.ts";
import { stateDirectory, whereKnown } from "../../config/paths.ts";
import { SETTING_KEYS, type SettingKey } from "../../config/settings.ts";
import { estimateTokens } from "../../ask/estimate_tokens.ts";
import type { Catalogue, Model } from "../../models/catalogue.ts";
import { RETIRED_MODELS } from "../../models/resolve.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { createLearned, type LearnedParameter } from "../../upstream/learned.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { type Context, openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { createPaint, facts, momentText, writeJson } from "../output.ts";
import { createPromptSource } from "../prompt.ts";
import { modelInUse, modelJson, modelTable, readModels, sourceText } from "../show_models.ts";
import { originJson, settingJson, settingText, shortOrigin } from "../setting_text.ts";
import { wrapText } from "../text_width.ts";
import { askServer } from "../running_server.ts";
import { isRecord, textAt } from "../../wire/json.ts";
import type { World } from "../world.ts";

/** `ccproxy codex info`: settings in force and the models of this account. */
export const codexInfoCommand = defineCommand({
  path: ["codex", "info"],
  summary: "Show the Codex settings in force and the models of this account",
  description:
    "The models come from the backend when you are signed in and codex.enable_dynamic_model_info is on; else from " +
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
    const transport = await readTransport(world, context);
    if (flags.json) writeJson(world, toJson(context, catalogue, models, prompt, failure, learned, transport));
    else {world.out(
        toText(world, context, catalogue, models, prompt, failure, transport) + learnedText(learned, world),
      );}
    return 0;
  },
});

/** How the proxy that runs for these settings reaches the backend; undefined when none runs. */
async function readTransport(world: World, { settings }: Context): Promise<string | undefined> {
  const told = await askServer(world, settings, "/health/ready", { timeoutMs: 1500 });
  return told.kind === "answer" && isRecord(told.json) ? textAt(told.json, "transport") : undefined;
}

/** What the server has learned to leave out. */
async function readLearned(world: World, { place }: Context): Promise<readonly LearnedParameter[]> {
  const file = whereKnown(() => `${stateDirectory(place)}/learned.json`);
  const saved = file && await readTextFileLimited(file, BOUNDS.state).catch(() => undefined);
  return createLearned(saved, () => {}, world.now).list();
}

function learnedText(learned: readonly LearnedParameter[], world: World): string {
  return learned.map(({ model, parameter, untilMs }) =>
    cleanText(
      `  Learned: ${parameter} is left out for ${model}, which refused it; tried again ${
        momentText(untilMs, world.now(), world.utcOffset)
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

const CODEX_KEYS: readonly SettingKey[] = SETTING_KEYS.filter((key) => key.startsWith("codex."));

function toJson(
  context: Context,
  catalogue: Catalogue,
  models: readonly Model[],
  prompt: PromptFacts | Problem,
  failure: string | undefined,
  learned: readonly LearnedParameter[],
  transport: string | undefined,
): unknown {
  const { settings, loaded } = context;
  return {
    settings: Object.fromEntries(CODEX_KEYS.map((key) => [key.slice("codex.".length), {
      value: settingJson(key, settings[key]),
      origin: originJson(loaded.origins[key]),
    }])),
    client_version: context.identity.version,
    transport_in_use: transport ?? null,
    instructions: prompt instanceof Problem
      ? { problem: prompt.message }
      : { origin: prompt.origin, estimated_tokens: prompt.tokens },
    models_source: catalogue.source,
    models_fetched_at: catalogue.fetchedAtMs === undefined
      ? null
      : new Date(catalogue.fetchedAtMs).toISOString(),
    models_problem: catalogue.source === "live" ? null : failure ?? null,
    default_model: modelInUse(context, catalogue)?.slug ?? null,
    models: models.map((model) => modelJson(model, settings["codex.max_output_tokens_fallback"])),
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
  transport: string | undefined,
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
    facts(
      [
        ...rows,
        ["transport in use", transport === undefined ? undefined : cleanText(transport)],
        ["prompt", promptText],
        ["client version", context.identity.version],
      ],
      world.columns,
    ),
    "\n" + wrapText(
      `${paint("bold", "Models")} (${sourceText(catalogue, failure, world)})`,
      Math.max(20, world.isTty.stdout ? world.columns : 1000),
    ).map((line) => `${line}\n`).join(""),
    modelTable(models, settings["codex.max_output_tokens_fallback"], inUse, world),
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
