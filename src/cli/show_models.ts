/** The models of an account as commands show them. */
import { cleanText } from "../clean_text.ts";
import { BUILT_IN_DATE, type Catalogue, defaultModelOf, type Model } from "../models/catalogue.ts";
import { resolveModel } from "../models/resolve.ts";
import type { Context } from "./context.ts";
import { fittedTable, momentText, waiting } from "./output.ts";
import { wrapText } from "./text_width.ts";
import type { World } from "./world.ts";

/** The catalogue after one look at the cache and one question to the backend. */
export async function readModels(
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

/** The model of requests that name none. */
export function modelInUse({ settings }: Context, catalogue: Catalogue): Model | undefined {
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

/** A model for `--json`. @param fallback `codex.max_output_tokens_fallback` */
export function modelJson(model: Model, fallback: number): Record<string, unknown> {
  const limit = outputLimit(model, fallback);
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
}

/** Where a list comes from, in words. @param failure why it is not a live one */
export function sourceText(catalogue: Catalogue, failure: string | undefined, world: World): string {
  const why = failure === undefined ? "" : `: ${cleanText(failure)}`;
  switch (catalogue.source) {
    case "live":
      return "live from the backend";
    case "cache":
      return `last answer of the backend, ${
        catalogue.fetchedAtMs === undefined
          ? "undated"
          : momentText(catalogue.fetchedAtMs, world.now(), world.utcOffset)
      }${why}`;
    case "built-in":
      return `built-in list of ${BUILT_IN_DATE}${why}`;
  }
}

/** A table of models; the one in use has a star. */
export function modelTable(
  models: readonly Model[],
  fallback: number,
  inUse: Model | undefined,
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
    ? wrapText(
      "+ the catalogue names no output limit: codex.max_output_tokens_fallback is shown",
      Math.max(20, world.columns - 4),
    ).map((line) => `  ${line}\n`).join("")
    : "";
  return fittedTable(world, pick(head), rows.map(pick)) + note;
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
