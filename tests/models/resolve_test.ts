import { assertEquals } from "@std/assert";
import { BUILT_IN, type Catalogue, findModel, readCatalogue } from "../../src/models/catalogue.ts";
import { resolveModel, type ResolveOptions, RETIRED_MODELS } from "../../src/models/resolve.ts";
import { mapEffort } from "../../src/ask/effort.ts";
import { Problem } from "../../src/problem.ts";

const NONE: ResolveOptions = { defaultModel: undefined, aliases: {} };
const LIVE: Catalogue = { ...BUILT_IN, source: "live", fetchedAtMs: 0, etag: '"a"' };

/** A live catalogue of models that only have a slug, and levels of effort. */
function live(slugs: Record<string, string[]>): Catalogue {
  const models = Object.entries(slugs).map(([slug, efforts], priority) => ({
    slug,
    priority,
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: "" })),
  }));
  return { ...LIVE, models: readCatalogue({ models })?.models ?? [] };
}

/** slug, effort, aliased: what a test compares. */
function resolved(asked: string | undefined, catalogue: Catalogue, options: ResolveOptions = NONE) {
  const { slug, effort, aliased } = resolveModel(asked, catalogue, options);
  return { slug, effort, aliased };
}

function problemOf(run: () => unknown): { code: string; message: string; param: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) {
      return { code: error.code, message: error.message, param: error.param };
    }
    throw error;
  }
  throw new Error("No problem was thrown");
}

Deno.test("resolveModel() leaves every name of the catalogue as it is, hidden ones too", () => {
  for (const model of BUILT_IN.models) {
    assertEquals(
      resolveModel(model.slug, BUILT_IN, { defaultModel: "gpt-5.5", aliases: { "*": "gpt-5.5" } }),
      {
        slug: model.slug,
        effort: undefined,
        model,
        aliased: false,
      },
    );
  }
});

Deno.test("resolveModel() takes the first listed model when none is named", () => {
  assertEquals(resolved(undefined, BUILT_IN), { slug: "gpt-6.2-sol", effort: undefined, aliased: true });
  assertEquals(resolved("  ", BUILT_IN), { slug: "gpt-6.2-sol", effort: undefined, aliased: true });
});

Deno.test("resolveModel() takes codex.default_model when none is named, with its suffix", () => {
  const options = { ...NONE, defaultModel: "gpt-6-luna:low" };
  assertEquals(resolved(undefined, LIVE, options), { slug: "gpt-6-luna", effort: "low", aliased: true });
});

Deno.test("resolveModel() names the setting when codex.default_model is not in the account's list", () => {
  assertEquals(problemOf(() => resolveModel("", LIVE, { ...NONE, defaultModel: "gpt-6-lune" })), {
    code: "model_not_available",
    message: 'Model not available: "gpt-6-lune" of codex.default_model is not in the list of this account; ' +
      'near names are "gpt-6-luna", "gpt-5.6-luna"',
    param: "codex.default_model",
  });
});

Deno.test("resolveModel() maps the guide's names to the default model", () => {
  for (const name of ["gpt-5", "gpt-4o", "gpt-4o-mini", "o1", "o1-mini", "o3-mini", ...RETIRED_MODELS]) {
    assertEquals(resolved(name, LIVE), { slug: "gpt-6.2-sol", effort: undefined, aliased: true });
  }
  const options = { ...NONE, defaultModel: "gpt-5.5" };
  assertEquals(resolved("gpt-5", LIVE, options), { slug: "gpt-5.5", effort: undefined, aliased: true });
});

Deno.test("resolveModel() maps snapshots of retired names", () => {
  for (const name of ["gpt-4o-2024-08-06", "gpt-5-2025-08-07", "gpt-5-chat-latest", "gpt-4-0613", "GPT-4o"]) {
    assertEquals(resolved(name, LIVE), { slug: "gpt-6.2-sol", effort: undefined, aliased: true });
  }
});

Deno.test("resolveModel() keeps a retired name that the account still has", () => {
  const catalogue = live({ "gpt-6.1-sol": ["low"], "gpt-5": ["low"] });
  assertEquals(resolved("gpt-5", catalogue), { slug: "gpt-5", effort: undefined, aliased: false });
});

Deno.test("resolveModel() reads the four forms of an effort suffix", () => {
  for (const name of ["gpt-5.5-high", "gpt-5.5:high", "gpt-5.5/high", "gpt-5.5(high)", "GPT-5.5-High"]) {
    assertEquals(resolved(name, LIVE), { slug: "gpt-5.5", effort: "high", aliased: false });
  }
  assertEquals(resolved("gpt-5-minimal", LIVE), { slug: "gpt-6.2-sol", effort: "minimal", aliased: true });
  assertEquals(resolved("gpt-5.1-codex-max", LIVE), {
    slug: "gpt-6.2-sol",
    effort: undefined,
    aliased: true,
  });
  assertEquals(resolved("gpt-5.1-codex-max-xhigh", LIVE), {
    slug: "gpt-6.2-sol",
    effort: "xhigh",
    aliased: true,
  });
});

Deno.test("resolveModel() does not cut a real model whose name ends like a suffix", () => {
  const catalogue = live({ "gpt-7": ["low", "high"], "gpt-7-high": ["low", "high"] });
  assertEquals(resolved("gpt-7-high", catalogue), { slug: "gpt-7-high", effort: undefined, aliased: false });
  assertEquals(resolved("gpt-7-high-low", catalogue), { slug: "gpt-7-high", effort: "low", aliased: false });
  assertEquals(resolved("gpt-7-low", catalogue), { slug: "gpt-7", effort: "low", aliased: false });
});

Deno.test("resolveModel() leaves an unknown suffix alone", () => {
  assertEquals(problemOf(() => resolveModel("gpt-5.5-turbo", LIVE, NONE)).code, "model_not_available");
  assertEquals(resolved("gpt-5.5-turbo", BUILT_IN), {
    slug: "gpt-5.5-turbo",
    effort: undefined,
    aliased: false,
  });
});

Deno.test("resolveModel() follows aliases: exact ones, patterns, chains and suffixes", () => {
  const options: ResolveOptions = {
    defaultModel: "gpt-5.5",
    aliases: {
      fast: "gpt-6-luna:low",
      quick: "fast",
      "claude-*": "default",
      "claude-opus*": "gpt-6-astra",
      "gpt-5": "gpt-5.6-sol",
    },
  };
  assertEquals(resolved("fast", LIVE, options), { slug: "gpt-6-luna", effort: "low", aliased: true });
  assertEquals(resolved("quick", LIVE, options), { slug: "gpt-6-luna", effort: "low", aliased: true });
  assertEquals(resolved("fast-max", LIVE, options), { slug: "gpt-6-luna", effort: "max", aliased: true });
  assertEquals(resolved("claude-haiku", LIVE, options), {
    slug: "gpt-5.5",
    effort: undefined,
    aliased: true,
  });
  assertEquals(resolved("claude-opus-5", LIVE, options), {
    slug: "gpt-6-astra",
    effort: undefined,
    aliased: true,
  });
  assertEquals(resolved("gpt-5", LIVE, options), { slug: "gpt-5.6-sol", effort: undefined, aliased: true });
});

Deno.test("resolveModel() looks at further aliases after the user's own, and never for a name of the catalogue", () => {
  const further = { "claude*": "default" };
  const options = { ...NONE, aliases: { "claude-haiku*": "gpt-5.5" }, furtherAliases: further };
  assertEquals(resolved("claude-haiku-4-5", LIVE, options).slug, "gpt-5.5");
  assertEquals(resolved("claude-opus-4-5", LIVE, options), resolved(undefined, LIVE));
  assertEquals(resolved("Claude-Opus", LIVE, options), resolved(undefined, LIVE));
  assertEquals(
    resolved("x", LIVE, { ...NONE, aliases: { "*": "gpt-5.5" }, furtherAliases: { x: "default" } }).slug,
    "gpt-5.5",
  );
  assertEquals(problemOf(() => resolved("claude-opus-4-5", LIVE)).code, "model_not_available");
});

Deno.test("resolveModel() ends a circle of aliases with a problem, or with the name itself", () => {
  const circle = { ...NONE, aliases: { a: "b", b: "a" } };
  assertEquals(problemOf(() => resolveModel("a", LIVE, circle)).code, "model_not_available");
  const self = { ...NONE, aliases: { "gpt-5": "gpt-5" } };
  assertEquals(resolved("gpt-5", BUILT_IN, self), { slug: "gpt-5", effort: undefined, aliased: true });
});

Deno.test("resolveModel() takes a provider's prefix off", () => {
  assertEquals(resolved("openai/gpt-5.5-low", LIVE), { slug: "gpt-5.5", effort: "low", aliased: false });
  assertEquals(resolved("openai:gpt-5", LIVE), { slug: "gpt-6.2-sol", effort: undefined, aliased: true });
});

Deno.test("resolveModel() lets a name of the vendor's through when its list may be out of date", () => {
  for (const source of ["built-in", "cache"] as const) {
    assertEquals(resolveModel("gpt-7-sol", { ...BUILT_IN, source }, NONE), {
      slug: "gpt-7-sol",
      effort: undefined,
      model: undefined,
      aliased: false,
    });
  }
  assertEquals(problemOf(() => resolveModel("llama-3", BUILT_IN, NONE)).code, "model_not_available");
});

Deno.test("resolveModel() names near models, or all of them, in its problem", () => {
  assertEquals(problemOf(() => resolveModel("gpt5.5", LIVE, NONE)), {
    code: "model_not_available",
    message: 'Model not available: "gpt5.5" is not in the list of this account; near names are "gpt-5.5"',
    param: "model",
  });
  assertEquals(problemOf(() => resolveModel("llama", live({ "gpt-7": [], "gpt-7-mini": [] }), NONE)), {
    code: "model_not_available",
    message:
      'Model not available: "llama" is not in the list of this account; the models are "gpt-7", "gpt-7-mini"',
    param: "model",
  });
});

Deno.test("resolveModel() says of a name with control characters and of a long one what can be shown", () => {
  const message = problemOf(() => resolveModel(`x\n${"y".repeat(5000)}`, LIVE, NONE)).message;
  assertEquals(message.slice(0, 40), 'Model not available: "x\\nyyyyyyyyyyyyyyyy'.slice(0, 40));
  assertEquals(message.length < 500, true);
});

Deno.test("mapEffort() takes the nearest level of the model, of two the weaker", () => {
  const [model] = live({ m: ["low", "high", "xhigh"] }).models;
  const mapped = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]
    .map((effort) => mapEffort(effort, model));
  assertEquals(mapped, ["low", "low", "low", "low", "high", "xhigh", "xhigh", "xhigh"]);
});

Deno.test("mapEffort() keeps none and minimal for a model that has them", () => {
  const [model] = live({ m: ["none", "minimal", "medium"] }).models;
  assertEquals(["none", "minimal", "low", "max"].map((effort) => mapEffort(effort, model)), [
    "none",
    "minimal",
    "minimal",
    "medium",
  ]);
});

Deno.test("mapEffort() sends max for ultra, a mode of the Codex CLI", () => {
  assertEquals(mapEffort("ultra", findModel(BUILT_IN, "gpt-6-astra")), "max");
  assertEquals(mapEffort("ultra", findModel(BUILT_IN, "gpt-5.5")), "xhigh");
});

Deno.test("mapEffort() changes little for a model nothing is known of", () => {
  assertEquals(
    ["none", "minimal", "low", "xhigh", "max", "ultra", " High "].map((effort) =>
      mapEffort(effort, undefined)
    ),
    ["none", "low", "low", "xhigh", "max", "max", "high"],
  );
});

Deno.test("mapEffort() sends none to a model without levels, and none when none was asked for", () => {
  const [model] = live({ m: [] }).models;
  assertEquals([mapEffort("high", model), mapEffort(undefined, findModel(BUILT_IN, "gpt-5.5"))], [
    undefined,
    undefined,
  ]);
});

Deno.test("mapEffort() passes a level that only the model's own entry knows", () => {
  const [model] = live({ m: ["low", "cosmic"] }).models;
  assertEquals(mapEffort("cosmic", model), "cosmic");
});

Deno.test("mapEffort() refuses a word that is no level, naming the levels", () => {
  assertEquals(problemOf(() => mapEffort("hihg", findModel(BUILT_IN, "gpt-5.5"))), {
    code: "bad_request",
    message:
      'Invalid request: "reasoning_effort" must be one of "low", "medium", "high", "xhigh": found "hihg"',
    param: "reasoning_effort",
  });
});
