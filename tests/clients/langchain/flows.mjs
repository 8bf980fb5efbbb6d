import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, test } from "../harness.mjs";
import { PIXEL, SCHEMA, SEEN, WEATHER } from "../samples.mjs";

const { ChatOpenAI } = await load("@langchain/openai");
const { HumanMessage, SystemMessage, ToolMessage } = await load("@langchain/core/messages");
const { tool } = await load("@langchain/core/tools");

const textOf = (message) => message.text ?? message.content;

for (const useResponsesApi of [false, true]) {
  for (const model of ["gpt-5", "gpt-5.5"]) {
    const name = `${useResponsesApi ? "responses" : "chat"} ${model}`;
    const chat = new ChatOpenAI({
      model,
      useResponsesApi,
      apiKey: "dummy-key",
      configuration: { baseURL: `${BASE}/codex/v1` },
    });
    const getWeather = tool(({ city }) => `sun in ${city}`, { ...WEATHER, schema: WEATHER.parameters });

    await test(`${name}: invoke with a system text, and usage`, async () => {
      const answer = await chat.invoke([new SystemMessage("Be short"), new HumanMessage("Hello there")]);
      assert.equal(textOf(answer), "You said: Hello there");
      assert.equal(answer.usage_metadata.input_tokens, 10);
    });

    await test(`${name}: a picture reaches the model`, async () => {
      const url = `data:image/png;base64,${PIXEL}`;
      const content = [{ type: "text", text: "[look]" }, { type: "image_url", image_url: { url } }];
      assert.equal(textOf(await chat.invoke([new HumanMessage({ content })])), SEEN);
    });

    await test(`${name}: stream in pieces, with usage`, async () => {
      const pieces = await gather(await chat.stream("One two three"));
      assert.equal(pieces.map(textOf).join(""), "You said: One two three");
      const whole = pieces.reduce((sum, piece) => sum.concat(piece));
      assert.equal(whole.usage_metadata.input_tokens, 10);
    });

    await test(`${name}: bindTools, two calls, their results`, async () => {
      const bound = chat.bindTools([getWeather]);
      const messages = [new HumanMessage("[two cities]")];
      const first = await bound.invoke(messages);
      assert.deepEqual(first.tool_calls.map((call) => call.args), [{ city: "Paris" }, { city: "Rome" }]);
      messages.push(first);
      for (const call of first.tool_calls) messages.push(await getWeather.invoke(call));
      const second = await bound.invoke(messages);
      assert.equal(textOf(second), "The tool said: sun in Paris and sun in Rome");
    });

    await test(`${name}: bindTools, streamed`, async () => {
      const pieces = await gather(await chat.bindTools([getWeather]).stream("[weather]"));
      const whole = pieces.reduce((sum, piece) => sum.concat(piece));
      assert.deepEqual(whole.tool_calls.map((call) => [call.name, call.args]), [["get_weather", {
        city: "Paris",
      }]]);
      const result = new ToolMessage({ tool_call_id: whole.tool_calls[0].id, content: "rain" });
      const second = await chat.bindTools([getWeather]).invoke([
        new HumanMessage("[weather]"),
        whole,
        result,
      ]);
      assert.equal(textOf(second), "The tool said: rain");
    });

    await test(`${name}: withStructuredOutput`, async () => {
      const structured = chat.withStructuredOutput({ title: "place", ...SCHEMA }, { method: "jsonSchema" });
      assert.deepEqual(await structured.invoke("[json]"), { city: "Paris", degrees: 21 });
    });
  }
}

await test("an exhausted plan is an error at once", async () => {
  const chat = new ChatOpenAI({
    model: "gpt-5",
    apiKey: "x",
    configuration: { baseURL: `${BASE}/codex/v1` },
  });
  const error = await errorOf(chat.invoke("[usage limit]"));
  assert.match(error.message, /Rate limit exceeded/);
});
