import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, listAt } from "../../src/wire/json.ts";
import { foldMessages } from "../dialects/messages/fold_messages.ts";
import { reasoningAnswer, textAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { type Program, startProgram } from "../program.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { post, withProgram } from "./setup.ts";

const MESSAGES = "/v1/messages";
const TOOL = { name: "weather", description: "…", input_schema: { type: "object", properties: {} } };
const BEGIN = {
  model: "claude-sonnet-4-5",
  max_tokens: 1000,
  system: "Be brief.",
  tools: [TOOL],
  messages: [{ role: "user", content: "My name is Alice" }],
  thread: { type: "create" },
};

function goOn(previous: unknown, text: string, more: JsonObject = {}): JsonObject {
  return {
    model: "claude-sonnet-4-5",
    max_tokens: 1000,
    messages: [{ role: "user", content: text }],
    thread: { type: "continue", previous_message_id: previous },
    ...more,
  };
}

async function ask(program: Program, body: JsonObject, key?: string): Promise<JsonObject> {
  const headers = { "anthropic-version": "2023-06-01", ...(key === undefined ? {} : { "x-api-key": key }) };
  const response = await post(program, MESSAGES, body, { headers });
  const text = await response.text();
  const folded = body["stream"] === true && response.ok ? foldMessages(text) : undefined;
  assert(folded === undefined || "message" in folded);
  return { ...(folded?.message ?? JSON.parse(text)), status: response.status };
}

/** What the model read last: the words of each message, without ccproxy's own prompt. */
function lastRead(backend: FakeBackend): unknown[] {
  const body = backend.asks().at(-1)?.json;
  const items = (isRecord(body) ? listAt(body, "input") ?? [] : []).filter(isRecord);
  return items.filter((item) => item["type"] === "message").map((item) => {
    const text = (listAt(item, "content") ?? []).map((part) => isRecord(part) ? part["text"] : "").join("");
    return `${item["role"]}: ${text}`;
  }).filter((text) => !/^developer: You are a capable/.test(text));
}

for (const stream of [false, true]) {
  Deno.test(`translation 109: a thread goes on from the id of an answer, ${stream ? "streamed" : "whole"}`, async () => {
    await withProgram(async ({ program, backend }) => {
      backend.answer({ events: reasoningAnswer(["Hm"], ["Hello Alice"], { seed: "7" }) });
      const first = await ask(program, { ...BEGIN, stream });
      backend.answer({ events: textAnswer(["You are Alice"]) });
      const second = await ask(program, goOn(first["id"], "Who am I?", { stream }));
      assertEquals(second["status"], 200);
      backend.answer({ events: textAnswer(["Bye"]) });
      await ask(program, goOn(second["id"], "Thanks", { stream }));
      assertEquals(lastRead(backend), [
        "developer: Be brief.",
        "user: My name is Alice",
        "assistant: Hello Alice",
        "user: Who am I?",
        "assistant: You are Alice",
        "user: Thanks",
      ]);
      const keys = backend.asks().map(({ json }) => isRecord(json) ? json["prompt_cache_key"] : undefined);
      assertEquals(new Set(keys).size, 1, "one conversation is one cache key");
      const tools = backend.asks().map(({ json }) => JSON.stringify(json).includes('"weather"'));
      assertEquals(tools, [true, true, true]);
      assertEquals(backend.refusals(), []);
    });
  });
}

Deno.test("translation 109: an answer that two requests go on from is two branches", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const first = await ask(program, BEGIN);
    await ask(program, goOn(first["id"], "Left"));
    await ask(program, goOn(first["id"], "Right"));
    const read = lastRead(backend);
    assert(read.includes("user: Right") && !read.includes("user: Left"));
  });
});

Deno.test("translation 110: a thread that is not kept, or another owner's, is told so that SDKs send the whole", async () => {
  await using backend = await startFakeBackend();
  backend.setDefault({ events: textAnswer(["Hello"]) });
  const home = await Deno.makeTempDir();
  const credentials = authJson(makeTokens());
  const as = async (key: string, body: JsonObject) => {
    await using program = await startProgram({
      backend,
      home,
      credentials,
      args: ["serve", "--port", "0", "--api-key", key],
    });
    return await ask(program, body, key);
  };
  try {
    const { id } = await as("key-of-one", BEGIN);
    for (
      const { status, error } of [
        await as("key-of-one", goOn("msg_nothing", "Hi")),
        await as("key-of-two", goOn(id, "Hi")),
      ]
    ) {
      assert(isRecord(error));
      assertEquals([status, error["type"], error["details"]], [404, "not_found_error", {
        error_code: "thread_not_found",
      }]);
    }
    assertEquals(backend.asks().length, 1);
    assertEquals((await as("key-of-one", goOn(id, "Hi")))["status"], 200, "it survives the program");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("translation 110: an answer that did not end well is nothing to go on from", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello"]).slice(0, -1) });
    const cut = await post(program, MESSAGES, { ...BEGIN, stream: true });
    const id = /"id":"(msg_[^"]+)"/.exec(await cut.text())?.[1];
    assertEquals((await ask(program, goOn(id, "Hi")))["status"], 404);
  });
});

Deno.test("translation 111: system and tools belong to the thread; others are refused, its own may be said again", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const { id } = await ask(program, BEGIN);
    const same = await ask(program, goOn(id, "Hi", { system: "Be brief.", tools: [{ ...TOOL }] }));
    assertEquals(same["status"], 200);
    for (const more of [{ system: "Be long." }, { tools: [] }]) {
      const { status, error } = await ask(program, goOn(id, "Hi", more));
      assert(isRecord(error));
      assertEquals([status, error["details"]], [400, { error_code: "thread_fingerprint_mismatch" }]);
    }
    for (const thread of [{ type: "fork" }, { type: "continue" }, "create"]) {
      assertEquals((await ask(program, { ...BEGIN, thread }))["status"], 400);
    }
  });
});

Deno.test("translation 111: count_tokens with a thread counts the whole", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const { id } = await ask(program, BEGIN);
    const count = async (body: JsonObject) =>
      (await (await post(program, `${MESSAGES}/count_tokens`, body)).json())["input_tokens"];
    const { thread: _, ...begin } = BEGIN;
    const whole = await count({
      ...begin,
      messages: [...begin.messages, { role: "assistant", content: "Hello" }, { role: "user", content: "Hi" }],
    });
    assertEquals(await count(goOn(id, "Hi")), whole);
  });
});
