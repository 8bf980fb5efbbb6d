import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PIXEL } from "../../src/demo/direct_answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import { dataOf, post, withProgram } from "./setup.ts";

const GENERATIONS = "/codex/v1/images/generations";
const EDITS = "/codex/v1/images/edits";

function pixel(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Uint8Array.fromBase64(PIXEL));
}

/** The pixel with another size in its header. */
function resized(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = pixel();
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

/** The beginning of a WebP of a size. */
function webp(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(30);
  bytes.set(new TextEncoder().encode("RIFF\0\0\0\0WEBPVP8X"));
  const view = new DataView(bytes.buffer);
  view.setUint16(24, width - 1, true);
  view.setUint16(27, height - 1, true);
  return bytes;
}

/** The beginning of a JPEG of a size. */
function jpeg(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.fromHex("ffd8ffc0001108000000000301220002110103110100");
  const view = new DataView(bytes.buffer);
  view.setUint16(7, height);
  view.setUint16(9, width);
  return bytes;
}

function form(fields: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[]): FormData {
  const made = new FormData();
  for (const [name, value] of fields) {
    if (typeof value === "string") made.append(name, value);
    else made.append(name, new File([value], "a.png", { type: "image/png" }));
  }
  return made;
}

/** What was sent last for pictures; the catalogue is fetched meanwhile. */
function lastSent({ requests }: FakeBackend): unknown {
  return requests.findLast(({ route }) => route.startsWith("/images"))?.json;
}

async function refusal(answer: Response): Promise<[number, string | null, string]> {
  const { error } = await answer.json();
  return [answer.status, error.param, error.message];
}

Deno.test("images/generations sends what the backend takes, and answers in the public shape", () =>
  withProgram(async ({ program, backend }) => {
    const answer = await post(program, GENERATIONS, {
      model: "gpt-image-2.5-flare",
      prompt: "a fox",
      size: "1536x1024",
      quality: "high",
      background: "transparent",
      output_format: "webp",
      moderation: "low",
    });
    const body = await answer.json();
    assertEquals(answer.status, 200, JSON.stringify(body));
    assertEquals(lastSent(backend), {
      model: "gpt-image-2.5-flare",
      prompt: "a fox",
      size: "1536x1024",
      quality: "high",
      background: "transparent",
      output_format: "webp",
    });
    assertEquals(answer.headers.get("x-ccproxy-ignored-params"), "moderation");
    assertEquals([body.data, body.usage.total_tokens, body.output_format, typeof body.created], [
      [{ b64_json: PIXEL }],
      1010,
      "webp",
      "number",
    ]);
    assertEquals(answer.headers.get("content-type"), "application/json");
  }));

Deno.test("images/generations asks once for each picture, a few at once, and adds the usage up", () =>
  withProgram(async ({ program, backend }) => {
    const answer = await post(program, GENERATIONS, { prompt: "a fox", n: 6, response_format: "url" });
    const body = await answer.json();
    assertEquals(body.data, Array(6).fill({ url: `data:image/png;base64,${PIXEL}` }));
    assertEquals([body.usage.output_tokens, body.usage.input_tokens_details.text_tokens], [6000, 60]);
    assertEquals(backend.requests.filter(({ route }) => route === "/images/generations").length, 6);
    assertEquals(answer.headers.get("x-ccproxy-model"), "gpt-image-2");
  }));

Deno.test("images/generations maps the models of old, and refuses others by name", () =>
  withProgram(async ({ program, backend }) => {
    const old = await post(program, GENERATIONS, { model: "dall-e-3", prompt: "a fox", quality: "hd" });
    assertStringIncludes((await old.json()).data[0].url, "data:image/png;base64,");
    assertEquals(lastSent(backend), { model: "gpt-image-2", prompt: "a fox", quality: "high" });
    const [status, param, message] = await refusal(
      await post(program, GENERATIONS, { model: "gpt-5.5", prompt: "a fox" }),
    );
    assertEquals([status, param], [404, "model"]);
    assertStringIncludes(message, '"gpt-5.5": pictures are made by "gpt-image-2"');
  }));

Deno.test("images/generations streams one event for each picture, and an error as an event of its own", () =>
  withProgram(async ({ program, backend }) => {
    const answer = await post(program, GENERATIONS, {
      prompt: "a fox",
      stream: true,
      partial_images: 2,
      n: 2,
    });
    assertStringIncludes(answer.headers.get("content-type") ?? "", "text/event-stream");
    const events = dataOf(await answer.text()).map((data) => JSON.parse(data));
    assertEquals(events.map(({ type, b64_json }) => [type, b64_json]), [
      ["image_generation.completed", PIXEL],
      ["image_generation.completed", PIXEL],
    ]);
    assertEquals(answer.headers.get("x-ccproxy-ignored-params"), "partial_images");
    const gate = backend.gate();
    backend.answer({
      before: gate,
      status: 400,
      body: { error: { code: "moderation_blocked", message: "Rejected." } },
    }, "/images/generations");
    const failing = await post(program, GENERATIONS, { prompt: "a fox", stream: true });
    assertEquals(failing.status, 200);
    gate.open();
    const [failure] = dataOf(await failing.text()).map((data) => JSON.parse(data));
    assertEquals([failure.type, failure.error.code], ["error", "moderation_blocked"]);
  }));

Deno.test("images/generations passes refusals on: the safety system, and a plan without pictures", () =>
  withProgram(async ({ program, backend }) => {
    const error400 = {
      code: "moderation_blocked",
      message: "Your request was rejected by the safety system.",
    };
    backend.answer({ status: 400, body: { error: error400 } }, "/images/generations");
    const blocked = await post(program, GENERATIONS, { prompt: "forbidden" });
    assertEquals([blocked.status, (await blocked.json()).error.code], [400, "moderation_blocked"]);
    backend.setLimits({ plan: "free" });
    const free = await post(program, GENERATIONS, { prompt: "a fox" });
    const { error } = await free.json();
    assertEquals(free.status, 403);
    assertStringIncludes(error.message, "ChatGPT Plus subscription required");
    assertEquals(backend.requests.filter(({ route }) => route === "/images/generations").length, 2);
  }));

Deno.test("images/edits takes a form with several pictures and a mask, and JSON, as the same request", () =>
  withProgram(async ({ program, backend }) => {
    const url = `data:image/png;base64,${PIXEL}`;
    const wanted = {
      model: "gpt-image-2",
      prompt: "more red",
      background: "transparent",
      images: [{ image_url: url }, { image_url: url }],
      mask: { image_url: url },
    };
    const answer = await program.fetch(EDITS, {
      method: "POST",
      body: form([
        ["image[]", pixel()],
        ["image[]", pixel()],
        ["mask", pixel()],
        ["prompt", "more red"],
        ["background", "transparent"],
        ["model", "gpt-image-1"],
        ["n", "1"],
      ]),
    });
    assertEquals((await answer.json()).data, [{ b64_json: PIXEL }]);
    assertEquals(lastSent(backend), wanted);
    const json = await post(program, EDITS, { ...wanted, mask: { image_url: url } });
    assertEquals(json.status, 200, await json.text());
    assertEquals(lastSent(backend), wanted);
    assertEquals(backend.refusals(), []);
  }));

Deno.test("images/edits refuses what cannot be right before anything is sent, naming the parameter", () =>
  withProgram(async ({ program, backend }) => {
    const large = new Uint8Array(60 * 1024 * 1024);
    large.set(pixel());
    const cases: readonly (readonly [FormData, string, string])[] = [
      [form([["image", new TextEncoder().encode("GIF89a")], ["prompt", "x"]]), "image", "PNG, JPEG or WebP"],
      [form([["image", new Uint8Array()], ["prompt", "x"]]), "image", "an empty file"],
      [form([["image", large], ["prompt", "x"]]), "image", "at most 50 MiB: found 60 MiB"],
      [form([["image", pixel()]]), "prompt", '"prompt" must be a string'],
      [form([["prompt", "x"]]), "image", "found none"],
      [form([["image", pixel()], ["mask", resized(3, 4)], ["prompt", "x"]]), "mask", "1x1: found 3x4"],
      [form([["image", webp(300, 200)], ["mask", pixel()], ["prompt", "x"]]), "mask", "300x200: found 1x1"],
      [form([["image", jpeg(300, 200)], ["mask", pixel()], ["prompt", "x"]]), "mask", "300x200: found 1x1"],
      [form([["image", pixel()], ["mask", webp(1, 1)], ["prompt", "x"]]), "mask", "must be a PNG"],
      [form([["image", pixel()], ["mask", new Uint8Array()], ["prompt", "x"]]), "mask", "an empty file"],
      [form([["image", pixel()], ["prompt", "x"], ["n", "eleven"]]), "n", "whole number"],
      [form([["image", pixel()], ["prompt", pixel()]]), "prompt", "must be a text: found a file"],
      [form([["image", "a.png"], ["prompt", "x"]]), "image", "PNG, JPEG or WebP"],
    ];
    for (const [body, param, message] of cases) {
      const found = await refusal(await program.fetch(EDITS, { method: "POST", body }));
      assertEquals(found.slice(0, 2), [400, param]);
      assertStringIncludes(found[2], message);
    }
    const head = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n';
    for (
      const [body, type, message] of [
        [head + "x".repeat(10_000), "multipart/form-data; boundary=b", 'its last boundary, "--b--"'],
        ["\x89PNG", "image/png", 'multipart/form-data or JSON: found "image/png"'],
        [`${head}x\r\n--b--`, "multipart/mixed; boundary=b", 'multipart/form-data: found "multipart/mixed'],
        [`${head}x\r\n--b--`, "multipart/form-data", "names no boundary"],
      ] as const
    ) {
      const init = { method: "POST", body, headers: { "content-type": type } };
      const found = await refusal(await program.fetch(EDITS, init));
      assertEquals(found.slice(0, 2), [400, "image"], type);
      assertStringIncludes(found[2], message);
    }
    assertEquals(backend.requests.filter(({ route }) => route.startsWith("/images")), []);
  }));

Deno.test("images: the requests of one answer take places, and give them back", () =>
  withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.setDefault({ before: gate, body: { data: [{ b64_json: PIXEL }] } }, "/images/generations");
    const answer = post(program, GENERATIONS, { prompt: "a fox", n: 4 });
    await backend.nextRequest("/images/generations");
    await backend.nextRequest("/images/generations");
    const full = await post(program, GENERATIONS, { prompt: "a fox" });
    assertEquals((await full.json()).error.code, "too_many_concurrent_requests");
    gate.open();
    assertEquals((await (await answer).json()).data.length, 4);
    const after = await post(program, GENERATIONS, { prompt: "a fox" });
    assert(after.ok);
    await after.body?.cancel();
  }, { config: "[limits]\nconcurrent_requests = 2\n" }));
