import type { ExitCode } from "../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "./command.ts";
import { openContext } from "./context.ts";
import { writeJson } from "./output.ts";
import { modelInUse, modelJson, modelTable, readModels, sourceText } from "./show_models.ts";

/** `ccproxy models`. */
export const modelsCommand = defineCommand({
  path: ["models"],
  summary: "List the models of this account",
  description:
    "From the backend when you are signed in, else from its last answer, else the list that is built in; the line " +
    'after the table says which. The star marks the model of requests that name none. "ccproxy codex info" shows the ' +
    "settings too.",
  flags: {
    all: { kind: "boolean", doc: "Show hidden models too" },
    quiet: { kind: "boolean", short: "q", doc: "Print the names alone, one a line" },
    cached: { kind: "boolean", doc: "Do not ask the backend: show its last answer" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy models", doc: "What can be asked for" },
    { line: "ccproxy models --quiet", doc: "The names, for a script" },
    { line: "ccproxy models --json", doc: "With limits and levels of reasoning, for programs" },
  ],
  exitCodes: { 0: "Shown" },
  async run({ flags }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const { catalogue, failure } = flags.cached
      ? { catalogue: await context.cachedCatalogue(), failure: undefined }
      : await readModels(world, context);
    const models = catalogue.models.filter((model) => flags.all || model.visibility === "list");
    const fallback = context.settings["codex.max_output_tokens_fallback"];
    const inUse = modelInUse(context, catalogue);
    if (flags.json) {
      writeJson(world, {
        source: catalogue.source,
        problem: catalogue.source === "live" ? null : failure ?? null,
        default_model: inUse?.slug ?? null,
        models: models.map((model) => modelJson(model, fallback)),
      });
    } else if (flags.quiet) {
      world.out(models.map(({ slug }) => `${slug}\n`).join(""));
    } else {
      world.out(modelTable(models, fallback, inUse, world));
      world.err(`\nSource: ${sourceText(catalogue, failure, world)}\n`);
    }
    return 0;
  },
});
