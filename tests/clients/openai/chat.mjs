import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, spy, test } from "../harness.mjs";
import { parseable, SCHEMA, WEATHER } from "../samples.mjs";

const { default: OpenAI } = await load("openai");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const model = "gpt-5";
const user = (content) => [{ role: "user", content }];
const weatherTool = { type: "function", function: WEATHER };

await test("create gives text, finish reason and usage", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: "system", content: "Be short" }, ...user("Hello there")],
    temperature: 0.2,
    max_tokens: 1000,
  });
  assert.deepEqual(answer.choices, [{
    index: 0,
    message: { role: "assistant", content: "You said: Hello there", refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }]);
  assert.equal(answer.object, "chat.completion");
  assert.equal(answer.model, model);
  assert.equal(answer.usage.prompt_tokens + answer.usage.completion_tokens, answer.usage.total_tokens);
});

await test("create with stream gives one role, the words and a finish reason; usage only on request", async () => {
  const chunks = await gather(
    await client.chat.completions.create({ model, messages: user("One two three"), stream: true }),
  );
  assert.equal(
    chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""),
    "You said: One two three",
  );
  assert.equal(chunks.filter((chunk) => chunk.choices[0].delta.role !== undefined).length, 1);
  assert.deepEqual(
    chunks.map((chunk) => chunk.choices[0].finish_reason).filter((reason) => reason !== null),
    ["stop"],
  );
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
  const counted = await gather(
    await client.chat.completions.create({
      model,
      messages: user("One"),
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  assert.deepEqual(counted.at(-1).choices, []);
  assert.equal(counted.at(-1).usage.prompt_tokens, 10);
});

await test("stream() helper gives deltas and the final completion with usage", async () => {
  const runner = client.chat.completions.stream({
    model,
    messages: user("One two three"),
    stream_options: { include_usage: true },
  });
  const deltas = [];
  runner.on("content", (delta) => deltas.push(delta));
  assert.equal(await runner.finalContent(), "You said: One two three");
  assert.equal(deltas.join(""), "You said: One two three");
  assert.ok(deltas.length > 2, "it comes in pieces");
  assert.equal((await runner.totalUsage()).prompt_tokens, 10);
  assert.equal((await runner.finalChatCompletion()).choices[0].finish_reason, "stop");
});

await test("create gives reasoning as <thinking> in front of the text", async () => {
  const answer = await client.chat.completions.create({ model, messages: user("[think] hard") });
  assert.equal(
    answer.choices[0].message.content,
    "<thinking>First this,\n\nthen that.</thinking>\n\nThe answer is 42.",
  );
});

await test("create calls a tool and takes its result", async () => {
  const messages = user("[weather] please");
  const first = await client.chat.completions.create({
    model,
    messages,
    tools: [weatherTool],
    tool_choice: "auto",
  });
  assert.equal(first.choices[0].finish_reason, "tool_calls");
  const { message } = first.choices[0];
  const [call] = message.tool_calls;
  assert.deepEqual(call.function, { name: "get_weather", arguments: '{"city":"Paris"}' });
  messages.push(message, { role: "tool", tool_call_id: call.id, content: "rain" });
  const second = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
  assert.equal(second.choices[0].message.content, "The tool said: rain");
});

await test("create calls two tools at once and takes both results", async () => {
  const messages = user("[two cities] please");
  const first = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
  const { message } = first.choices[0];
  assert.deepEqual(message.tool_calls.map((call) => call.function.arguments), [
    '{"city":"Paris"}',
    '{"city":"Rome"}',
  ]);
  messages.push(message);
  for (const call of message.tool_calls) {
    const content = [{ type: "text", text: `sun in ${JSON.parse(call.function.arguments).city}` }];
    messages.push({ role: "tool", tool_call_id: call.id, content });
  }
  const second = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
  assert.match(second.choices[0].message.content, /sun in Paris.* and .*sun in Rome/);
});

await test("stream() helper says when each of two interleaved calls has its arguments", async () => {
  const runner = client.chat.completions.stream({
    model,
    messages: user("[two cities]"),
    tools: [weatherTool],
  });
  const done = [];
  runner.on(
    "tool_calls.function.arguments.done",
    ({ index, name, arguments: text }) => done.push([index, name, text]),
  );
  await runner.done();
  assert.deepEqual(done, [
    [0, "get_weather", '{"city":"Paris"}'],
    [1, "get_weather", '{"city":"Rome"}'],
  ]);
  assert.equal((await runner.finalChatCompletion()).choices[0].finish_reason, "tool_calls");
});

for (const stream of [false, true]) {
  await test(`runTools() runs the tool and asks again, stream ${stream}`, async () => {
    const cities = [];
    const getWeather = ({ city }) => {
      cities.push(city);
      return `sun in ${city}`;
    };
    const runner = client.chat.completions.runTools({
      model,
      stream,
      messages: user("[two cities]"),
      tools: [{ type: "function", function: { ...WEATHER, function: getWeather, parse: JSON.parse } }],
    });
    assert.equal(await runner.finalContent(), "The tool said: sun in Paris and sun in Rome");
    assert.deepEqual(cities, ["Paris", "Rome"]);
  });
}

await test("parse() gives the object of a JSON schema, and no thinking stands in front", async () => {
  const format = { type: "json_schema", json_schema: { name: "place", strict: true, schema: SCHEMA } };
  const answer = await client.chat.completions.parse({
    model,
    messages: user("[json] Paris"),
    response_format: parseable(format),
  });
  assert.deepEqual(answer.choices[0].message.parsed, { city: "Paris", degrees: 21 });
  const plain = await client.chat.completions.create({
    model,
    messages: user("[json]"),
    response_format: format,
  });
  assert.equal(plain.choices[0].message.content, '{"city":"Paris","degrees":21}');
  const streamed = await client.chat.completions
    .stream({ model, messages: user("[json]"), response_format: format })
    .finalContent();
  assert.equal(streamed, '{"city":"Paris","degrees":21}');
});

await test("create takes images and pieces of text", async () => {
  const url = "data:image/png;base64,iVBORw0KGgo=";
  const content = [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url, detail: "low" } },
  ];
  const answer = await client.chat.completions.create({ model, messages: user(content) });
  assert.equal(answer.choices[0].message.content, "You said: What is this?");
});

await test("create gives refusals and finish reasons", async () => {
  const refused = await client.chat.completions.create({ model, messages: user("[refuse]") });
  assert.equal(refused.choices[0].message.refusal, "I cannot do that.");
  const cut = await client.chat.completions.create({ model, messages: user("[incomplete]") });
  assert.deepEqual([cut.choices[0].finish_reason, cut.choices[0].message.content], ["length", "Half a"]);
  const filtered = await client.chat.completions.create({ model, messages: user("[content filter]") });
  assert.equal(filtered.choices[0].finish_reason, "content_filter");
});

await test("create keeps stop sequences and output limits, which the backend lacks", async () => {
  const stopped = await client.chat.completions.create({ model, messages: user("[story]"), stop: ["word3"] });
  assert.deepEqual(
    [stopped.choices[0].message.content, stopped.choices[0].finish_reason],
    ["word0 word1 word2 ", "stop"],
  );
  const limited = await client.chat.completions.create({ model, messages: user("[story]"), max_tokens: 5 });
  assert.equal(limited.choices[0].finish_reason, "length");
  assert.ok(limited.choices[0].message.content.length < 80);
});

await test("create gives a web search's sources as annotations", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages: user("[search] deno"),
    web_search_options: {},
  });
  assert.equal(answer.choices[0].message.content, "Deno is here.");
  assert.equal(answer.choices[0].message.annotations[0].url_citation.url, "https://example.com/page");
});

await test("withResponse() shows the request id, and every prefix and an effort suffix work", async () => {
  for (const prefix of ["/codex", "/codex/v1", "/v1", "/codex/chat-1", "/codex/models.3/v1"]) {
    const watched = spy();
    const other = new OpenAI({ apiKey: "x", baseURL: `${BASE}${prefix}`, fetch: watched.fetch });
    const { data, response } = await other.chat.completions
      .create({ model: "gpt-5.5-high", messages: user(`Hello ${prefix}`) })
      .withResponse();
    assert.equal(data.choices[0].message.content, `You said: Hello ${prefix}`);
    assert.equal(data.model, "gpt-5.5-high");
    assert.equal(response.headers.get("x-ccproxy-model"), "gpt-5.5");
    assert.match(data._request_id, /^req_/);
    assert.equal(watched.calls.length, 1);
  }
});

await test("create refuses what would change the answer's meaning, naming the parameter", async () => {
  for (const [param, value] of [["n", 2], ["logprobs", true]]) {
    const error = await errorOf(
      client.chat.completions.create({ model, messages: user("Hi"), [param]: value }),
    );
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, param);
  }
});
