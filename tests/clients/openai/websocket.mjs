import assert from "node:assert/strict";
import { BASE, load, LOCKED_BASE, test } from "../harness.mjs";

const { default: OpenAI } = await load("openai");
const { ResponsesWS } = await load("openai/resources/responses/ws");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const model = "gpt-5";

const open = [];

/** A socket, and its messages up to the end of an answer. */
function connect(options = {}) {
  const socket = new ResponsesWS(options.client ?? client, options.ws);
  open.push(socket);
  const events = [];
  const waiting = [];
  const take = (event) => {
    events.push(event);
    waiting.forEach((look) => look());
  };
  socket.on("event", take);
  // Without a listener the SDK throws where nobody catches.
  socket.on("error", (error) => take({ type: "sdk.error", error }));
  return {
    socket,
    events,
    until: (isEnd) =>
      new Promise((resolve) => {
        const look = () => events.some(isEnd) && resolve(events);
        waiting.push(look);
        look();
      }),
  };
}

const isCompleted = ({ type }) => type === "response.completed";

await test("ResponsesWS: a request and its events", async () => {
  const { socket, until } = connect();
  socket.send({ type: "response.create", model, input: "Hello there" });
  const events = await until(isCompleted);
  assert.equal(events[0].type, "response.created");
  const [{ sequence_number: first }] = events;
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, index) => first + index));
  assert.equal(events.at(-1).response.output[0].content[0].text, "You said: Hello there");
});

await test("ResponsesWS: previous_response_id with store false, on the same socket", async () => {
  const { socket, events, until } = connect();
  socket.send({ type: "response.create", model, input: "the word is fig", store: false });
  const first = (await until(isCompleted)).at(-1).response.id;
  socket.send({
    type: "response.create",
    model,
    input: "[recall]",
    store: false,
    previous_response_id: first,
  });
  await until((event) => isCompleted(event) && event.response.id !== first);
  const { response } = events.at(-1);
  assert.equal(response.output[0].content[0].text, "I heard: the word is fig | [recall]");
  assert.equal(response.previous_response_id, first);
});

await test("ResponsesWS: an error leaves the socket open", async () => {
  const { socket, until } = connect();
  socket.send({ type: "response.create", model, input: "x", previous_response_id: "resp_none" });
  const [failure] = await until(({ type }) => type === "sdk.error");
  assert.match(String(failure.error.message), /resp_none/);
  socket.send({ type: "response.create", model, input: "Hello" });
  const events = await until(isCompleted);
  assert.equal(events.at(-1).response.output[0].content[0].text, "You said: Hello");
});

await test("ResponsesWS: two requests at once are answered one after the other", async () => {
  const { socket, events, until } = connect();
  socket.send({ type: "response.create", model, input: "one" });
  socket.send({ type: "response.create", model, input: "two" });
  await until((event) => isCompleted(event) && events.filter(isCompleted).length === 2);
  const order = events.filter(({ type }) => type === "response.created" || isCompleted({ type })).map((
    { type },
  ) => type);
  assert.deepEqual(order, [
    "response.created",
    "response.completed",
    "response.created",
    "response.completed",
  ]);
});

await test("ResponsesWS: a wrong key is refused before the upgrade", async () => {
  const locked = new OpenAI({ apiKey: "wrong", baseURL: `${LOCKED_BASE}/codex/v1` });
  const { until } = connect({ client: locked });
  const [failure] = await until(({ type }) => type === "sdk.error");
  assert.match(String(failure.error.message) + String(failure.error.cause ?? ""), /401/);
});

open.forEach((socket) => socket.close());
