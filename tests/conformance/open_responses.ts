/** The Open Responses cases: whole answers against the schema, streams against the schema and the rules of order. */
import { assert, assertEquals } from "@std/assert";
import type { Client, Stage } from "../clients/client.ts";
import { type OwnCase, runCases } from "../clients/process.ts";
import { RESPONSE_RESOURCE } from "./response_resource.ts";
import { integer, isObject, nullOr, object, text } from "./shape.ts";
import { socketCases } from "./open_responses_sockets.ts";
import { readFrames, streamFaults } from "./stream_order.ts";

/** The client: this program itself, as strict as the specification. */
export const OPEN_RESPONSES: Client = {
  name: "open-responses",
  title: "Open Responses schema",
  version: "2026-11",
  features: "response objects, items, usage, order of stream events, errors, the seven cases over WebSocket",
  async *run(stage) {
    yield* runCases("open-responses", cases(stage), stage);
  },
};

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

const TOOLS = [{ type: "function", name: "get_weather", parameters: { type: "object", properties: {} } }];

/** Requests, and what the answer must have: the type of each entry of `output`, and its status. */
const REQUESTS: readonly {
  name: string;
  body: Record<string, unknown>;
  output: readonly string[];
  status?: string;
}[] = [
  { name: "text", body: { input: "Hello" }, output: ["message"] },
  {
    name: "instructions and several turns",
    body: {
      instructions: "Be short",
      input: [
        { type: "message", role: "system", content: "You are a pirate" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Ahoy" }] },
        { type: "message", role: "user", content: "And now?" },
      ],
    },
    output: ["message"],
  },
  {
    name: "an image",
    body: {
      input: [{
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "What is it?" },
          { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" },
        ],
      }],
    },
    output: ["message"],
  },
  {
    name: "reasoning",
    body: { input: "[think]", reasoning: { effort: "low", summary: "auto" } },
    output: ["reasoning", "message"],
  },
  { name: "a tool call", body: { input: "[weather]", tools: TOOLS }, output: ["reasoning", "function_call"] },
  {
    name: "two tool calls at once",
    body: { input: "[two cities]", tools: TOOLS, tool_choice: "auto", parallel_tool_calls: true },
    output: ["reasoning", "function_call", "function_call"],
  },
  {
    name: "a tool's result",
    body: {
      tools: TOOLS,
      input: [
        { role: "user", content: "[weather]" },
        { type: "function_call", call_id: "call_1", name: "get_weather", arguments: "{}" },
        { type: "function_call_output", call_id: "call_1", output: "rain" },
      ],
    },
    output: ["message"],
  },
  {
    name: "structured output",
    body: {
      input: "[json]",
      text: { format: { type: "json_schema", name: "place", strict: true, schema: SCHEMA } },
    },
    output: ["reasoning", "message"],
  },
  { name: "a refusal", body: { input: "[refuse]" }, output: ["message"] },
  {
    name: "an answer cut by the backend",
    body: { input: "[incomplete]" },
    output: ["message"],
    status: "incomplete",
  },
  {
    name: "an answer cut by its limit",
    body: { input: "[story]", max_output_tokens: 16 },
    output: ["message"],
    status: "incomplete",
  },
  {
    name: "a web search",
    body: { input: "[search]", tools: [{ type: "web_search" }] },
    output: ["web_search_call", "message"],
  },
  {
    name: "parameters that the backend lacks",
    body: {
      input: "Hello",
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 0.1,
      frequency_penalty: 0.1,
      metadata: { run: "1" },
      truncation: "auto",
      max_tool_calls: 3,
      safety_identifier: "person-1",
      prompt_cache_key: "key-1",
      service_tier: "auto",
      store: false,
    },
    output: ["message"],
  },
];

function cases(stage: Stage): OwnCase[] {
  return [...httpCases(stage), ...socketCases(stage)];
}

function httpCases({ program }: Stage): OwnCase[] {
  const post = (body: unknown) =>
    fetch(`${program.url}/codex/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const whole = REQUESTS.map(({ name, body, output, status = "completed" }): OwnCase => ({
    name,
    async run() {
      const answer = await (await post({ model: "gpt-5.5", ...body })).json();
      assertEquals(RESPONSE_RESOURCE(answer, "response"), [], JSON.stringify(answer));
      assertEquals([answer.output.map(typeOf), answer.status], [output, status]);
    },
  }));
  const streamed = REQUESTS.map(({ name, body, output, status = "completed" }): OwnCase => ({
    name: `${name}, streamed`,
    async run() {
      const stream = await (await post({ model: "gpt-5.5", stream: true, ...body })).text();
      assertEquals(streamFaults(stream), [], stream);
      const { response } = readFrames(stream).at(-1)?.event ?? {};
      assert(isObject(response) && Array.isArray(response["output"]));
      assertEquals([response["output"].map(typeOf), response["status"]], [output, status]);
    },
  }));
  return [...whole, ...streamed, {
    name: "a failure in mid-stream has the error's keys at both levels, and nothing follows",
    async run() {
      const stream = await (await post({ model: "gpt-5.5", stream: true, input: "[cut]" })).text();
      const last = readFrames(stream).at(-1)?.event ?? {};
      if (last["type"] === "response.failed") {
        assertEquals(RESPONSE_RESOURCE(last["response"], "response"), [], stream);
      } else {
        const error = { type: text, code: nullOr(text), message: text, param: nullOr(text) };
        assertEquals(
          object({ ...error, error: object(error), sequence_number: integer })(last, "error"),
          [],
          stream,
        );
      }
    },
  }, {
    name: "a refused request has OpenAI's error shape",
    async run() {
      const response = await post({ model: "gpt-5.5", input: 7 });
      const error = object({ message: text, type: text, param: nullOr(text), code: nullOr(text) });
      assertEquals([response.status, object({ error })(await response.json(), "body")], [400, []]);
    },
  }];
}

function typeOf(item: unknown): unknown {
  return isObject(item) ? item["type"] : item;
}
