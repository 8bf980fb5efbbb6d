import { assertEquals } from "@std/assert";
import { BUILT_IN, defaultModelOf, findModel, readCatalogue } from "../../src/models/catalogue.ts";

/** Fields without which the Codex CLI refuses the whole list (backend.md#models-required-fields). */
const REQUIRED = [
  "slug",
  "display_name",
  "supported_reasoning_levels",
  "shell_type",
  "visibility",
  "supported_in_api",
  "priority",
  "support_verbosity",
  "truncation_policy",
  "experimental_supported_tools",
];

Deno.test("BUILT_IN has the models of the CLI 0.171.0, in its order", () => {
  assertEquals(
    BUILT_IN.models.map((
      { slug, contextWindow, maxContextWindow, defaultEffort, efforts, lite, visibility },
    ) => [slug, contextWindow, maxContextWindow, defaultEffort, efforts.at(-1), lite, visibility].join(" ")),
    [
      "gpt-6.2-sol 500000 872000 low ultra true list",
      "gpt-6.2-astra 272000 872000 low ultra true list",
      "gpt-6.1-terra 500000 872000 low ultra true list",
      "gpt-6.1-sol 500000 872000 low ultra true list",
      "gpt-6-astra 272000 872000 low ultra true list",
      "gpt-6-sol 272000 872000 medium ultra true list",
      "gpt-6-luna 272000 872000 medium max true list",
      "gpt-5.6-sol 272000 872000 low ultra true list",
      "gpt-5.6-terra 272000 872000 medium ultra true list",
      "gpt-5.6-luna 272000 872000 medium max true list",
      "gpt-daybreak-blue-latest 272000 872000 low ultra true hide",
      "gpt-daybreak-red-latest 372000 372000 medium ultra true hide",
      "gpt-5.5 272000 272000 medium xhigh false list",
      "codex-auto-review 272000 872000 medium max true hide",
    ],
  );
});

Deno.test("BUILT_IN has every field that the Codex CLI insists on", () => {
  for (const { wire } of BUILT_IN.models) {
    assertEquals(REQUIRED.filter((key) => wire[key] === undefined), []);
    assertEquals("base_instructions" in wire || "model_messages" in wire, true);
  }
});

Deno.test("readCatalogue() skips and counts entries without a usable slug, and repeated ones", () => {
  const models = [null, "x", {}, { slug: "" }, { slug: "a b" }, { slug: "ok" }, { slug: "ok", priority: 1 }];
  const reading = readCatalogue({ models });
  assertEquals([reading?.models.map(({ slug }) => slug), reading?.skippedCount], [["ok"], 6]);
});

Deno.test("readCatalogue() gives nothing for what is no catalogue", () => {
  assertEquals([null, [], {}, { models: {} }, "{}"].map(readCatalogue), Array(5).fill(undefined));
});

Deno.test("readCatalogue() fills what an entry lacks and keeps what nobody knows", () => {
  const [model] =
    readCatalogue({ models: [{ slug: "gpt-9", tomorrow: { a: 1 }, context_window: "big" }] })?.models ?? [];
  assertEquals(model, {
    slug: "gpt-9",
    displayName: "gpt-9",
    description: "",
    contextWindow: undefined,
    maxContextWindow: undefined,
    maxOutputTokens: undefined,
    defaultEffort: undefined,
    efforts: ["low", "medium", "high"],
    lite: false,
    visibility: "list",
    priority: 1000,
    inputModalities: ["text"],
    supportsVerbosity: false,
    minimalClientVersion: undefined,
    baseInstructions: undefined,
    wire: {
      slug: "gpt-9",
      display_name: "gpt-9",
      visibility: "list",
      priority: 1000,
      supported_reasoning_levels: [
        { effort: "low", description: "Little reasoning, quick answers" },
        { effort: "medium", description: "Moderate reasoning" },
        { effort: "high", description: "Thorough reasoning" },
      ],
      shell_type: "shell_command",
      supported_in_api: true,
      support_verbosity: false,
      truncation_policy: { mode: "tokens", limit: 10_000 },
      experimental_supported_tools: [],
      base_instructions: "",
      tomorrow: { a: 1 },
      context_window: "big",
    },
  });
});

Deno.test("readCatalogue() leaves the entries of the backend as they are", () => {
  const entries = BUILT_IN.models.map(({ wire }) => ({ ...wire, comp_hash: "3000", model_messages: {} }));
  assertEquals(readCatalogue({ models: entries })?.models.map(({ wire }) => wire), entries);
});

Deno.test("readCatalogue() finds the model's prompt in either of its places", () => {
  const models = [
    { slug: "a", base_instructions: "Plain" },
    {
      slug: "b",
      base_instructions: "",
      model_messages: {
        instructions_template: "You are {{ personality }}. {{ other }}",
        instructions_variables: { personality_default: "kind" },
      },
    },
    { slug: "c", model_messages: { instructions_template: null } },
  ];
  assertEquals(readCatalogue({ models })?.models.map(({ baseInstructions }) => baseInstructions), [
    "Plain",
    "You are kind. ",
    undefined,
  ]);
});

Deno.test("defaultModelOf() is the first listed model by priority", () => {
  const models = [{ slug: "a", priority: 1, visibility: "hide" }, { slug: "c", priority: 3 }, {
    slug: "b",
    priority: 2,
  }];
  const catalogue = { ...BUILT_IN, models: readCatalogue({ models })?.models ?? [] };
  assertEquals([defaultModelOf(catalogue)?.slug, findModel(catalogue, "a")?.slug], ["b", "a"]);
});
