import { assert, assertEquals, assertRejects } from "@std/assert";
import * as zlib from "node:zlib";
import { DEMO_TOKEN } from "../../src/demo/demo_fetch.ts";
import { readLimitHeaders, readUsage } from "../../src/upstream/rate_limits.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { demoFetch, eventsOf, NOW_MS, outputOf, readEvents, sendAsk, textOf, user } from "./demo_upstream.ts";

const BASE = "https://demo.invalid/backend-api/codex";
const AUTH = { authorization: `Bearer ${DEMO_TOKEN}`, "chatgpt-account-id": DEMO_TOKEN };
const WEATHER = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  strict: false,
};
const ADD = {
  type: "function",
  name: "add",
  parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
  strict: false,
};

const REFUSED: Readonly<Record<string, readonly [JsonObject, string]>> = {
  "an unknown key": [{ temperature: 1 }, "Unsupported parameter: temperature"],
  "store true": [{ store: true }, "Store must be set to false"],
  "stream false": [{ stream: false }, "Stream must be set to true"],
  "a text as input": [{ input: "hi" }, "Input must be a list"],
  "a system item": [{ input: [{ role: "system", content: "x" }] }, "System messages are not allowed"],
  "a model nobody has": [
    { model: "gpt-99" },
    "The 'gpt-99' model is not supported when using Codex with a ChatGPT account.",
  ],
  "thoughts of the real backend": [
    { input: [{ type: "reasoning", summary: [], encrypted_content: "gAAAAABreal" }, user("hi")] },
    "The encrypted content gAAA...real could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
  ],
  "an output without its call": [
    { input: [user("hi"), { type: "function_call_output", call_id: "c1", output: "1" }] },
    "No tool call found for function call output with call_id c1.",
  ],
};

for (const [name, [changes, message]] of Object.entries(REFUSED)) {
  Deno.test(`createDemoFetch() refuses ${name} as the backend does`, async () => {
    const answer = await sendAsk(changes);
    assert(!answer.ok);
    const { detail, error } = JSON.parse(answer.refusal.body);
    assertEquals([answer.refusal.status, detail ?? error.message], [400, message]);
  });
}

Deno.test("createDemoFetch() takes no token but its own, so that a real one is never of use there", async () => {
  const answer = await demoFetch()(`${BASE}/models`, { headers: { authorization: "Bearer real" } });
  assertEquals([answer.status, await answer.json()], [401, { detail: "Unauthorized" }]);
});

Deno.test("createDemoFetch() has no other routes", async () => {
  const answer = await demoFetch()(`${BASE}/memories`, { method: "POST", headers: AUTH, body: "{}" });
  assertEquals([answer.status, await answer.json()], [404, { detail: "Not Found" }]);
});

Deno.test("createDemoFetch() tells an answer as the backend does: numbered events, deltas that join to the text, an empty output at the end", async () => {
  const events = await eventsOf({ input: [user("say one two")] });
  assertEquals(events.map(({ sequence_number }) => sequence_number), events.map((_, index) => index));
  assertEquals(events.map(({ type }) => type), [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  const deltas = events.filter(({ type }) => type === "response.output_text.delta").map(({ delta }) => delta);
  assertEquals(deltas, ["one", " two"]);
  const last = events.at(-1)?.["response"] as JsonObject;
  assertEquals([last["model"], last["output"], last["status"]], ["gpt-5.5-demo", [], "completed"]);
});

Deno.test("createDemoFetch() answers the same requests in the same order with the same bytes, each with ids of its own", async () => {
  const run = async () => {
    const fetch = demoFetch();
    return [
      await eventsOf({ input: [user("hello")] }, fetch),
      await eventsOf({ input: [user("hello")] }, fetch),
    ];
  };
  const [first, second] = [await run(), await run()];
  assertEquals(first, second);
  const [a, b] = first.map((events) => (events[0]?.["response"] as JsonObject)["id"]);
  assert(a !== b);
});

const TEXTS: Readonly<Record<string, readonly [string, string]>> = {
  counts: ["Please count to 5.", "1, 2, 3, 4, 5"],
  "counts down": ["count from 3 to 1", "3, 2, 1"],
  "says what it is told": ["Say hello", "hello"],
  "says it without the quotes": ['Please say "Hi there!".', "Hi there!"],
  "replies exactly": ["You are a test.\nReply with exactly: pong", "pong"],
  "echoes, and says that it is a demo": [
    "Hello",
    'You said: Hello\n\nThis is the demo of ccproxy: no model was asked. Try "count to 5" or "say hello".',
  ],
  "knows when nothing was said": [" ", "You said nothing that the demo can read."],
};

for (const [name, [said, answer]] of Object.entries(TEXTS)) {
  Deno.test(`createDemoFetch() ${name}`, async () =>
    assertEquals(await textOf({ input: [user(said)] }), answer));
}

Deno.test("createDemoFetch() knows what the conversation holds", async () => {
  const before = [user("My name is Alice"), { role: "assistant", content: "Hello." }];
  assertEquals(await textOf({ input: [...before, user("What's my name?")] }), "Your name is Alice.");
  assertEquals(
    await textOf({ input: [...before, user("What did I say?")] }),
    "Before this you said: My name is Alice",
  );
});

Deno.test("createDemoFetch() calls the tools that the prompt names, with arguments from it", async () => {
  const said = user("Use get weather for Paris, and call add with 2 and 40");
  const calls = (await outputOf({ input: [said], tools: [WEATHER, ADD] })).filter(({ type }) =>
    type === "function_call"
  );
  assertEquals(calls.map(({ name, arguments: text }) => [name, text]), [
    ["get_weather", '{"city":"Paris"}'],
    ["add", '{"a":2,"b":40}'],
  ]);
});

Deno.test("createDemoFetch() calls one tool at a time where parallel calls are switched off", async () => {
  const call = { type: "function_call", call_id: "c1", name: "get_weather", arguments: "{}" };
  const result = { type: "function_call_output", call_id: "c1", output: "rain" };
  const ask = { tools: [WEATHER, ADD], parallel_tool_calls: false };
  const namesOf = async (input: JsonObject[]) =>
    (await outputOf({ ...ask, input })).filter(({ type }) => type === "function_call").map(({ name }) =>
      name
    );
  const said = user("get_weather in Rome, then call add with 1 and 2");
  assertEquals(await namesOf([said]), ["get_weather"]);
  assertEquals(await namesOf([said, call, result]), ["add"]);
});

Deno.test("createDemoFetch() tells what the tool answered", async () => {
  const call = { type: "function_call", call_id: "c1", name: "get_weather", arguments: "{}" };
  const result = { type: "function_call_output", call_id: "c1", output: "12 degrees" };
  const text = await textOf({ tools: [WEATHER], input: [user("get_weather in Rome"), call, result] });
  assertEquals(text, "The tool get_weather answered: 12 degrees");
});

Deno.test("createDemoFetch() calls a tool named by one plain word only when it is called", async () => {
  const tools = [{ ...ADD, name: "Write" }];
  const typesOf = async (said: string) =>
    (await outputOf({ input: [user(said)], tools })).map(({ type }) => type);
  assertEquals(await typesOf("Write a story"), ["reasoning", "message"]);
  assertEquals(await typesOf("use the Write tool"), ["reasoning", "function_call"]);
});

Deno.test("createDemoFetch() reads what the user said, not what an agent added to it", async () => {
  const content = [
    { type: "input_text", text: "<system-reminder>say no</system-reminder>" },
    { type: "input_text", text: "say yes <environment_context>a</environment_context>" },
  ];
  assertEquals(await textOf({ input: [user(content)] }), "yes");
});

Deno.test("createDemoFetch() comes to an end with long prompts of one piece again and again", async () => {
  for (const piece of ["\n", " ", "<system-reminder>", "'", "A ", "say ", ". ", '"', "9", "count to "]) {
    // Quadratic time would be minutes here.
    await outputOf({ input: [user(piece.repeat(200_000 / piece.length))], tools: [WEATHER] });
  }
});

Deno.test("createDemoFetch() lists the tools that it was given", async () => {
  const input = [user("What tools do you have?")];
  assertEquals(
    await textOf({ tools: [WEATHER, ADD], input }),
    "This request brought the tools get_weather, add.",
  );
  assertEquals(await textOf({ input }), "This request brought no tools.");
});

Deno.test("createDemoFetch() heeds tool_choice", async () => {
  const namesOf = async (choice: unknown) =>
    (await outputOf({ input: [user("get_weather")], tools: [WEATHER, ADD], tool_choice: choice }))
      .filter(({ type }) => type === "function_call").map(({ name }) => name);
  assertEquals(await namesOf("none"), []);
  assertEquals(await namesOf({ type: "function", name: "add" }), ["add"]);
  assertEquals(await namesOf("required"), ["get_weather"]);
});

Deno.test("createDemoFetch() finds the tools of the lite lane, in their namespace", async () => {
  const tools = [{ type: "namespace", name: "home", tools: [WEATHER] }];
  const output = await outputOf({
    model: "gpt-6.1-sol",
    input: [{ type: "additional_tools", role: "developer", tools }, user("get_weather in Oslo")],
    parallel_tool_calls: false,
    reasoning: { context: "all_turns" },
  });
  const call = output.find(({ type }) => type === "function_call");
  assertEquals([call?.["name"], call?.["namespace"], call?.["arguments"]], [
    "get_weather",
    "home",
    '{"city":"Oslo"}',
  ]);
});

Deno.test("createDemoFetch() calls a custom tool with the text in quotes", async () => {
  const output = await outputOf({
    input: [user('run_code with "print(1)"')],
    tools: [{ type: "custom", name: "run_code" }],
  });
  const call = output.find(({ type }) => type === "custom_tool_call");
  assertEquals([call?.["name"], call?.["input"]], ["run_code", "print(1)"]);
});

Deno.test("createDemoFetch() fills a JSON schema and a JSON object", async () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, age: { type: "integer" } },
    required: ["name", "age"],
    additionalProperties: false,
  };
  const format = { type: "json_schema", name: "person", schema, strict: true };
  const person = await textOf({ input: [user("the person is Jane, 54 years old")], text: { format } });
  assertEquals(JSON.parse(person), { name: "Jane", age: 54 });
  const object = await textOf({
    input: [user("some json please")],
    text: { format: { type: "json_object" } },
  });
  assertEquals(JSON.parse(object), { demo: true, said: "some json please" });
});

Deno.test("createDemoFetch() thinks aloud when it is asked to, and takes its thoughts back", async () => {
  const fetch = demoFetch();
  const reasoning = { effort: "high", summary: "auto" };
  const [thoughts] = await outputOf({ input: [user("Hello")], reasoning }, fetch);
  assertEquals(thoughts?.["summary"], [{
    type: "summary_text",
    text: "**Reading the prompt**\n\nThe message has 1 word. It needs no tool, so I answer.",
  }]);
  const { encrypted_content, summary } = thoughts ?? {};
  const input = [user("Hello"), { type: "reasoning", summary, encrypted_content }, user("say hi")];
  assertEquals(await textOf({ input }, fetch), "hi");
});

Deno.test("createDemoFetch() thinks in silence where no summary is asked for", async () => {
  const [first] = await outputOf({ input: [user("Hello")] });
  assertEquals([first?.["type"], first?.["summary"]], ["reasoning", []]);
});

Deno.test("createDemoFetch() describes pictures and files", async () => {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";
  const content = [
    { type: "input_text", text: "what is this?" },
    { type: "input_image", image_url: `data:image/png;base64,${png}` },
    { type: "input_image", image_url: "https://example.com/a.png" },
    { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,aGVsbG8=" },
  ];
  assertEquals(
    await textOf({ input: [user(content)] }),
    [
      "I see a PNG picture, 1 × 1 pixels, 67 bytes.",
      "I see a picture at example.com, which the demo does not fetch.",
      'I see a file "a.pdf", 5 bytes.',
    ].join("\n"),
  );
});

Deno.test("createDemoFetch() compacts, and takes the compaction back", async () => {
  const fetch = demoFetch();
  const output = await outputOf({ input: [user("hi"), { type: "compaction_trigger" }] }, fetch);
  assertEquals(output.map(({ type }) => type), ["compaction"]);
  const { encrypted_content } = output[0] ?? {};
  const input = [{ type: "compaction", encrypted_content }, user("say hi")];
  assertEquals(await textOf({ input }, fetch), "hi");
});

Deno.test("createDemoFetch() searches and draws when the hosted tools are named", async () => {
  const tools = [{ type: "web_search" }, { type: "image_generation" }];
  const output = await outputOf({ input: [user('search the web for "Deno"; image generation')], tools });
  assertEquals(output.map(({ type }) => type), [
    "reasoning",
    "web_search_call",
    "image_generation_call",
    "message",
  ]);
});

Deno.test("createDemoFetch() has limits that move with use, and that begin anew with their window", async () => {
  let nowMs = NOW_MS;
  const fetch = demoFetch({ nowMs: () => nowMs });
  const used = async () => {
    const answer = await fetch("https://demo.invalid/backend-api/wham/usage", { headers: AUTH });
    return readUsage(await answer.json(), nowMs)?.windows.map((
      { label, usedPercent },
    ) => [label, usedPercent]);
  };
  assertEquals(await used(), [["5 h", 0], ["weekly", 0]]);
  const answer = await sendAsk({ input: [user("word ".repeat(2000))] }, fetch);
  assert(answer.ok);
  const told =
    readLimitHeaders(answer.response.headers, nowMs)?.windows.map(({ usedPercent }) => usedPercent) ?? [];
  await answer.response.body?.cancel();
  assert((told[0] ?? 0) > 30 && (told[1] ?? 0) > 3, `used: ${told}`);
  assertEquals((await used())?.map(([, percent]) => percent), told);
  nowMs += 5 * 3600_000;
  assertEquals((await used())?.[0], ["5 h", 0]);
});

Deno.test("createDemoFetch() lists its models, marked, to clients that are new enough, and once for a tag", async () => {
  const fetch = demoFetch();
  const list = async (version: string) => {
    const answer = await fetch(`${BASE}/models?client_version=${version}`, { headers: AUTH });
    return { etag: answer.headers.get("etag") ?? "", slugs: (await answer.json()).models.map(slugOf) };
  };
  assertEquals((await list("0.130.0")).slugs, ["gpt-5.5-demo"]);
  const { slugs, etag } = await list("0.169.0");
  assertEquals(slugs.length, 11);
  assert(slugs.every((slug: string) => slug.endsWith("-demo")));
  const again = await fetch(`${BASE}/models`, { headers: { ...AUTH, "if-none-match": etag } });
  assertEquals(again.status, 304);
});

function slugOf(entry: JsonObject): unknown {
  return entry["slug"];
}

Deno.test("createDemoFetch() unpacks what the Codex CLI packs", async () => {
  const ask = { model: "gpt-5.5", input: [user("say hi")], store: false, stream: true };
  const answer = await demoFetch()(`${BASE}/responses`, {
    method: "POST",
    headers: { ...AUTH, version: "0.169.0", "content-encoding": "zstd" },
    body: new Uint8Array(zlib.zstdCompressSync(JSON.stringify(ask))),
  });
  assertEquals(
    readEvents(await answer.text()).find(({ type }) => type === "response.output_text.done")?.["text"],
    "hi",
  );
});

Deno.test("createDemoFetch() waits before each word by the clock it was given, and not otherwise", async () => {
  const slept: number[] = [];
  const fetch = demoFetch({
    paceMs: 40,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  });
  assertEquals(await textOf({ input: [user("say one two three")] }, fetch), "one two three");
  assertEquals(slept, [40, 40, 40]);
});

Deno.test("createDemoFetch() ends a stream that its client left", async () => {
  const { promise: asleep, resolve } = Promise.withResolvers<AbortSignal | undefined>();
  const fetch = demoFetch({
    paceMs: 40,
    sleep: (_, signal) =>
      new Promise((wake) => {
        signal?.addEventListener("abort", () => wake());
        resolve(signal);
      }),
  });
  const answer = await sendAsk({ input: [user("count to 100")] }, fetch);
  assert(answer.ok);
  const text = answer.response.text();
  text.catch(() => {});
  await asleep;
  answer.cancel();
  await assertRejects(() => text);
});
