import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Program } from "../program.ts";
import { withProgram } from "./setup.ts";

const ON = { config: "[codex]\ntranscription = true\n" };
const WAV = new TextEncoder().encode("RIFF\0\0\0\0WAVEfmt data");

function ask(program: Program, fields: Record<string, string>, file: Uint8Array<ArrayBuffer> | null = WAV) {
  const body = new FormData();
  if (file !== null) body.set("file", new File([file], "speech.wav"));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return program.fetch("/v1/audio/transcriptions", { method: "POST", body });
}

Deno.test("audio/transcriptions sends file and prompt, and answers in the forms that it can be honest in", () =>
  withProgram(async ({ program, backend }) => {
    const json = await ask(program, { model: "whisper-1", prompt: "foxes", language: "en" });
    assertEquals(await json.json(), { text: "The fox is quick." });
    assertEquals(json.headers.get("x-ccproxy-ignored-params"), "language");
    const sent = backend.requests.find(({ route }) => route === "/backend-api/transcribe");
    assertStringIncludes(sent?.bodyText ?? "", "foxes");
    assertStringIncludes(sent?.bodyText ?? "", "Content-Type: audio/wav");
    const text = await ask(program, { response_format: "text" });
    assertEquals([await text.text(), text.headers.get("content-type")], [
      "The fox is quick.\n",
      "text/plain; charset=utf-8",
    ]);
    const verbose = await ask(program, { response_format: "verbose_json" });
    assertEquals(await verbose.json(), { task: "transcribe", text: "The fox is quick." });
    const stream = await ask(program, { stream: "true" });
    assertStringIncludes(await stream.text(), "event: transcript.text.done\n");
    assertEquals(backend.refusals(), []);
  }, ON));

Deno.test("audio/transcriptions is off unless it is switched on", () =>
  withProgram(async ({ program, backend }) => {
    const answer = await ask(program, {});
    const { error } = await answer.json();
    assertEquals([answer.status, error.code], [403, "transcription_disabled"]);
    assertEquals(backend.requests.filter(({ route }) => route.includes("transcribe")), []);
  }));

Deno.test("audio/transcriptions says what a page of Cloudflare is", () =>
  withProgram(async ({ program, backend }) => {
    backend.answer({
      status: 403,
      headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
      bytes: "<html><title>Just a moment...</title></html>",
    }, "/backend-api/transcribe");
    const { error } = await (await ask(program, {})).json();
    assertEquals(error.code, "cloudflare_challenge");
    assertStringIncludes(error.message, "Cloudflare asks this machine for a browser check (403)");
  }, ON));

Deno.test("audio/transcriptions refuses what it cannot do, naming the parameter, and so do files what is no form", () =>
  withProgram(async ({ program, backend }) => {
    const large = new Uint8Array(26 * 1024 * 1024);
    large.set(WAV);
    const cases: readonly (readonly [Promise<Response>, number, string])[] = [
      [ask(program, { response_format: "srt" }), 400, "response_format"],
      [ask(program, { "timestamp_granularities[]": "word" }), 400, "timestamp_granularities"],
      [ask(program, {}, null), 400, "file"],
      [ask(program, {}, new Uint8Array()), 400, "file"],
      [ask(program, {}, new TextEncoder().encode("<html>")), 400, "file"],
      [ask(program, {}, large), 400, "file"],
      [ask(program, { model: "gpt-5.5" }), 404, "model"],
    ];
    for (const [asked, status, param] of cases) {
      const answer = await asked;
      assertEquals([answer.status, (await answer.json()).error.param], [status, param]);
    }
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nfLaC';
    for (
      const [body, type] of [
        [head, "multipart/form-data; boundary=b"],
        ["{}", "application/json"],
        ["fLaC", "audio/flac"],
      ] as const
    ) {
      for (const route of ["audio/transcriptions", "files"]) {
        const init = { method: "POST", body, headers: { "content-type": type } };
        const answer = await program.fetch(`/v1/${route}`, init);
        assertEquals([answer.status, (await answer.json()).error.param], [400, "file"], `${route} ${type}`);
      }
    }
    assertEquals(backend.requests.filter(({ route }) => route.includes("transcribe")), []);
  }, ON));
