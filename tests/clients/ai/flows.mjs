import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, needsRoute, spy, test } from "../harness.mjs";
import { PIXEL, SCHEMA, SEEN } from "../samples.mjs";

const {
  generateImage,
  generateText,
  generateObject,
  streamText,
  streamObject,
  tool,
  jsonSchema,
  stepCountIs,
  Output,
} = await load(
  "ai",
);
const { createOpenAI } = await load("@ai-sdk/openai");
const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");

const openai = createOpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const compatible = createOpenAICompatible({
  name: "ccproxy",
  apiKey: "dummy-key",
  baseURL: `${BASE}/codex/v1`,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const providers = {
  "openai responses": (id) => openai(id),
  "openai chat": (id) => openai.chat(id),
  "openai-compatible": (id) => compatible(id),
};
const schema = jsonSchema(SCHEMA);
const weather = () => {
  const cities = [];
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const getWeather = tool({
    description: "Tells the weather of a city",
    inputSchema: jsonSchema(parameters),
    execute: ({ city }) => {
      cities.push(city);
      return `sun in ${city}`;
    },
  });
  return { cities, tools: { get_weather: getWeather }, stopWhen: stepCountIs(4) };
};

for (const [name, provide] of Object.entries(providers)) {
  for (const id of ["gpt-5", "gpt-5.5"]) {
    const model = provide(id);
    // Reasoning and items of earlier steps come back by reference here, which the program resolves from its store.
    const stored = name === "openai responses" ? () => needsRoute("GET responses/:id") : () => {};

    await test(`${name} ${id}: a picture reaches the model`, async () => {
      const content = [{ type: "text", text: "[look]" }, {
        type: "image",
        image: PIXEL,
        mediaType: "image/png",
      }];
      const { text } = await generateText({ model, messages: [{ role: "user", content }] });
      assert.equal(text, SEEN);
    });

    await test(`${name} ${id}: generateText with a system text, and usage`, async () => {
      const { text, usage, finishReason } = await generateText({
        model,
        instructions: "Be short",
        prompt: "Hello there",
        maxOutputTokens: 500,
        temperature: 0.3,
      });
      assert.deepEqual([text, finishReason], ["You said: Hello there", "stop"]);
      assert.equal(usage.inputTokens, 10);
    });

    await test(`${name} ${id}: streamText in pieces, with usage`, async () => {
      const result = streamText({ model, prompt: "One two three" });
      const pieces = await gather(result.textStream);
      assert.equal(pieces.join(""), "You said: One two three");
      assert.ok(pieces.length > 2, "it comes in pieces");
      assert.equal((await result.usage).inputTokens, 10);
    });

    await test(`${name} ${id}: generateText runs two tools at once and goes on`, async () => {
      stored();
      const { cities, ...options } = weather();
      const { text, steps } = await generateText({ model, prompt: "[two cities]", ...options });
      assert.match(text, /The tool said: .*sun in Paris.* and .*sun in Rome/);
      assert.deepEqual([cities, steps.length], [["Paris", "Rome"], 2]);
    });

    await test(`${name} ${id}: streamText runs a tool and goes on`, async () => {
      stored();
      const { cities, ...options } = weather();
      const result = streamText({ model, prompt: "[weather]", ...options });
      assert.match((await gather(result.textStream)).join(""), /The tool said: .*sun in Paris/);
      assert.deepEqual(cities, ["Paris"]);
    });

    await test(`${name} ${id}: a second turn with the messages of the first`, async () => {
      stored();
      const messages = [{ role: "user", content: "[think]" }];
      const first = await generateText({ model, messages });
      assert.match(first.text, /The answer is 42\.$/);
      messages.push(...first.response.messages, { role: "user", content: "[recall]" });
      assert.equal((await generateText({ model, messages })).text, "I heard: [think] | [recall]");
    });

    await test(`${name} ${id}: structured output, whole and streamed`, async () => {
      const { object } = await generateObject({ model, schema, prompt: "[json]" });
      assert.deepEqual(object, { city: "Paris", degrees: 21 });
      const result = streamObject({ model, schema, prompt: "[json]" });
      await gather(result.partialObjectStream);
      assert.deepEqual(await result.object, { city: "Paris", degrees: 21 });
      const { output } = await generateText({ model, output: Output.object({ schema }), prompt: "[json]" });
      assert.deepEqual(output, { city: "Paris", degrees: 21 });
    });
  }

  await test(`${name}: an exhausted plan is an APICallError that is not repeated`, async () => {
    const error = await errorOf(
      generateText({ model: provide("gpt-5"), prompt: "[usage limit]", maxRetries: 0 }),
    );
    assert.equal(error.statusCode, 429);
    assert.match(error.message, /Rate limit exceeded/);
  });

  await test(`${name}: a failure in mid-stream is an error, not an end`, async () => {
    const errors = [];
    const result = streamText({
      model: provide("gpt-5"),
      prompt: "[fail]",
      maxRetries: 0,
      onError: ({ error }) => errors.push(error),
    });
    const parts = await gather(result.fullStream).catch((error) => [{ type: "error", error }]);
    assert.ok(parts.some(({ type }) => type === "error"), JSON.stringify(parts.map(({ type }) => type)));
  });
}

await test("openai responses: reasoning summaries and store:false with encrypted reasoning", async () => {
  const { cities, ...options } = weather();
  const providerOptions = {
    openai: { store: false, reasoningSummary: "auto", include: ["reasoning.encrypted_content"] },
  };
  const result = streamText({ model: openai("gpt-5.5"), prompt: "[weather]", providerOptions, ...options });
  const parts = await gather(result.fullStream);
  assert.equal(
    parts.filter(({ type }) => type === "reasoning-delta").map((part) => part.text).join(""),
    "Looking outside",
  );
  assert.match(await result.text, /sun in Paris/);
  assert.deepEqual(cities, ["Paris"]);
});

await test("openai responses: web search with its sources", async () => {
  const { text, sources } = await generateText({
    model: openai("gpt-5.5"),
    prompt: "[search] deno",
    tools: { web_search: openai.tools.webSearch({}) },
  });
  assert.equal(text, "Deno is here.");
  assert.equal(sources[0].url, "https://example.com/page");
});

await test("openai responses: items of earlier steps come back as references, which the program resolves", async () => {
  needsRoute("GET responses/:id");
  const { fetch, calls } = spy();
  const watched = createOpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1`, fetch });
  const { cities, ...options } = weather();
  const { text } = await generateText({ model: watched("gpt-5.5"), prompt: "[weather]", ...options });
  assert.match(text, /sun in Paris/);
  assert.deepEqual([cities, calls.length], [["Paris"], 2]);
  assert.match(calls[1].init.body, /"item_reference"/);
});

for (const [name, provide] of Object.entries({ openai, "openai-compatible": compatible })) {
  await test(`${name}: generateImage, several pictures`, async () => {
    const model = (provide.imageModel ?? provide.image)("gpt-image-2");
    const { images } = await generateImage({ model, prompt: "a fox", n: 2, size: "1024x1024" });
    assert.deepEqual(images.map(({ mediaType }) => mediaType), ["image/png", "image/png"]);
  });
}
