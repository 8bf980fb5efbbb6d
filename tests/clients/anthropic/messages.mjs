import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, LOCKED_BASE, needsRoute, spy, test } from "../harness.mjs";
import { WEATHER } from "../samples.mjs";

const { default: Anthropic } = await load("@anthropic-ai/sdk");
// The SDK adds `/v1/messages` by itself.
const client = new Anthropic({ apiKey: "dummy-key", baseURL: `${BASE}/codex`, maxRetries: 0 });
const ask = (content, more = {}) => ({
  model: "claude-sonnet-4-5",
  max_tokens: 1000,
  messages: [{ role: "user", content }],
  ...more,
});
const weatherTool = {
  name: WEATHER.name,
  description: WEATHER.description,
  input_schema: WEATHER.parameters,
};
const needsMessages = () => needsRoute("POST messages");

await test("create gives text, stop reason and usage", async () => {
  needsMessages();
  const answer = await client.messages.create(ask("Hello there", { system: "Be short", temperature: 0.3 }));
  assert.deepEqual([answer.type, answer.role, answer.stop_reason], ["message", "assistant", "end_turn"]);
  assert.deepEqual(answer.content, [{ type: "text", text: "You said: Hello there" }]);
  assert.equal(answer.usage.input_tokens, 10);
});

await test("stream() helper gives text in pieces and the final message", async () => {
  needsMessages();
  const pieces = [];
  const stream = client.messages.stream(ask("One two three")).on("text", (text) => pieces.push(text));
  const final = await stream.finalMessage();
  assert.equal(pieces.join(""), "You said: One two three");
  assert.ok(pieces.length > 2, "it comes in pieces");
  assert.deepEqual([final.stop_reason, final.content.length], ["end_turn", 1]);
  const types = (await gather(await client.messages.create(ask("Hi", { stream: true })))).map(({ type }) =>
    type
  );
  assert.deepEqual([types[0], types.at(-1)], ["message_start", "message_stop"]);
});

await test("thinking comes as a block with a signature, and goes back", async () => {
  needsMessages();
  const thinking = { type: "enabled", budget_tokens: 2000 };
  const question = ask("[think]", { thinking, max_tokens: 4000 });
  const first = await client.messages.create(question);
  assert.deepEqual(first.content.map(({ type }) => type), ["thinking", "text"]);
  assert.ok(first.content[0].signature.length > 0);
  const messages = [
    ...question.messages,
    { role: "assistant", content: first.content },
    { role: "user", content: "[recall]" },
  ];
  const second = await client.messages.create({ ...question, messages });
  assert.equal(second.content.at(-1).text, "I heard: [think] | [recall]");
});

for (const stream of [false, true]) {
  await test(`two tools at once and their results, stream ${stream}`, async () => {
    needsMessages();
    const question = ask("[two cities]", { tools: [weatherTool] });
    const get = (body) => stream ? client.messages.stream(body).finalMessage() : client.messages.create(body);
    const first = await get(question);
    assert.equal(first.stop_reason, "tool_use");
    const calls = first.content.filter(({ type }) => type === "tool_use");
    assert.deepEqual(calls.map(({ input }) => input), [{ city: "Paris" }, { city: "Rome" }]);
    const results = calls.map(({ id, input }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: [{ type: "text", text: `sun in ${input.city}` }],
    }));
    const messages = [
      ...question.messages,
      { role: "assistant", content: first.content },
      { role: "user", content: results },
    ];
    const second = await get({ ...question, messages });
    assert.match(second.content.at(-1).text, /The tool said: .*sun in Paris.* and .*sun in Rome/);
  });
}

await test("images, output limits and stop sequences", async () => {
  needsMessages();
  const source = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" };
  const seen = await client.messages.create(
    ask([{ type: "image", source }, { type: "text", text: "What is this?" }]),
  );
  assert.equal(seen.content[0].text, "You said: What is this?");
  const limited = await client.messages.create(ask("[story]", { max_tokens: 5 }));
  assert.equal(limited.stop_reason, "max_tokens");
  const stopped = await client.messages.create(ask("[story]", { stop_sequences: ["word3"] }));
  assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ["stop_sequence", "word3"]);
  assert.equal(stopped.content[0].text, "word0 word1 word2 ");
});

await test("countTokens estimates", async () => {
  needsRoute("POST messages/count_tokens");
  const { input_tokens: count } = await client.messages.countTokens({
    model: "claude-sonnet-4-5",
    messages: [{ role: "user", content: "How many tokens are these?" }],
  });
  assert.ok(count > 0);
});

await test("errors have Anthropic's classes and shapes", async () => {
  needsMessages();
  const limit = await errorOf(client.messages.create(ask("[usage limit]")));
  assert.ok(limit instanceof Anthropic.RateLimitError, limit.message);
  assert.deepEqual([limit.error.type, limit.error.error.type], ["error", "rate_limit_error"]);
  assert.match(limit.error.error.message, /Rate limit exceeded/);
  const bad = await errorOf(client.messages.create({ ...ask("Hi"), messages: "Hi" }));
  assert.ok(bad instanceof Anthropic.BadRequestError);
  assert.equal(bad.error.error.type, "invalid_request_error");
  const locked = new Anthropic({ apiKey: "open-sesame", baseURL: `${LOCKED_BASE}/codex`, maxRetries: 0 });
  const denied = await errorOf(locked.messages.create(ask("Hi")));
  assert.ok(denied instanceof Anthropic.AuthenticationError);
  assert.match(denied.message, /No valid OpenAI credentials found/);
  const broken = await errorOf(client.messages.stream(ask("[fail]")).finalMessage());
  assert.ok(broken instanceof Anthropic.AnthropicError, String(broken));
});

await test("an exhausted plan is asked once", async () => {
  needsMessages();
  const { fetch, calls } = spy();
  const patient = new Anthropic({ apiKey: "x", baseURL: `${BASE}/codex`, fetch });
  await errorOf(patient.messages.create(ask("[usage limit]")));
  assert.equal(calls.length, 1);
});

await test("abort ends a stream", async () => {
  needsMessages();
  const stream = client.messages.stream(ask("[stall] messages"));
  stream.on("text", (text) => text.includes("two") && stream.abort());
  assert.ok(await errorOf(stream.finalMessage()) instanceof Anthropic.APIUserAbortError);
});
