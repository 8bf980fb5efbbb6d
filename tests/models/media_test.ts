import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BUILT_IN } from "../../src/models/catalogue.ts";
import { toModelList } from "../../src/models/list.ts";
import {
  MEDIA_MODELS,
  resolveImageModel,
  resolveTranscriptionModel,
  servedMedia,
} from "../../src/models/media.ts";
import { resolveModel } from "../../src/models/resolve.ts";
import { Problem } from "../../src/problem.ts";

Deno.test("resolveImageModel() keeps the backend's names, maps older ones, follows aliases, refuses the rest", () => {
  const names = [
    undefined,
    "gpt-image-2.5-sunburst",
    "openai/gpt-image-1",
    "gpt-image-1-mini",
    "dall-e-2",
    "mine",
  ];
  assertEquals(names.map((name) => resolveImageModel(name, { mine: "gpt-image-2.5-flare" })), [
    "gpt-image-2",
    "gpt-image-2.5-sunburst",
    "gpt-image-2",
    "gpt-image-2",
    "gpt-image-2",
    "gpt-image-2.5-flare",
  ]);
  const problem = assertThrows(() => resolveImageModel("imagen-4", {}));
  assert(problem instanceof Problem);
  assertEquals([problem.status, problem.param], [404, "model"]);
});

Deno.test("resolveTranscriptionModel() takes both names and no other", () => {
  assertEquals(resolveTranscriptionModel(undefined, {}), "gpt-4o-transcribe");
  assertEquals(resolveTranscriptionModel("whisper-1", {}), "whisper-1");
  assertThrows(() => resolveTranscriptionModel("gpt-image-2", {}));
});

Deno.test("toModelList() shows picture models behind the others, and those for speech once they are served", () => {
  const ids = (transcription: boolean) =>
    toModelList(BUILT_IN, { maxOutputTokensFallback: 1, media: servedMedia(MEDIA_MODELS, transcription) })
      .data.map(({ id }) => id);
  assertEquals(ids(false).slice(-3), ["gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"]);
  assertEquals(ids(true).slice(-2), ["gpt-4o-transcribe", "whisper-1"]);
  assertEquals(ids(true).slice(-5), MEDIA_MODELS.map(({ id }) => id));
});

Deno.test("resolveModel() sends who asks such a model for words to its route", () => {
  for (const source of ["live", "built-in"] as const) {
    const problem = assertThrows(() =>
      resolveModel("gpt-image-2", { ...BUILT_IN, source }, { defaultModel: undefined, aliases: {} })
    );
    assert(problem instanceof Problem);
    assertStringIncludes(problem.message, "images/generations");
  }
});
