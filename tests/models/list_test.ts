import { assertEquals } from "@std/assert";
import { BUILT_IN, findModel, readCatalogue } from "../../src/models/catalogue.ts";
import { toModelEntry, toModelList } from "../../src/models/list.ts";

const OPTIONS = { maxOutputTokensFallback: 8192, transcription: false };

Deno.test("toModelList() has hidden models for the Codex CLI only", () => {
  const list = toModelList({ ...BUILT_IN, source: "cache" }, OPTIONS);
  assertEquals(list.data.map(({ id }) => id), [
    "gpt-6.1-sol",
    "gpt-6-astra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-6.1-terra",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-image-2",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-sunburst",
  ]);
  assertEquals(list.models, BUILT_IN.models.map(({ wire }) => wire));
  assertEquals(list.models.length, 12);
  const { object, has_more, first_id, last_id } = list;
  assertEquals({ object, has_more, first_id, last_id }, {
    object: "list",
    has_more: false,
    first_id: "gpt-6.1-sol",
    last_id: "gpt-image-2.5-sunburst",
  });
});

Deno.test("toModelList() leaves the Codex CLI its own catalogue when it has only the built-in list", () => {
  const list = toModelList(BUILT_IN, OPTIONS);
  assertEquals([list.models, list.data.length], [[], 12]);
});

Deno.test("toModelEntry() says what OpenAI and Anthropic clients look for", () => {
  assertEquals(toModelEntry("gpt-5.5", findModel(BUILT_IN, "gpt-5.5"), OPTIONS), {
    id: "gpt-5.5",
    object: "model",
    created: 1_794_528_000,
    owned_by: "openai",
    type: "model",
    display_name: "GPT-5.5",
    created_at: "2026-11-13T00:00:00Z",
    description: "Coding, oldest",
    context_window: 272_000,
    max_context_window: 272_000,
    max_output_tokens: 8192,
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
    created: 1_794_528_000,
    owned_by: "openai",
    type: "model",
    display_name: "gpt-7",
    created_at: "2026-11-13T00:00:00Z",
    max_output_tokens: 8192,
  });
});
