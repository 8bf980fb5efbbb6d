import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

const PDF = new TextEncoder().encode("%PDF-1.7 a fox");
const PDF_URL = `data:application/pdf;base64,${PDF.toBase64()}`;
const key = (name: string) => ({ authorization: `Bearer ${name}` });

async function upload(
  program: Program,
  file: Uint8Array<ArrayBuffer> | string = PDF,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<
  { status: number; body: Record<string, unknown> & { error?: { param: string; message: string } } }
> {
  const form = new FormData();
  if (typeof file === "string") form.set("file", file);
  else form.set("file", new File([file], "fox.pdf", { type: "application/pdf" }));
  for (const [name, value] of Object.entries({ purpose: "user_data", ...fields })) form.set(name, value);
  const answer = await program.fetch("/v1/files", { method: "POST", body: form, headers });
  return { status: answer.status, body: await answer.json() };
}

Deno.test("files: what is uploaded can be listed, retrieved, read and deleted", () =>
  withProgram(async ({ program, backend }) => {
    const { body: file } = await upload(program);
    assertEquals({ ...file, id: "", created_at: 0, expires_at: 0 }, {
      id: "",
      object: "file",
      bytes: PDF.length,
      created_at: 0,
      expires_at: 0,
      filename: "fox.pdf",
      purpose: "user_data",
      status: "processed",
    });
    assertEquals(Number(file["expires_at"]) - Number(file["created_at"]), 30 * 86_400);
    const place = `/v1/files/${file["id"]}`;
    assertEquals(await (await program.fetch(place)).json(), file);
    const list = await (await program.fetch("/v1/files?purpose=user_data")).json();
    assertEquals([list.data, list.has_more], [[file], false]);
    assertEquals((await (await program.fetch("/v1/files?purpose=vision")).json()).data, []);
    const content = await program.fetch(`${place}/content`);
    assertEquals(new Uint8Array(await content.arrayBuffer()), PDF);
    assertEquals(content.headers.get("content-type"), "application/pdf");
    const gone = await program.fetch(place, { method: "DELETE" });
    assertEquals(await gone.json(), { id: file["id"], object: "file", deleted: true });
    const missing = await program.fetch(place);
    assertEquals([missing.status, (await missing.json()).error.code], [404, "file_not_found"]);
    assertEquals(backend.requests.filter(({ method }) => method !== "GET"), []);
  }));

Deno.test("files: a request that names one is sent with its data, in each dialect", () =>
  withProgram(async ({ program, backend }) => {
    const id = (await upload(program)).body["id"];
    const part = { type: "input_file", filename: "fox.pdf", file_data: PDF_URL };
    const requests = [
      ["/v1/responses", { input: [{ role: "user", content: [{ type: "input_file", file_id: id }] }] }],
      ["/v1/chat/completions", {
        messages: [{ role: "user", content: [{ type: "file", file: { file_id: id } }] }],
      }],
      ["/v1/messages", {
        max_tokens: 100,
        messages: [{
          role: "user",
          content: [{ type: "document", title: "fox.pdf", source: { type: "file", file_id: id } }],
        }],
      }],
    ] as const;
    for (const [path, body] of requests) {
      const answer = await post(program, path, { model: "gpt-5.5", ...body });
      assertEquals(answer.status, 200, await answer.text());
      const { input } = backend.asks().at(-1)?.json as { input: { content: unknown }[] };
      assertEquals(input.at(-1)?.content, [part], path);
    }
    assertEquals(backend.refusals(), []);
    const counted = await post(program, "/v1/messages/count_tokens", { model: "gpt-5.5", ...requests[2][1] });
    assertEquals(counted.status, 200, await counted.text());
  }));

Deno.test("files: the largest one that is kept comes back whole, and goes up with a request", () =>
  withProgram(async ({ program, backend }) => {
    const large = new Uint8Array(32 * 1024 * 1024).fill(7);
    large.set(PDF);
    const { status, body } = await upload(program, large);
    assertEquals([status, body["bytes"]], [200, large.length]);
    const content = await program.fetch(`/v1/files/${body["id"]}/content`);
    assertEquals(new Uint8Array(await content.arrayBuffer()), large);
    const answer = await post(program, "/v1/responses", {
      model: "gpt-5.5",
      store: false,
      input: [{ role: "user", content: [{ type: "input_file", file_id: body["id"] }] }],
    });
    assertEquals(answer.status, 200, await answer.text());
    const sent = backend.asks().at(-1)?.json as { input: { content: { file_data: string }[] }[] };
    assertEquals(sent.input.at(-1)?.content[0]?.file_data.length, 28 + 4 * Math.ceil(large.length / 3));
  }));

Deno.test("files: a file that is not there is a 404 that says so, and nothing is sent", () =>
  withProgram(async ({ program, backend }) => {
    const content = [{ type: "input_file", file_id: "file-platform" }];
    const answer = await post(program, "/v1/responses", {
      model: "gpt-5.5",
      input: [{ role: "user", content }],
    });
    const { error } = await answer.json();
    assertEquals([answer.status, error.code, error.param], [404, "file_not_found", "file_id"]);
    assertStringIncludes(error.message, 'no file with id "file-platform"');
    assertEquals(backend.asks(), []);
  }));

Deno.test("files: what cannot be kept is refused, naming the field", () =>
  withProgram(async ({ program }) => {
    const cases = [
      [await upload(program, new Uint8Array()), "file", "an empty one"],
      [await upload(program, "text"), "file", "a text"],
      [await upload(program, new Uint8Array(33 * 1024 * 1024)), "file", "32 MiB: found 33 MiB"],
      [await upload(program, PDF, { purpose: "fine-tune" }), "purpose", '"fine-tune"'],
      [await upload(program, PDF, { "expires_after[seconds]": "3599" }), "expires_after[seconds]", "3600"],
      [
        await upload(program, PDF, { "expires_after[seconds]": "2592001" }),
        "expires_after[seconds]",
        "2592000",
      ],
    ] as const;
    for (const [{ status, body }, param, message] of cases) {
      assertEquals([status, body.error?.param], [400, param]);
      assertStringIncludes(body.error?.message ?? "", message);
    }
    for (const seconds of [3600, 2_592_000]) {
      const { body } = await upload(program, PDF, {
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": `${seconds}`,
      });
      assertEquals(Number(body["expires_at"]) - Number(body["created_at"]), seconds);
    }
  }));

Deno.test("files: nobody sees them without the key", () =>
  withProgram(async ({ program }) => {
    const { body } = await upload(program, PDF, {}, key("sesame"));
    const ask = async (headers: Record<string, string>) => {
      const answer = await program.fetch(`/v1/files/${body["id"]}`, { headers });
      return [answer.status, (await answer.json()).filename];
    };
    assertEquals(await ask({}), [401, undefined]);
    assertEquals(await ask(key("sesame")), [200, "fox.pdf"]);
  }, { config: '[server]\napi_key = "sesame"\n' }));

Deno.test("files: a turn with a file of 25 MiB is remembered, and the next one has it", () =>
  withProgram(async ({ program, backend }) => {
    const file = new Uint8Array(25 * 1024 * 1024);
    file.set(PDF);
    const { body } = await upload(program, file);
    const content = [{ type: "input_file", file_id: body["id"] }];
    const first = await post(program, "/v1/responses", {
      model: "gpt-5.5",
      input: [{ role: "user", content }],
    });
    assertEquals([first.status, first.headers.get("x-ccproxy-warning")], [200, null]);
    const { id } = await first.json();
    const next = await post(program, "/v1/responses", {
      model: "gpt-5.5",
      input: "And?",
      previous_response_id: id,
    });
    assertEquals(next.status, 200, await next.text());
    const { input } = backend.asks().at(-1)?.json as { input: { content: { file_data?: string }[] }[] };
    assertEquals(input[0]?.content[0]?.file_data?.length, PDF_URL.indexOf(",") + 1 + file.toBase64().length);
  }));
