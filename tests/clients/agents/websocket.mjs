import assert from "node:assert/strict";
import { BASE, gather, load, test } from "../harness.mjs";
import { WEATHER } from "../samples.mjs";

// Node 20 has no WebSocket that takes headers.
const { default: WebSocket } = await load("ws");
globalThis.WebSocket = WebSocket;
const { Agent, tool, OpenAIProvider, Runner, setTracingDisabled } = await load("@openai/agents");
setTracingDisabled(true);

const modelProvider = new OpenAIProvider({
  apiKey: "dummy-key",
  baseURL: `${BASE}/codex/v1`,
  useResponses: true,
  useResponsesWebSocket: true,
});
const runner = new Runner({ modelProvider, tracingDisabled: true });
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
const agent = new Agent({ name: "Helper", instructions: "Be short", model: "gpt-5", tools: [getWeather] });
const plain = new Agent({ name: "Talker", instructions: "Be short", model: "gpt-5" });

await test("WebSocket: a plain answer", async () => {
  const result = await runner.run(plain, "Hello there");
  assert.equal(result.finalOutput, "You said: Hello there");
});

await test("WebSocket: streamed, with two tools at once", async () => {
  const result = await runner.run(agent, "[two cities]", { stream: true });
  await gather(result);
  assert.match(result.finalOutput, /The tool said: .*sun in Paris.* and .*sun in Rome/);
  assert.deepEqual(cities, ["Paris", "Rome"]);
});

await test("WebSocket: a second turn with the history", async () => {
  const first = await runner.run(plain, "say fig");
  const next = await runner.run(plain, [...first.history, { role: "user", content: "[recall]" }]);
  assert.equal(next.finalOutput, "I heard: say fig | [recall]");
});

await test("WebSocket: a failure is an error", async () => {
  await assert.rejects(runner.run(plain, "[fail]"));
});
await modelProvider.close?.();
