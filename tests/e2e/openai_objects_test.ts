/** Every route of OpenAI's answers with objects that have every key their schema requires, kept and replayed ones too. */
import { assert, assertEquals } from "@std/assert";
import { createModel } from "../clients/model.ts";
import {
  COMPACTION,
  CONVERSATION,
  deletedObject,
  ERROR,
  FILE,
  FILE_LIST,
  INPUT_TOKENS,
  ITEM_LIST,
  ITEM_RESOURCE,
  MODEL,
  MODEL_LIST,
  PICTURE_EVENT,
  PICTURES,
  RESPONSE_EVENT,
} from "../conformance/openai_objects.ts";
import { RESPONSE_RESOURCE } from "../conformance/response_resource.ts";
import { isObject, type Shape } from "../conformance/shape.ts";
import type { Program } from "../program.ts";
import { openSocket } from "./client_socket.ts";
import { dataOf, post, withProgram } from "./setup.ts";

const PICTURE = { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" };
const TOOLS = [{ type: "function", function: { name: "get_weather", parameters: {} } }];

/** One item of each kind that a client may put into a conversation, in the shortest form it may have. */
const ITEMS = [
  { type: "message", role: "user", content: "Hi" },
  {
    role: "user",
    content: [PICTURE, {
      type: "input_file",
      filename: "a.pdf",
      file_data: "data:application/pdf;base64,AAAA",
    }],
  },
  { role: "assistant", content: "Hello" },
  { role: "system", content: "Be brief" },
  { type: "function_call", call_id: "call_1", name: "look", arguments: "{}" },
  { type: "function_call_output", call_id: "call_1", output: [PICTURE] },
  { type: "custom_tool_call", call_id: "call_2", name: "shell", input: "ls" },
  { type: "custom_tool_call_output", call_id: "call_2", output: "none" },
  { type: "reasoning", summary: [] },
];

/** Requests whose answers hold every kind of item that the played model makes. */
const ASKED = [
  { input: "[think]" },
  { input: "[two cities]", tools: TOOLS, tool_choice: "auto" },
  { input: "[search]", tools: [{ type: "web_search_preview" }] },
  { input: "[refuse]" },
  { input: "[incomplete]" },
  {
    input: [{ role: "user", content: [{ type: "input_text", text: "[story]" }, PICTURE] }],
    max_output_tokens: 16,
  },
  { input: "[json]", response_format: { type: "json_object" } },
];

/** A client that checks each answer. */
function checked(program: Program) {
  const send = async (shape: Shape, method: string, path: string, body?: unknown) => {
    const response = await program.fetch(`/codex/v1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const value: unknown = await response.json();
    const faults = (response.ok ? shape : ERROR)(value, `${method} ${path.replace(/\w+_\w{9,}/g, "ID")}`);
    assertEquals(faults, [], JSON.stringify(value));
    assert(isObject(value));
    return { status: response.status, value, id: `${value["id"]}` };
  };
  const events = async (path: string) => {
    const stream = await (await program.fetch(`/codex/v1${path}`)).text();
    const faults = dataOf(stream).flatMap((data) => RESPONSE_EVENT(JSON.parse(data), "event"));
    assertEquals(faults, [], stream);
    return stream;
  };
  return { send, events };
}

async function withModel(run: (program: Program) => Promise<void>): Promise<void> {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault(createModel().answer);
    await run(program);
  });
}

Deno.test("responses are complete when they are made, kept, replayed, cancelled and deleted (translation 134)", async () => {
  await withModel(async (program) => {
    const { send, events } = checked(program);
    for (const body of ASKED) {
      const { id } = await send(RESPONSE_RESOURCE, "POST", "/responses", { model: "gpt-5.5", ...body });
      await send(RESPONSE_RESOURCE, "GET", `/responses/${id}?include=reasoning.encrypted_content`);
      await send(ITEM_LIST, "GET", `/responses/${id}/input_items`);
      await events(`/responses/${id}?stream=true`);
      assertEquals((await send(RESPONSE_RESOURCE, "POST", `/responses/${id}/cancel`)).status, 400);
      await send(deletedObject("response"), "DELETE", `/responses/${id}`);
      assertEquals((await send(RESPONSE_RESOURCE, "GET", `/responses/${id}`)).status, 404);
    }
    await send(INPUT_TOKENS, "POST", "/responses/input_tokens", { model: "gpt-5.5", input: "Hello" });
    await send(COMPACTION, "POST", "/responses/compact", { model: "gpt-5.5", input: ITEMS });
  });
});

Deno.test("a failed or cancelled response in the background is complete, with a code that its object may have (translation 134)", async () => {
  const codes = ["server_error", "rate_limit_exceeded", "invalid_prompt"];
  await withModel(async (program) => {
    const { send, events } = checked(program);
    for (const input of ["[fail]", "[cut]", "[500]", "[usage limit]"]) {
      const body = { model: "gpt-5.5", background: true, input };
      const { id, status } = await send(RESPONSE_RESOURCE, "POST", "/responses", body);
      if (status !== 200) continue;
      await events(`/responses/${id}?stream=true`);
      const { value } = await send(RESPONSE_RESOURCE, "GET", `/responses/${id}`);
      assertEquals(value["status"], "failed");
      assert(
        isObject(value["error"]) && codes.includes(`${value["error"]["code"]}`),
        JSON.stringify(value["error"]),
      );
      const replayed = dataOf(await events(`/responses/${id}?stream=true`)).map((data) => JSON.parse(data));
      assertEquals(replayed[0].response.error, null);
    }
    const body = { model: "gpt-5.5", background: true, input: "[stall]" };
    const { id } = await send(RESPONSE_RESOURCE, "POST", "/responses", body);
    await send(RESPONSE_RESOURCE, "POST", `/responses/${id}/cancel`);
    assertEquals((await send(RESPONSE_RESOURCE, "GET", `/responses/${id}`)).value["status"], "cancelled");
  });
});

Deno.test("conversations and their items are complete, empty lists too (translation 134)", async () => {
  await withModel(async (program) => {
    const { send } = checked(program);
    const empty = await send(CONVERSATION, "POST", "/conversations", {});
    const none = await send(ITEM_LIST, "GET", `/conversations/${empty.id}/items`);
    assertEquals([none.value["first_id"], none.value["last_id"]], ["", ""]);
    const { id } = await send(CONVERSATION, "POST", "/conversations", { metadata: { a: "b" }, items: ITEMS });
    const { value } = await send(ITEM_LIST, "GET", `/conversations/${id}/items`);
    assert(Array.isArray(value["data"]) && value["data"].length === ITEMS.length);
    for (const item of value["data"]) {
      await send(ITEM_RESOURCE, "GET", `/conversations/${id}/items/${item.id}`);
    }
    const added = await send(ITEM_LIST, "POST", `/conversations/${id}/items`, { items: ITEMS.slice(0, 1) });
    await send(CONVERSATION, "DELETE", `/conversations/${id}/items/${added.value["first_id"]}`);
    await send(CONVERSATION, "POST", `/conversations/${id}`, { metadata: {} });
    await send(RESPONSE_RESOURCE, "POST", "/responses", {
      model: "gpt-5.5",
      conversation: id,
      input: "[search]",
    });
    await send(ITEM_LIST, "GET", `/conversations/${id}/items`);
    await send(deletedObject("conversation.deleted"), "DELETE", `/conversations/${id}`);
    assertEquals((await send(CONVERSATION, "GET", `/conversations/${id}`)).status, 404);
  });
});

Deno.test("pictures and files are complete, empty lists too (translation 134)", async () => {
  await withModel(async (program) => {
    const { send } = checked(program);
    for (const count of [1, 2]) {
      await send(PICTURES, "POST", "/images/generations", { prompt: "a fox", n: count });
    }
    const stream = await post(program, "/codex/v1/images/generations", { prompt: "a fox", stream: true });
    const events = dataOf(await stream.text()).map((data) => PICTURE_EVENT(JSON.parse(data), "event"));
    assertEquals(events, [[]]);
    await send(FILE_LIST, "GET", "/files");
    const form = new FormData();
    form.set("purpose", "user_data");
    form.set("file", new File(["%PDF-1.7"], "a.pdf", { type: "application/pdf" }));
    const file = await (await program.fetch("/codex/v1/files", { method: "POST", body: form })).json();
    assertEquals(FILE(file, "file"), []);
    await send(FILE_LIST, "GET", "/files");
    await send(FILE, "GET", `/files/${file.id}`);
    await send(deletedObject("file"), "DELETE", `/files/${file.id}`);
    assertEquals((await send(FILE, "GET", `/files/${file.id}`)).status, 404);
  });
});

Deno.test("models, unknown paths and wrong methods answer with complete objects (translation 134)", async () => {
  await withModel(async (program) => {
    const { send } = checked(program);
    await send(MODEL_LIST, "GET", "/models");
    await send(MODEL, "GET", "/models/gpt-5.5");
    for (
      const [method, path] of [["GET", "/models/none-such"], ["GET", "/nothing"], ["PUT", "/models"]] as const
    ) {
      assert((await send(MODEL, method, path)).status >= 400);
    }
  });
});

Deno.test("the messages of a WebSocket are complete events, errors too (translation 134)", async () => {
  await withModel(async (program) => {
    using socket = await openSocket(program);
    const whole = ASKED.filter(({ input }) => !/incomplete|story/.test(JSON.stringify(input)));
    for (const [at, body] of whole.entries()) {
      socket.send({ type: "response.create", model: "gpt-5.5", ...body });
      await socket.until("response.completed", at + 1);
    }
    socket.send({ type: "response.create", model: "gpt-5.5", input: 7 });
    const error = await socket.until("error");
    assertEquals(ERROR(error, "error"), []);
    const events = socket.messages.filter(({ type }) => type !== "error");
    assertEquals(events.flatMap((event) => RESPONSE_EVENT(event, "message")), []);
  });
});

Deno.test("post() of a chat stream that fails ends with a complete error (translation 134)", async () => {
  await withModel(async (program) => {
    for (const words of ["[fail]", "[cut]"]) {
      const body = { model: "gpt-5.5", stream: true, messages: [{ role: "user", content: words }] };
      const data = dataOf(await (await post(program, "/v1/chat/completions", body)).text());
      assertEquals([ERROR(JSON.parse(data.at(-2) ?? ""), "error"), data.at(-1)], [[], "[DONE]"]);
    }
  });
});
