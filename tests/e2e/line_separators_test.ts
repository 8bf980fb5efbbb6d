/** Nothing that a client reads holds a character at which readers of lines cut: on no route, in no lane, in no error. */
import { assert, assertEquals } from "@std/assert";
import { createModel } from "../clients/model.ts";
import { post, withProgram } from "./setup.ts";

/** What ends a line for Python, and half a pair, which no encoding of the answer may lose. */
const WORDS = "a\u2028b\u2029c\u0085d\ud800e";
const CUTS = /[\u0085\u2028\u2029]/;
const chat = (words: string) => ({ model: "gpt-5.5", messages: [{ role: "user", content: words }] });

/** Every character is there, as an escape. Half a pair is doubly escaped where an error quotes it. */
function checkText(where: string, text: string): void {
  assert(!CUTS.test(text), `${where} is cut by a reader of lines: ${JSON.stringify(text)}`);
  const lost = ["\\u2028", "\\u2029", "\\u0085", "\\ud800"].filter((escape) => !text.includes(escape));
  assertEquals(lost, [], `${where}: ${text}`);
}

Deno.test("every route escapes line separators and halves of pairs, whole, streamed, kept and refused (translation 127)", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault(createModel().answer);
    const send = async (where: string, path: string, body: unknown) => {
      const text = await (await post(program, `/codex/v1${path}`, body)).text();
      checkText(where, text);
      return text;
    };
    for (const stream of [false, true]) {
      await send(`chat, stream ${stream}`, "/chat/completions", { ...chat(WORDS), stream });
      await send(`completions, stream ${stream}`, "/completions", {
        model: "gpt-5.5",
        prompt: WORDS,
        stream,
      });
      await send(`responses, stream ${stream}`, "/responses", { model: "gpt-5.5", input: WORDS, stream });
      await send(`messages, stream ${stream}`, "/messages", { ...chat(WORDS), max_tokens: 100, stream });
    }
    const { id } = JSON.parse(await send("responses", "/responses", { model: "gpt-5.5", input: WORDS }));
    for (const path of [`/responses/${id}`, `/responses/${id}?stream=true`, `/responses/${id}/input_items`]) {
      checkText(path.replace(id, "ID"), await (await program.fetch(`/codex/v1${path}`)).text());
    }
    const items = [{ role: "user", content: WORDS }];
    const made = JSON.parse(await send("conversations", "/conversations", { metadata: { said: WORDS } }));
    await send("conversation items", `/conversations/${made.id}/items`, { items });
    const list = await program.fetch(`/codex/v1/conversations/${made.id}/items`);
    checkText("conversation items, listed", await list.text());
    await send("compact", "/responses/compact", { model: "gpt-5.5", input: WORDS });
    for (
      const [path, body] of [["/chat/completions", chat("x")], ["/responses", { input: "x" }], [
        "/completions",
        { prompt: "x" },
      ]] as const
    ) {
      await send(`${path}, refused`, path, { ...body, reasoning_effort: WORDS, model: "gpt-5.5" });
    }
  });
});

Deno.test("messages of a WebSocket escape them, answers and errors alike (translation 127)", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault(createModel().answer);
    const socket = new WebSocket(`${program.url.replace("http", "ws")}/codex/v1/responses`);
    const texts: string[] = [];
    const ended = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => {
      texts.push(data);
      if (JSON.parse(data).type === "error") ended.resolve();
    };
    await new Promise((resolve) => socket.onopen = resolve);
    const create = { type: "response.create", model: "gpt-5.5", stream_id: "lane\u2028" };
    socket.send(JSON.stringify({ ...create, input: WORDS }));
    socket.send(JSON.stringify({ ...create, input: "x", reasoning_effort: WORDS }));
    await ended.promise;
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    assertEquals(texts.filter((text) => CUTS.test(text)), []);
    checkText("the answer", texts.find((text) => text.includes('"response.completed"')) ?? "");
    checkText("the error", texts.at(-1) ?? "");
  });
});
