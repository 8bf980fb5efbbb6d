import { assertEquals } from "@std/assert";
import { BUILT_IN, findModel, readCatalogue } from "../../src/models/catalogue.ts";
import { MEDIA_MODELS, servedMedia } from "../../src/models/media.ts";
import { toModelEntry, toModelList, toModelPage } from "../../src/models/list.ts";

const OPTIONS = { maxOutputTokensFallback: 8192, media: servedMedia(MEDIA_MODELS, false) };

Deno.test("toModelList() has hidden models for the Codex CLI only", () => {
  const list = toModelList({ ...BUILT_IN, source: "cache" }, OPTIONS);
  assertEquals(list.data.map(({ id }) => id), [
    "gpt-6.2-sol",
    "gpt-6.2-astra",
    "gpt-6.1-terra",
    "gpt-6.1-sol",
    "gpt-6-astra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-image-2",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-sunburst",
  ]);
  assertEquals(list.models, BUILT_IN.models.map(({ wire }) => wire));
  assertEquals(list.models.length, 14);
  const { object, has_more, first_id, last_id } = list;
  assertEquals({ object, has_more, first_id, last_id }, {
    object: "list",
    has_more: false,
    first_id: "gpt-6.2-sol",
    last_id: "gpt-image-2.5-sunburst",
  });
});

Deno.test("toModelList() leaves the Codex CLI its own catalogue when it has only the built-in list", () => {
  const list = toModelList(BUILT_IN, OPTIONS);
  assertEquals([list.models, list.data.length], [[], 14]);
});

Deno.test("toModelEntry() says what OpenAI and Anthropic clients look for", () => {
  assertEquals(toModelEntry("gpt-5.5", findModel(BUILT_IN, "gpt-5.5"), OPTIONS), {
    id: "gpt-5.5",
    object: "model",
    created: 1_795_132_800,
    owned_by: "openai",
    type: "model",
    display_name: "GPT-5.5",
    created_at: "2026-11-20T00:00:00Z",
    description: "Coding, oldest",
    context_window: 272_000,
    max_context_window: 272_000,
    max_output_tokens: 8192,
    max_input_tokens: 272_000,
    max_tokens: 8192,
    lifecycle: "active",
    input_modalities: ["text", "image"],
    reasoning_efforts: ["low", "medium", "high", "xhigh"],
    default_reasoning_effort: "medium",
  });
});

Deno.test("toModelEntry() takes the output limit of the entry before the fallback", () => {
  const [model] = readCatalogue({ models: [{ slug: "m", max_output_tokens: 128_000 }] })?.models ?? [];
  assertEquals(toModelEntry("m", model, OPTIONS).max_output_tokens, 128_000);
});

Deno.test("toModelEntry() keeps the name that was asked for, also of a model it knows nothing of", () => {
  assertEquals(toModelEntry("gpt-7", undefined, OPTIONS), {
    id: "gpt-7",
    object: "model",
    created: 1_795_132_800,
    owned_by: "openai",
    type: "model",
    display_name: "gpt-7",
    created_at: "2026-11-20T00:00:00Z",
    max_output_tokens: 8192,
    max_input_tokens: null,
    max_tokens: 8192,
    lifecycle: "active",
  });
});

Deno.test("toModelList() adds further names for models that are listed, in front of those for pictures", () => {
  const names = [["claude-gpt-5.5", "gpt-5.5"], ["claude-hidden", "gpt-7-hidden"]] as const;
  const { data } = toModelList(BUILT_IN, { ...OPTIONS, names });
  assertEquals(
    data.slice(11).map(({ id, display_name, context_window }) => [id, display_name, context_window]),
    [
      ["claude-gpt-5.5", "GPT-5.5", 272_000],
      ["gpt-image-2", "GPT Image 2", undefined],
      ["gpt-image-2.5-flare", "GPT Image 2.5 Flare", undefined],
      ["gpt-image-2.5-sunburst", "GPT Image 2.5 Sunburst", undefined],
    ],
  );
});

Deno.test("toModelPage() pages forwards and backwards, and is empty behind an id that is not there", () => {
  const list = toModelList(BUILT_IN, OPTIONS);
  const page = (limit: number, afterId?: string, beforeId?: string) => {
    const { data, has_more, first_id, last_id } = toModelPage(list, { limit, afterId, beforeId });
    assertEquals([first_id, last_id], [data[0]?.id ?? null, data.at(-1)?.id ?? null]);
    return [data.map(({ id }) => id), has_more];
  };
  assertEquals(page(2), [["gpt-6.2-sol", "gpt-6.2-astra"], true]);
  assertEquals(page(2, "gpt-6-astra"), [["gpt-6-sol", "gpt-6-luna"], true]);
  assertEquals(page(20, "gpt-5.5"), [
    ["gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"],
    false,
  ]);
  assertEquals(page(2, undefined, "gpt-6-luna"), [["gpt-6-astra", "gpt-6-sol"], true]);
  assertEquals(page(2, "gpt-image-2.5-sunburst"), [[], false]);
  assertEquals(page(2, "gpt-none"), [[], false]);
});
