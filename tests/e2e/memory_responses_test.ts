import { assert, assertEquals } from "@std/assert";
import { ENCRYPTED_PREFIX } from "../fake/answer_parts.ts";
import { answerEvents, failedAnswer, reasoningAnswer, textAnswer } from "../fake/answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import { dataOf, post, withProgram } from "./setup.ts";

interface Json {
  // deno-lint-ignore no-explicit-any
  [key: string]: any;
}

const RESPONSES = "/codex/v1/responses";

/** The conversation of the last request, without the proxy's own prompt. */
function lastInput(backend: FakeBackend): string[] {
  const body = backend.asks().at(-1)?.json as Json;
  return body["input"].map((item: Json) => {
    if (item["type"] !== "message") {
      return `${item["type"]} ${item["call_id"] ?? item["encrypted_content"] ?? ""}`;
    }
    return `${item["role"]}: ${item["content"].map((part: Json) => part["text"]).join("")}`;
  }).filter((text: string) => !/^developer: You are a capable|^additional_tools/.test(text));
}

async function create(program: Program, body: Json): Promise<Json> {
  const response = await post(program, RESPONSES, { model: "gpt-5", ...body });
  return await response.json();
}

async function get(program: Program, path: string): Promise<Json> {
  return await (await program.fetch(path)).json();
}

async function statusOf(program: Program, path: string): Promise<number> {
  const response = await program.fetch(path);
  await response.text();
  return response.status;
}

Deno.test("a stored response can be retrieved, listed, replayed as a stream and deleted", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: reasoningAnswer(["Hm"], ["Hello", " Alice"], { seed: "7" }) });
    const created = await create(program, { input: "My name is Alice", metadata: { a: "b" } });
    const path = `${RESPONSES}/${created["id"]}`;
    const { encrypted_content: _, ...shown } = created["output"][0];
    assertEquals(await get(program, path), { ...created, output: [shown, created["output"][1]] });
    assertEquals(
      (await get(program, `${path}?include=reasoning.encrypted_content`))["output"],
      created["output"],
    );
    const items = await get(program, `${path}/input_items`);
    assertEquals([items["object"], items["has_more"], items["data"].length], ["list", false, 1]);
    const [item] = items["data"];
    assertEquals([items["first_id"], items["last_id"]], [item["id"], item["id"]]);
    assert(/^msg_/.test(item["id"]));
    assertEquals(item, {
      id: item["id"],
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_text", text: "My name is Alice" }],
    });
    const stream = await (await program.fetch(`${path}?stream=true`)).text();
    const events = dataOf(stream).map((data) => JSON.parse(data));
    assertEquals(events.map((event) => event.sequence_number), events.map((_, index) => index));
    assertEquals(events.at(-1).type, "response.completed");
    const deltas = events.filter((event) => event.type === "response.output_text.delta");
    assertEquals(deltas.map((event) => event.delta).join(""), "Hello Alice");
    const rest = await (await program.fetch(`${path}?stream=true&starting_after=${events.length - 2}`))
      .text();
    assertEquals(dataOf(rest).map((data) => JSON.parse(data).type), ["response.completed"]);
    const deleted = await program.fetch(path, { method: "DELETE" });
    assertEquals(await deleted.json(), { id: created["id"], object: "response", deleted: true });
    for (const end of ["", "/input_items"]) {
      const gone = await program.fetch(path + end);
      const { error } = await gone.json();
      assertEquals([gone.status, error.type, error.code], [404, "invalid_request_error", null]);
      assert(error.message.startsWith(`Response not found: there is no response with id "${created["id"]}"`));
    }
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("previous_response_id continues a response, streamed too, and branches never mix", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello Alice"], { seed: "1" }) });
    const root = await create(program, { input: "My name is Alice", instructions: "Be brief." });
    backend.answer({ events: textAnswer(["left answer"], { seed: "2" }) });
    const streamed = await post(program, RESPONSES, {
      model: "gpt-5",
      input: "left",
      previous_response_id: root["id"],
      stream: true,
    });
    const events = dataOf(await streamed.text()).map((data) => JSON.parse(data));
    const left = events.at(-1).response;
    assertEquals(left.previous_response_id, root["id"]);
    // Instructions are not carried over, as in the public API.
    assertEquals(lastInput(backend), ["user: My name is Alice", "assistant: Hello Alice", "user: left"]);
    backend.answer({ events: textAnswer(["right answer"], { seed: "3" }) });
    await create(program, { input: "right", previous_response_id: root["id"] });
    assertEquals(lastInput(backend).at(-1), "user: right");
    await create(program, { input: "more left", previous_response_id: left.id });
    assertEquals(lastInput(backend), [
      "user: My name is Alice",
      "assistant: Hello Alice",
      "user: left",
      "assistant: left answer",
      "user: more left",
    ]);
    const keys = backend.asks().map(({ json }) => (json as Json)["prompt_cache_key"]);
    assertEquals(new Set(keys).size, 1);
    const page = await get(program, `${RESPONSES}/${left.id}/input_items?order=asc&limit=2`);
    assertEquals(page["data"].map((item: Json) => item["role"]), ["user", "assistant"]);
    assertEquals(page["has_more"], true);
    const next = await get(
      program,
      `${RESPONSES}/${left.id}/input_items?order=asc&limit=2&after=${page["last_id"]}`,
    );
    assertEquals(next["data"].map((item: Json) => item["content"][0]["text"]), ["left"]);
    assertEquals(next["has_more"], false);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("previous_response_id that is unknown, not stored or deleted is refused in OpenAI's shape", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["quiet"], { seed: "1" }) });
    const quiet = await create(program, { input: "hi", store: false });
    backend.answer({ events: textAnswer(["first"], { seed: "2" }) });
    const first = await create(program, { input: "hi" });
    backend.answer({ events: textAnswer(["second"], { seed: "3" }) });
    const second = await create(program, { input: "on", previous_response_id: first["id"] });
    await (await program.fetch(`${RESPONSES}/${first["id"]}`, { method: "DELETE" })).text();
    for (const id of ["resp_unknown", quiet["id"], first["id"], second["id"]]) {
      const response = await post(program, RESPONSES, {
        model: "gpt-5",
        input: "x",
        previous_response_id: id,
      });
      const { error } = await response.json();
      assertEquals([response.status, error.code, error.param], [
        400,
        "previous_response_not_found",
        "previous_response_id",
      ]);
    }
    assertEquals(backend.asks().length, 3);
  });
});

Deno.test("an unanswered call of the stored turn is answered for; a given output finds its call and reasoning", async () => {
  await withProgram(async ({ program, backend }) => {
    const tools = [{ type: "function", name: "look", parameters: { type: "object", properties: {} } }];
    const call = { type: "call" as const, name: "look", arguments: "{}", callId: "call_9" };
    backend.answer({ events: answerEvents([{ type: "reasoning", summary: [] }, call], { seed: "9" }) });
    const first = await create(program, { input: "Look", tools });
    const previous_response_id = first["id"];
    const output = { type: "function_call_output", call_id: "call_9", output: "seen" };
    const expected = ["user: Look", `reasoning ${ENCRYPTED_PREFIX}9x0`, "function_call call_9"];
    await create(program, { input: [output], tools, previous_response_id });
    assertEquals(lastInput(backend), [...expected, "function_call_output call_9"]);
    await create(program, { input: "Never mind", tools, previous_response_id });
    assertEquals(lastInput(backend), [...expected, "function_call_output call_9", "user: Never mind"]);
    const aborted = (backend.asks().at(-1)?.json as Json)["input"].at(-2);
    assertEquals(aborted["output"], "aborted");
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("item_reference and reasoning without its content are resolved by id", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: reasoningAnswer(["Hm"], ["Hello"], { seed: "5" }) });
    const { output: [reasoning, message] } = await create(program, { input: "Hi" });
    const { encrypted_content: _, ...bare } = reasoning;
    const user = { role: "user", content: "Go on" };
    const expected = ["user: Hi", `reasoning ${ENCRYPTED_PREFIX}5x0`, "assistant: Hello", "user: Go on"];
    const references = [reasoning, message].map((item: Json) => ({ type: "item_reference", id: item["id"] }));
    const hi = { role: "user", content: "Hi" };
    await create(program, { input: [hi, ...references, user] });
    assertEquals(lastInput(backend), expected);
    await create(program, { input: [hi, bare, message, user] });
    assertEquals(lastInput(backend), expected);
    // Reasoning nobody knows is left out, anything else is not.
    await create(program, { input: [{ ...bare, id: "rs_unknown" }, user] });
    assertEquals(lastInput(backend), ["user: Go on"]);
    const response = await post(program, RESPONSES, {
      model: "gpt-5",
      input: [{ type: "item_reference", id: "msg_unknown" }, user],
    });
    assertEquals([response.status, (await response.json()).error.param], [404, "input"]);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("a response that failed or was not to be stored is not there", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: failedAnswer("server_error", "no", ["half"], { seed: "1" }) });
    const failed = await post(program, RESPONSES, { model: "gpt-5", input: "x", stream: true });
    const id = JSON.parse(dataOf(await failed.text())[0] ?? "{}").response.id;
    assertEquals(await statusOf(program, `${RESPONSES}/${id}`), 404);
    backend.answer({ events: textAnswer(["quiet"], { seed: "2" }) });
    const quiet = await create(program, { input: "x", store: false });
    assertEquals(await statusOf(program, `${RESPONSES}/${quiet["id"]}`), 404);
  });
});

Deno.test("input_tokens estimates without asking the backend, what is remembered included", async () => {
  await withProgram(async ({ program, backend }) => {
    const count = async (body: Json) => {
      const response = await post(program, `${RESPONSES}/input_tokens`, { model: "gpt-5", ...body });
      const { object, input_tokens } = await response.json();
      assertEquals([response.status, object], [200, "response.input_tokens"]);
      return input_tokens;
    };
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
    const alone = await count({ input: text });
    assert(alone > 150 && alone < 280, `${alone}`);
    backend.answer({ events: textAnswer(["fine"]) });
    const stored = await create(program, { input: text });
    const more = await count({ input: "x", previous_response_id: stored["id"] });
    assert(more > alone && more < alone + 20, `${more}`);
    const image = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(100_000)}` };
    assert(await count({ input: [{ role: "user", content: [image] }] }) < 1000);
    assertEquals(backend.asks().length, 1);
  });
});

Deno.test("compact asks the backend by its trigger and keeps the user's words, those of stored turns too", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello Alice"], { seed: "1" }) });
    const first = await create(program, { input: "My name is Alice" });
    const item = { type: "compaction", id: "cmp_1", encrypted_content: "gAAAAABfakecompacted" };
    const [created, begun, ...rest] = textAnswer([], { seed: "2" });
    const done = { type: "response.output_item.done", output_index: 0, item, sequence_number: 2 };
    backend.answer({
      events: [created, begun, done, rest.at(-1)].filter((event) => event !== undefined),
    });
    const response = await post(program, `${RESPONSES}/compact`, {
      model: "gpt-5",
      input: "And I like cats",
      previous_response_id: first["id"],
    });
    const compacted = await response.json();
    assertEquals([response.status, compacted.object], [200, "response.compaction"]);
    assertEquals(
      compacted.output.map((entry: Json) => entry["content"]?.[0].text ?? entry["encrypted_content"]),
      ["My name is Alice", "And I like cats", "gAAAAABfakecompacted"],
    );
    assertEquals(lastInput(backend), [
      "user: My name is Alice",
      "assistant: Hello Alice",
      "user: And I like cats",
      "compaction_trigger ",
    ]);
    // What comes back is the input of the next turn.
    await create(program, { input: [...compacted.output, { role: "user", content: "Who am I?" }] });
    assertEquals(lastInput(backend).at(2), "compaction gAAAAABfakecompacted");
    const refused = await post(program, `${RESPONSES}/compact`, { model: "gpt-5", input: "x" });
    assertEquals([refused.status, (await refused.json()).error.type], [502, "server_error"]);
    assertEquals(backend.refusals(), []);
  });
});
