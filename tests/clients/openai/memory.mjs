import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, needsRoute, test } from "../harness.mjs";
import { WEATHER } from "../samples.mjs";

const { default: OpenAI } = await load("openai");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const model = "gpt-5";
const MEMORY = "GET responses/:id";

await test("retrieve() gives a stored response, delete() removes it, an unknown id is NotFoundError", async () => {
  needsRoute(MEMORY);
  const made = await client.responses.create({ model, input: "Keep this" });
  const kept = await client.responses.retrieve(made.id);
  assert.deepEqual([kept.id, kept.output_text, kept.status], [made.id, "You said: Keep this", "completed"]);
  assert.deepEqual(kept.output, made.output);
  await client.responses.delete(made.id);
  assert.ok(await errorOf(client.responses.retrieve(made.id)) instanceof OpenAI.NotFoundError);
  assert.ok(await errorOf(client.responses.delete("resp_unknown")) instanceof OpenAI.NotFoundError);
  const notKept = await client.responses.create({ model, input: "Forget this", store: false });
  assert.ok(await errorOf(client.responses.retrieve(notKept.id)) instanceof OpenAI.NotFoundError);
});

await test("previous_response_id continues, and branches from one id do not mix", async () => {
  needsRoute(MEMORY);
  const first = await client.responses.create({ model, input: "My name is Alice" });
  const more = { model, previous_response_id: first.id };
  const left = await client.responses.create({ ...more, input: "[recall] left" });
  const right = await client.responses.stream({ ...more, input: "[recall] right" }).finalResponse();
  assert.equal(left.output_text, "I heard: My name is Alice | [recall] left");
  assert.equal(right.output_text, "I heard: My name is Alice | [recall] right");
  assert.equal(right.previous_response_id, first.id);
  const third = await client.responses.create({ model, previous_response_id: left.id, input: "[recall] on" });
  assert.equal(third.output_text, "I heard: My name is Alice | [recall] left | [recall] on");
  const unknown = await errorOf(
    client.responses.create({ model, previous_response_id: "resp_unknown", input: "Hi" }),
  );
  assert.ok(unknown instanceof OpenAI.APIError && [400, 404].includes(unknown.status), unknown.message);
});

await test("previous_response_id carries a tool's result back", async () => {
  needsRoute(MEMORY);
  const tools = [{ type: "function", strict: false, ...WEATHER }];
  const first = await client.responses.create({ model, input: "[two cities]", tools });
  const calls = first.output.filter(({ type }) => type === "function_call");
  const second = await client.responses.create({
    model,
    tools,
    previous_response_id: first.id,
    input: calls.map(({ call_id }) => ({ type: "function_call_output", call_id, output: "sun" })),
  });
  assert.equal(second.output_text, "The tool said: sun and sun");
});

await test("inputItems.list() gives what was asked", async () => {
  needsRoute("GET responses/:id/input_items");
  const made = await client.responses.create({ model, input: [{ role: "user", content: "One" }] });
  const items = await gather(client.responses.inputItems.list(made.id));
  assert.deepEqual(items.map(({ type, role }) => [type, role]), [["message", "user"]]);
  assert.deepEqual(items[0].content, [{ type: "input_text", text: "One" }]);
});

await test("inputTokens.count() estimates", async () => {
  needsRoute("POST responses/input_tokens");
  const counted = await client.responses.inputTokens.count({ model, input: "How many tokens are these?" });
  assert.equal(counted.object, "response.input_tokens");
  assert.ok(counted.input_tokens > 0);
});

await test("compact() gives a shorter input that is taken again", async () => {
  needsRoute("POST responses/compact");
  const compacted = await client.responses.compact({ model, input: "Hello" });
  assert.ok(Array.isArray(compacted.output));
  const answer = await client.responses.create({
    model,
    input: [...compacted.output, { role: "user", content: "And now?" }],
  });
  assert.equal(answer.output_text, "You said: And now?");
});

await test("background responses are polled and cancelled", async () => {
  needsRoute("POST responses/:id/cancel");
  const started = await client.responses.create({ model, input: "Take your time", background: true });
  assert.ok(["queued", "in_progress", "completed"].includes(started.status));
  let found = started;
  for (let i = 0; i < 100 && ["queued", "in_progress"].includes(found.status); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = await client.responses.retrieve(started.id);
  }
  assert.deepEqual([found.status, found.output_text], ["completed", "You said: Take your time"]);
  const endless = await client.responses.create({ model, input: "[stall] background", background: true });
  assert.equal((await client.responses.cancel(endless.id)).status, "cancelled");
});

await test("conversations are made, used, listed and deleted", async () => {
  needsRoute("POST conversations");
  const conversation = await client.conversations.create({ metadata: { topic: "demo" } });
  assert.equal(conversation.object, "conversation");
  const ask = (input) => client.responses.create({ model, input, conversation: conversation.id });
  await ask("My name is Bob");
  assert.equal((await ask("[recall]")).output_text, "I heard: My name is Bob | [recall]");
  const items = await gather(client.conversations.items.list(conversation.id, { order: "asc" }));
  assert.deepEqual(items.map(({ role }) => role), ["user", "assistant", "user", "assistant"]);
  await client.conversations.items.create(conversation.id, {
    items: [{ type: "message", role: "user", content: "Added" }],
  });
  assert.equal(
    (await ask("[recall] 2")).output_text,
    "I heard: My name is Bob | [recall] | Added | [recall] 2",
  );
  assert.equal((await client.conversations.retrieve(conversation.id)).metadata.topic, "demo");
  await client.conversations.update(conversation.id, { metadata: { topic: "changed" } });
  assert.equal((await client.conversations.delete(conversation.id)).deleted, true);
  assert.ok(await errorOf(client.conversations.retrieve(conversation.id)) instanceof OpenAI.NotFoundError);
});

await test("a session in the path remembers, another one does not", async () => {
  needsRoute(MEMORY);
  const inSession = (id) => new OpenAI({ apiKey: "x", baseURL: `${BASE}/codex/${id}/v1` });
  const ask = async (id, content) => {
    const answer = await inSession(id).chat.completions.create({
      model,
      messages: [{ role: "user", content }],
    });
    return answer.choices[0].message.content;
  };
  await ask("alice-1", "My name is Alice");
  assert.equal(await ask("alice-1", "[recall]"), "I heard: My name is Alice | [recall]");
  assert.equal(await ask("bob-1", "[recall]"), "I heard: [recall]");
});

await test("a session whose client resends everything is not doubled", async () => {
  needsRoute(MEMORY);
  const session = new OpenAI({
    apiKey: "x",
    baseURL: `${BASE}/codex/v1`,
    defaultHeaders: { session_id: "whole-1" },
  });
  const messages = [{ role: "user", content: "Hello" }];
  const first = await session.chat.completions.create({ model, messages });
  messages.push(first.choices[0].message, { role: "user", content: "[recall]" });
  const second = await session.chat.completions.create({ model, messages });
  assert.equal(second.choices[0].message.content, "I heard: Hello | [recall]");
});
