import assert from "node:assert/strict";
import { BASE, gather, load, test } from "../harness.mjs";
import { parseable, SCHEMA, WEATHER } from "../samples.mjs";

const { default: OpenAI } = await load("openai");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const model = "gpt-5";
const weatherTool = { type: "function", strict: false, ...WEATHER };
const format = { type: "json_schema", name: "place", strict: true, schema: SCHEMA };

await test("create takes a string and gives output_text", async () => {
  const answer = await client.responses.create({ model, input: "Hello there", instructions: "Be short" });
  assert.equal(answer.output_text, "You said: Hello there");
  assert.deepEqual([answer.object, answer.status, answer.model], ["response", "completed", model]);
  assert.equal(answer.usage.input_tokens + answer.usage.output_tokens, answer.usage.total_tokens);
});

await test("create takes items without type, system text and images", async () => {
  const content = [
    { type: "input_text", text: "What is this?" },
    { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" },
  ];
  const answer = await client.responses.create({
    model,
    input: [
      { role: "system", content: "Be short" },
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi" },
      { role: "user", content },
    ],
    max_output_tokens: 1000,
    temperature: 0.3,
    truncation: "auto",
    metadata: { run: "1" },
  });
  assert.equal(answer.output_text, "You said: What is this?");
});

await test("create with stream gives only public events, in order, and whole objects", async () => {
  const events = await gather(
    await client.responses.create({ model, input: "[think]", stream: true, reasoning: { summary: "auto" } }),
  );
  const types = events.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 2), ["response.created", "response.in_progress"]);
  assert.equal(types.at(-1), "response.completed");
  assert.deepEqual(types.filter((type) => /^codex|metadata|keepalive/.test(type)), []);
  const numbers = events.map((event) => event.sequence_number);
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
  assert.equal(new Set(numbers).size, numbers.length);
  const { response } = events.at(-1);
  assert.deepEqual(response.output.map(({ type }) => type), ["reasoning", "message"]);
  assert.equal(new Set(events.flatMap((event) => event.response?.id ?? [])).size, 1);
});

await test("stream() helper gives deltas and the final response", async () => {
  const stream = client.responses.stream({ model, input: "[think]" });
  const deltas = [];
  stream.on("response.output_text.delta", ({ delta }) => deltas.push(delta));
  const final = await stream.finalResponse();
  assert.equal(deltas.join(""), "The answer is 42.");
  assert.equal(final.output_text, "The answer is 42.");
  assert.deepEqual(final.output.map(({ type }) => type), ["reasoning", "message"]);
  assert.deepEqual(final.output[0].summary.map(({ text }) => text), ["First this,", "then that."]);
});

await test("create calls a tool, takes its result with the whole history", async () => {
  const input = [{ role: "user", content: "[weather] please" }];
  const first = await client.responses.create({ model, input, tools: [weatherTool] });
  assert.deepEqual(first.output.map(({ type }) => type), ["reasoning", "function_call"]);
  const call = first.output[1];
  assert.deepEqual([call.name, call.arguments], ["get_weather", '{"city":"Paris"}']);
  input.push(...first.output, { type: "function_call_output", call_id: call.call_id, output: "rain" });
  const second = await client.responses.create({ model, input, tools: [weatherTool] });
  assert.equal(second.output_text, "The tool said: rain");
});

await test("stream() helper gives two interleaved calls whole, and both results are taken", async () => {
  const input = [{ role: "user", content: "[two cities] please" }];
  const stream = client.responses.stream({ model, input, tools: [weatherTool], parallel_tool_calls: true });
  const events = await gather(stream);
  const added = events.filter(({ type }) => type === "response.output_item.added");
  assert.deepEqual(added.map((event) => event.output_index), [0, 1, 2]);
  const calls = (await stream.finalResponse()).output.filter(({ type }) => type === "function_call");
  assert.deepEqual(calls.map((call) => call.arguments), ['{"city":"Paris"}', '{"city":"Rome"}']);
  input.push(
    ...calls.map(({ type, call_id, name, arguments: text }) => ({ type, call_id, name, arguments: text })),
  );
  for (const call of calls) {
    input.push({ type: "function_call_output", call_id: call.call_id, output: "sun" });
  }
  const second = await client.responses.create({ model, input, tools: [weatherTool] });
  assert.equal(second.output_text, "The tool said: sun and sun");
});

await test("parse() gives the object of a JSON schema, streamed too", async () => {
  const answer = await client.responses.parse({ model, input: "[json] Paris", text: { format } });
  assert.deepEqual(JSON.parse(answer.output_text), { city: "Paris", degrees: 21 });
  const stream = client.responses.stream({
    model,
    input: "[json]",
    text: { format: parseable(format) },
  });
  assert.deepEqual((await stream.finalResponse()).output_parsed, { city: "Paris", degrees: 21 });
});

await test("parse() gives the arguments of strict tools", async () => {
  const tool = {
    type: "function",
    strict: true,
    name: "get_weather",
    parameters: { ...WEATHER.parameters, additionalProperties: false },
  };
  const answer = await client.responses.parse({ model, input: "[weather]", tools: [tool] });
  const call = answer.output.find(({ type }) => type === "function_call");
  assert.deepEqual(call.parsed_arguments, { city: "Paris" });
});

await test("create gives refusals, incomplete answers and web searches", async () => {
  const refused = await client.responses.create({ model, input: "[refuse]" });
  assert.deepEqual(refused.output[0].content, [{ type: "refusal", refusal: "I cannot do that." }]);
  const cut = await client.responses.create({ model, input: "[incomplete]" });
  assert.deepEqual([cut.status, cut.incomplete_details, cut.output_text], [
    "incomplete",
    { reason: "max_output_tokens" },
    "Half a",
  ]);
  const limited = await client.responses.create({ model, input: "[story]", max_output_tokens: 5 });
  assert.deepEqual([limited.status, limited.incomplete_details], ["incomplete", {
    reason: "max_output_tokens",
  }]);
  const searched = await client.responses.create({
    model,
    input: "[search]",
    tools: [{ type: "web_search" }],
  });
  assert.deepEqual(searched.output.map(({ type }) => type), ["web_search_call", "message"]);
  assert.equal(searched.output[1].content[0].annotations[0].type, "url_citation");
});

await test("stream() helper takes refusals and incomplete answers", async () => {
  const refused = await client.responses.stream({ model, input: "[refuse]" }).finalResponse();
  assert.equal(refused.output[0].content[0].refusal, "I cannot do that.");
  const limited = await client.responses.stream({ model, input: "[story]", max_output_tokens: 5 })
    .finalResponse();
  assert.equal(limited.status, "incomplete");
  assert.ok(limited.output_text.startsWith("word0"));
});

await test("models.list() and retrieve() know the account's models and the guide's names", async () => {
  const ids = (await gather(client.models.list())).map(({ id }) => id);
  assert.ok(ids.includes("gpt-5.5") && ids.includes("gpt-6.1-sol"), ids.join(" "));
  const one = await client.models.retrieve("gpt-5.5");
  assert.deepEqual([one.id, one.object], ["gpt-5.5", "model"]);
  assert.equal((await client.models.retrieve("gpt-5")).object, "model");
});
