import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, test } from "../harness.mjs";

const { default: OpenAI, toFile } = await load("openai");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const PDF = Buffer.from("%PDF-1.7 a fox");
const upload = async () =>
  await client.files.create({
    file: await toFile(PDF, "fox.pdf", { type: "application/pdf" }),
    purpose: "user_data",
  });

await test("files: create, retrieve, list, content and delete", async () => {
  const file = await upload();
  assert.deepEqual([file.object, file.filename, file.bytes], ["file", "fox.pdf", PDF.length]);
  assert.deepEqual(await client.files.retrieve(file.id), file);
  assert.ok((await gather(client.files.list({ purpose: "user_data" }))).some(({ id }) => id === file.id));
  const content = await client.files.content(file.id);
  assert.deepEqual(Buffer.from(await content.arrayBuffer()), PDF);
  assert.deepEqual(await client.files.delete(file.id), { id: file.id, object: "file", deleted: true });
  assert.ok(await errorOf(client.files.retrieve(file.id)) instanceof OpenAI.NotFoundError);
});

await test("files: one that was uploaded is named by its id, in responses and chat", async () => {
  const { id } = await upload();
  const response = await client.responses.create({
    model: "gpt-5.5",
    input: [{
      role: "user",
      content: [{ type: "input_file", file_id: id }, { type: "input_text", text: "say fox" }],
    }],
  });
  assert.match(response.output_text, /say fox/);
  const chat = await client.chat.completions.create({
    model: "gpt-5.5",
    messages: [{
      role: "user",
      content: [{ type: "file", file: { file_id: id } }, { type: "text", text: "say fox" }],
    }],
  });
  assert.match(chat.choices[0].message.content, /say fox/);
});

await test("files: an id that is not there is NotFoundError naming it", async () => {
  const input = [{ role: "user", content: [{ type: "input_file", file_id: "file-none" }] }];
  const error = await errorOf(client.responses.create({ model: "gpt-5.5", input }));
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.param, "file_id");
});

await test("audio.transcriptions.create: json, text, verbose_json and a stream", async () => {
  const speech = (more) =>
    toFile(Buffer.from("fLaC and more"), "fox.flac").then((file) =>
      client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file, ...more })
    );
  assert.equal((await speech()).text, "The fox is quick.");
  assert.equal((await speech({ response_format: "text" })).trim(), "The fox is quick.");
  assert.equal((await speech({ response_format: "verbose_json" })).text, "The fox is quick.");
  const events = await gather(await speech({ stream: true }));
  assert.deepEqual(events.map(({ type }) => type), ["transcript.text.delta", "transcript.text.done"]);
});

await test("audio.transcriptions.create: what is no recording is BadRequestError naming it", async () => {
  const file = await toFile(Buffer.from("<html>"), "fox.mp3");
  const error = await errorOf(client.audio.transcriptions.create({ model: "whisper-1", file }));
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, "file");
});
