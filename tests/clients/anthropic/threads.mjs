import assert from "node:assert/strict";
import { BASE, gather, load, needsRoute, test } from "../harness.mjs";
import { WEATHER } from "../samples.mjs";

const { default: Anthropic } = await load("@anthropic-ai/sdk");
const { betaTool } = await load("@anthropic-ai/sdk/helpers/beta/json-schema");
const client = new Anthropic({ apiKey: "dummy-key", baseURL: `${BASE}/codex`, maxRetries: 0 });
const say = (content) => ({ role: "user", content });
const weather = betaTool({
  name: WEATHER.name,
  description: WEATHER.description,
  inputSchema: WEATHER.parameters,
  run: ({ city }) => `sunny in ${city}`,
});
const ask = (content, more = {}) => ({
  model: "claude-sonnet-5",
  max_tokens: 1000,
  messages: [say(content)],
  ...more,
});
const needsMessages = () => needsRoute("POST messages");

for (const stream of [false, true]) {
  await test(`toolRunner runs a tool over a thread, stream ${stream}`, async () => {
    needsMessages();
    const runner = client.beta.messages.toolRunner(ask("[weather]", { tools: [weather], stream }));
    const messages = [];
    for await (const message of runner) messages.push(stream ? await message.finalMessage() : message);
    assert.equal(messages.at(-1).content.at(-1).text, "The tool said: sunny in Paris");
  });
}

await test("thread() goes on with only what is new, whole and streamed", async () => {
  needsMessages();
  const thread = client.beta.messages.thread({
    model: "claude-sonnet-5",
    max_tokens: 1000,
    system: "Be brief",
  });
  await thread.send(say("My name is Alice"));
  const second = await thread.send(say("[recall]"));
  assert.equal(second.content.at(-1).text, "I heard: My name is Alice | [recall]");
  const third = await thread.stream(say("[recall] again")).finalMessage();
  assert.equal(third.content.at(-1).text, "I heard: My name is Alice | [recall] | [recall] again");
});

await test("a thread that is not kept is a NotFoundError with the code that SDKs replay on", async () => {
  needsMessages();
  const thread = { type: "continue", previous_message_id: "msg_nothing" };
  const error = await client.beta.messages.create(ask("Hi", { thread })).catch((thrown) => thrown);
  assert.ok(error instanceof Anthropic.NotFoundError);
  assert.equal(error.error.error.details.error_code, "thread_not_found");
});

await test("parse() gives structured output", async () => {
  needsMessages();
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer" } },
    required: ["city", "degrees"],
    additionalProperties: false,
  };
  const output_format = { type: "json_schema", schema };
  const answer = await client.beta.messages.create(ask("[json]", { output_format }));
  assert.deepEqual(JSON.parse(answer.content.at(-1).text), { city: "Paris", degrees: 21 });
});

for (const stream of [false, true]) {
  await test(`context edits are told, and an answer goes on behind a compaction, stream ${stream}`, async () => {
    needsMessages();
    const edit = { type: "compact_20260112", trigger: { type: "input_tokens", value: 1 } };
    const body = ask("Hello there", { context_management: { edits: [edit] } });
    const answer = stream
      ? await client.beta.messages.stream(body).finalMessage()
      : await client.beta.messages.create(body);
    assert.deepEqual(answer.content.map(({ type }) => type), ["compaction", "text"]);
    assert.deepEqual(answer.context_management, { applied_edits: [] });
  });
}

await test("models are listed page by page, and retrieved by their names", async () => {
  needsRoute("GET models");
  const models = await gather(client.models.list({ limit: 3 }));
  const named = models.filter(({ id }) => id.includes("claude"));
  assert.equal(named.length * 2, models.length);
  const model = await client.models.retrieve("claude-sonnet-5");
  assert.deepEqual([model.id, model.type], ["claude-sonnet-5", "model"]);
  assert.ok(model.max_input_tokens > 100_000 && model.max_tokens > 1000);
});
