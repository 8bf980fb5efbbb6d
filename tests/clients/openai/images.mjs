import assert from "node:assert/strict";
import { BASE, errorOf, gather, load, test } from "../harness.mjs";

const { default: OpenAI, toFile } = await load("openai");
const client = new OpenAI({ apiKey: "dummy-key", baseURL: `${BASE}/codex/v1` });
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = (name) => toFile(Buffer.from(PIXEL, "base64"), name, { type: "image/png" });

await test("images.generate: several pictures, their usage, and as addresses", async () => {
  const made = await client.images.generate({
    model: "gpt-image-2",
    prompt: "a fox",
    n: 2,
    size: "1024x1024",
  });
  assert.deepEqual(made.data.map(({ b64_json }) => b64_json), [PIXEL, PIXEL]);
  assert.equal(made.usage.total_tokens, 2020);
  const addresses = await client.images.generate({ model: "dall-e-3", prompt: "a fox" });
  assert.match(addresses.data[0].url, /^data:image\/png;base64,/);
});

await test("images.generate: a stream ends with the picture", async () => {
  const stream = await client.images.generate({
    model: "gpt-image-2",
    prompt: "a fox",
    stream: true,
    partial_images: 1,
  });
  const events = await gather(stream);
  assert.deepEqual(events.map(({ type, b64_json }) => [type, b64_json]), [[
    "image_generation.completed",
    PIXEL,
  ]]);
});

await test("images.edit: one and several pictures, with a mask", async () => {
  const one = await client.images.edit({
    model: "gpt-image-2",
    image: await picture("a.png"),
    prompt: "red",
  });
  assert.equal(one.data[0].b64_json, PIXEL);
  const several = await client.images.edit({
    model: "gpt-image-2.5-sunburst",
    image: [await picture("a.png"), await picture("b.png")],
    mask: await picture("mask.png"),
    prompt: "red",
  });
  assert.equal(several.data[0].b64_json, PIXEL);
});

await test("images.edit: a file that is no picture is BadRequestError naming it", async () => {
  const image = await toFile(Buffer.from("GIF89a"), "a.png", { type: "image/png" });
  const error = await errorOf(client.images.edit({ model: "gpt-image-2", image, prompt: "red" }));
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, "image");
});

await test("models.list: pictures are offered", async () => {
  const ids = (await gather(client.models.list())).map(({ id }) => id);
  assert.ok(ids.includes("gpt-image-2"), ids.join(", "));
});

await test("embeddings and moderations are NotFoundError that says what to use", async () => {
  const error = await errorOf(client.embeddings.create({ model: "text-embedding-3-small", input: "Hi" }));
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.match(error.message, /no endpoint for it.*local embedding model/);
  assert.ok(await errorOf(client.moderations.create({ input: "Hi" })) instanceof OpenAI.NotFoundError);
});
