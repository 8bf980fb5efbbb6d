import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, LOCKED_BASE, spy, test } from "../harness.mjs";

const { default: OpenAI } = await load("openai");
const model = "gpt-5";
const chat = (content, more = {}) => ({ model, messages: [{ role: "user", content }], ...more });

/** A client, and what it fetched. */
function watched(options = {}) {
  const { fetch, calls } = spy();
  const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1`, fetch, ...options });
  return { client, calls };
}

await test("401: a wrong key and missing credentials are AuthenticationError, never repeated", async () => {
  const wrong = watched({ baseURL: `${LOCKED_BASE}/codex/v1`, apiKey: "guess" });
  const denied = await errorOf(wrong.client.chat.completions.create(chat("Hi")));
  assert.ok(denied instanceof OpenAI.AuthenticationError);
  assert.equal(wrong.calls.length, 1);
  const right = watched({ baseURL: `${LOCKED_BASE}/codex/v1`, apiKey: "open-sesame" });
  const missing = await errorOf(right.client.responses.create({ model, input: "Hi" }));
  assert.ok(missing instanceof OpenAI.AuthenticationError);
  assert.match(missing.message, /No valid OpenAI credentials found/);
  assert.match(missing.message, /ccproxy auth login-openai/);
  assert.equal(right.calls.length, 1);
});

await test("404: an unknown model, an unknown route and an unknown model's details are NotFoundError", async () => {
  const { client } = watched();
  const unknown = await errorOf(client.chat.completions.create(chat("Hi", { model: "no-such-model" })));
  assert.ok(unknown instanceof OpenAI.NotFoundError, unknown.message);
  assert.match(unknown.message, /Model not available/);
  assert.equal(unknown.param, "model");
  assert.ok(await errorOf(client.models.retrieve("no-such-model")) instanceof OpenAI.NotFoundError);
  assert.ok(await errorOf(client.get("/no/such/route")) instanceof OpenAI.NotFoundError);
});

await test("400: a bad body is BadRequestError naming the parameter", async () => {
  const { client } = watched();
  const error = await errorOf(client.responses.create({ model, input: 7 }));
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.deepEqual([error.type, error.param], ["invalid_request_error", "input"]);
});

await test("429: an exhausted plan is RateLimitError, asked once, says when it ends", async () => {
  for (const stream of [false, true]) {
    const { client, calls } = watched();
    const error = await errorOf(client.chat.completions.create(chat("[usage limit]", { stream })));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.match(error.message, /Rate limit exceeded/);
    assert.deepEqual([error.type, error.code], ["rate_limit_error", "usage_limit_reached"]);
    assert.deepEqual([error.headers.get("retry-after"), error.headers.get("x-should-retry")], [
      "7200",
      "false",
    ]);
    assert.equal(calls.length, 1);
  }
});

await test("429: a short limit is repeated after retry-after", async () => {
  const { client, calls } = watched();
  const answer = await client.chat.completions.create(chat("[429 once] a"));
  assert.equal(answer.choices[0].message.content, "You said: [429 once] a");
  assert.equal(calls.length, 2);
  const always = watched({ maxRetries: 1 });
  const error = await errorOf(always.client.responses.create({ model, input: "[429]" }));
  assert.ok(error instanceof OpenAI.RateLimitError);
  assert.equal(error.headers.get("retry-after"), "1");
  assert.equal(always.calls.length, 2);
});

await test("5xx: a backend in trouble is InternalServerError, and the long wait is the SDK's", async () => {
  for (const tag of ["[500]", "[503]"]) {
    const { client, calls } = watched();
    const error = await errorOf(client.chat.completions.create(chat(tag)));
    assert.ok(error instanceof OpenAI.InternalServerError, `${tag} ${error.status} ${error.message}`);
    if (tag === "[503]") assert.equal(calls.length, 3);
  }
});

await test("a failure after the first words throws, in every form", async () => {
  const { client } = watched({ maxRetries: 0 });
  for (const tag of ["[fail]", "[cut]"]) {
    const tries = {
      "chat streamed": async () => gather(await client.chat.completions.create(chat(tag, { stream: true }))),
      "chat helper": () => client.chat.completions.stream(chat(tag)).finalContent(),
      chat: () => client.chat.completions.create(chat(tag)),
      "responses helper": () => client.responses.stream({ model, input: tag }).finalResponse(),
    };
    for (const [name, run] of Object.entries(tries)) {
      // The helper gives a failed response as it is: its status says so.
      const result = await run().then((value) => value?.status ?? "given", (error) => error);
      if (name === "responses helper" && result === "failed") continue;
      assert.ok(result instanceof OpenAI.OpenAIError, `${tag} ${name}: ${result}`);
    }
  }
});

await test("abort ends a stream and a waiting request", async () => {
  const { client } = watched({ maxRetries: 0 });
  const stream = await client.chat.completions.create(chat("[stall] chat", { stream: true }));
  let text = "";
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    if (text.includes("two")) break;
  }
  assert.equal(text, "One two");
  const runner = client.responses.stream({ model, input: "[stall] responses" });
  runner.on("response.output_text.delta", ({ delta }) => delta.includes("two") && runner.abort());
  assert.ok(await errorOf(runner.finalResponse()) instanceof OpenAI.APIUserAbortError);
  for (const input of ["[stall] whole", "[stall at once] whole"]) {
    const controller = new AbortController();
    const waiting = client.responses.create({ model, input }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    assert.ok(await errorOf(waiting) instanceof OpenAI.APIUserAbortError);
  }
});

await test("a client's own time limit is APIConnectionTimeoutError", async () => {
  const { client } = watched({ maxRetries: 0, timeout: 300 });
  const error = await errorOf(client.chat.completions.create(chat("[stall at once] timeout")));
  assert.ok(error instanceof OpenAI.APIConnectionTimeoutError);
});
