import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, needsRoute, test } from "../harness.mjs";
import { PIXEL, SCHEMA, SEEN, WEATHER } from "../samples.mjs";

const agents = await load("@openai/agents");
const { Agent, run, tool, OpenAIProvider, Runner, setTracingDisabled } = agents;
setTracingDisabled(true);

for (const api of ["responses", "chat"]) {
  const modelProvider = new OpenAIProvider({
    apiKey: "dummy-key",
    baseURL: `${BASE}/codex/v1`,
    useResponses: api === "responses",
  });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  for (const model of ["gpt-5", "gpt-5.5"]) {
    const cities = [];
    const getWeather = tool({
      ...WEATHER,
      parameters: { ...WEATHER.parameters, additionalProperties: false },
      strict: true,
      execute: ({ city }) => {
        cities.push(city);
        return `sun in ${city}`;
      },
    });
    const agent = new Agent({ name: "Helper", instructions: "Be short", model, tools: [getWeather] });
    const plain = new Agent({ name: "Talker", instructions: "Be short", model });

    await test(`${api} ${model}: a plain answer`, async () => {
      const result = await runner.run(plain, "Hello there");
      assert.equal(result.finalOutput, "You said: Hello there");
    });

    await test(`${api} ${model}: a picture reaches the model`, async () => {
      const image = `data:image/png;base64,${PIXEL}`;
      const content = [{ type: "input_text", text: "[look]" }, { type: "input_image", image }];
      assert.equal((await runner.run(plain, [{ role: "user", content }])).finalOutput, SEEN);
    });

    await test(`${api} ${model}: a plain answer, streamed`, async () => {
      const result = await runner.run(plain, "One two three", { stream: true });
      const pieces = await gather(result.toTextStream());
      await result.completed;
      assert.equal(pieces.join(""), "You said: One two three");
    });

    await test(`${api} ${model}: two tools at once, then the answer`, async () => {
      cities.length = 0;
      const result = await runner.run(agent, "[two cities]");
      assert.match(result.finalOutput, /The tool said: .*sun in Paris.* and .*sun in Rome/);
      assert.deepEqual(cities, ["Paris", "Rome"]);
    });

    await test(`${api} ${model}: a tool, streamed, then the answer and a second turn`, async () => {
      cities.length = 0;
      const result = await runner.run(agent, "[weather]", { stream: true });
      await gather(result);
      assert.match(result.finalOutput, /sun in Paris/);
      assert.deepEqual(cities, ["Paris"]);
      const next = await runner.run(plain, [...result.history, { role: "user", content: "[recall]" }]);
      assert.equal(next.finalOutput, "I heard: [weather] | [recall]");
    });

    await test(`${api} ${model}: structured output`, async () => {
      const outputType = { type: "json_schema", name: "place", strict: true, schema: SCHEMA };
      const result = await runner.run(new Agent({ name: "Mapper", model, outputType }), "[json]");
      assert.deepEqual(result.finalOutput, { city: "Paris", degrees: 21 });
    });

    await test(`${api} ${model}: a hand-off to another agent`, async () => {
      const triage = new Agent({ name: "Triage", model, handoffs: [plain] });
      assert.equal((await runner.run(triage, "Hello")).finalOutput, "You said: Hello");
    });
  }

  await test(`${api}: an exhausted plan is an error at once`, async () => {
    const agent = new Agent({ name: "Talker", model: "gpt-5" });
    const error = await errorOf(runner.run(agent, "[usage limit]"));
    assert.match(error.message, /Rate limit exceeded/);
  });
}

await test("responses: previousResponseId continues a run", async () => {
  needsRoute("GET responses/:id");
  const modelProvider = new OpenAIProvider({
    apiKey: "dummy-key",
    baseURL: `${BASE}/codex/v1`,
    useResponses: true,
  });
  const agent = new Agent({ name: "Talker", model: "gpt-5" });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const first = await runner.run(agent, "My name is Alice");
  const second = await runner.run(agent, "[recall]", { previousResponseId: first.lastResponseId });
  assert.equal(second.finalOutput, "I heard: My name is Alice | [recall]");
});

// `run` of the package itself makes the default runner, which reads the environment.
assert.equal(typeof run, "function");
