/** The page for people, as a browser meets it: who sees what, and what its parts come with. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Program } from "../program.ts";
import { HELLO, post, withProgram } from "./setup.ts";

const WITH_KEY = { args: ["serve", "--port", "0", "--api-key", "my-key"] };
const KEY = { authorization: "Bearer my-key" };

/** The parts of the page that the next event brings; comments are passed over. */
async function nextSections(
  reader: ReadableStreamDefaultReader<string>,
): Promise<Record<string, string>> {
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the events ended: ${text}`);
    text += value;
    const data = /^event: sections\ndata: (.*)\n\n/m.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data);
  }
}

async function openEvents(program: Program, headers: HeadersInit = {}) {
  const response = await fetch(`${program.url}/page/events`, { headers });
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/event-stream"]);
  assert(response.body !== null);
  return response.body.pipeThrough(new TextDecoderStream()).getReader();
}

Deno.test("the page tells nothing without the key, and all with it", () =>
  withProgram(async ({ program }) => {
    await (await post(program, "/codex/s-1/v1/chat/completions", HELLO, { headers: KEY })).text();
    const locked = await (await program.fetch("/")).text();
    assertStringIncludes(locked, `id="key-form"`);
    for (const told of ["chat/completions", "@", "gpt-", "s-1", "0.1.0"]) {
      assert(!locked.includes(told), told);
    }
    const open = await (await program.fetch("/", { headers: KEY })).text();
    for (const told of ["chat/completions", "s-1", "MY_KEY"]) assertStringIncludes(open, told);
    assert(!open.includes("my-key"));
    // The masking takes nothing out of what is copied.
    assertStringIncludes(open, "Authorization: Bearer MY_KEY");
    const wrong = await program.fetch("/", { headers: { "x-api-key": "wrong" } });
    assertEquals([wrong.status, (await wrong.json()).error.code], [401, "invalid_api_key"]);
    for (const [file, type] of [["script.js", "text/javascript"], ["style.css", "text/css"]]) {
      const response = await program.fetch(`/page/${file}`);
      assertEquals([response.status, response.headers.get("content-type")], [200, `${type}; charset=utf-8`]);
      assert((await response.text()).length > 1000);
    }
  }, WITH_KEY));

Deno.test("events and deletes of the page need the key, and come from this server's own page only", () =>
  withProgram(async ({ program }) => {
    await (await post(program, "/codex/s-1/v1/chat/completions", HELLO, { headers: KEY })).text();
    for (
      const [method, path] of [["GET", "/page/events"], ["GET", "/page/sessions/s-1"], [
        "DELETE",
        "/codex/sessions/s-1",
      ]] as const
    ) {
      for (
        const [headers, status] of [
          [{}, 401],
          [{ authorization: "Bearer wrong" }, 401],
          [{ ...KEY, origin: "https://evil.example" }, 403],
          [{ ...KEY, "sec-fetch-site": "cross-site" }, 403],
        ] as const
      ) {
        const response = await program.fetch(path, { method, headers: { ...headers } });
        assertEquals([path, response.status], [path, status]);
        await response.body?.cancel();
      }
    }
    const deleted = await program.fetch("/codex/sessions/s-1", {
      method: "DELETE",
      headers: { ...KEY, origin: program.url },
    });
    assertEquals((await deleted.json()).deleted, true);
  }, WITH_KEY));

Deno.test("the page's events bring every part at first, then those that changed", () =>
  withProgram(async ({ program }) => {
    const reader = await openEvents(program);
    const first = await nextSections(reader);
    assertMatch(first["requests"] ?? "", /None yet/);
    assertMatch(first["clients"] ?? "", /aichat/);
    await (await post(program, "/v1/chat/completions", { ...HELLO, temperature: 1 })).text();
    const next = await nextSections(reader);
    assertMatch(next["requests"] ?? "", /chat\/completions.*Ignored parameters<\/dt><dd>temperature/s);
    assertEquals([next["clients"], next["version"]], [undefined, undefined]);
    await reader.cancel();
    // The account's list of models would change the settings for clients when it comes.
  }, { config: "[codex]\nenable_dynamic_model_info = false\n" }));

Deno.test("the page's events end when their client leaves, and keep no server from ending", () =>
  withProgram(async ({ program }) => {
    const running = async () =>
      /^ccproxy_requests_running (\d+)/m.exec(await (await program.fetch("/metrics")).text())?.[1];
    const left = await openEvents(program);
    await nextSections(left);
    // The request for the metrics is one of them.
    assertEquals(await running(), "2");
    await left.cancel();
    let count = await running();
    for (let asked = 0; count !== "1" && asked < 1000; asked++) count = await running();
    assertEquals(count, "1");

    const stays = await openEvents(program);
    await nextSections(stays);
    const ended = program.stop();
    while (!(await stays.read()).done) { /* what is still on its way */ }
    const { stderr } = await ended;
    assert(!stderr.includes("ended before all answers"), stderr);
  }));

Deno.test("the page's events end when the settings change, so that a key that was taken away shows nothing more", () =>
  withProgram(async ({ program }) => {
    const reader = await openEvents(program, KEY);
    await nextSections(reader);
    await Deno.writeTextFile(
      `${program.home}/.config/ccproxy/config.toml`,
      `[server]\napi_key = "another-key"\n`,
    );
    while (!(await reader.read()).done) { /* what is still on its way */ }
    const refused = await program.fetch("/page/events", { headers: KEY });
    assertEquals((await refused.json()).error.code, "invalid_api_key");
  }, { config: `[server]\napi_key = "my-key"\n` }));

Deno.test("the page says what a session holds, its words only where the settings say so", async () => {
  for (const config of ["", "[server]\npage_prompts = true\n"]) {
    await withProgram(async ({ program }) => {
      await (await post(program, "/codex/s-1/v1/chat/completions", HELLO)).text();
      const response = await program.fetch("/page/sessions/s-1");
      assertMatch(response.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      const held = await response.text();
      assertStringIncludes(held, "It holds 1 user message, 1 answer.");
      assertEquals(held.includes("Hello, how are you?"), config !== "");
      const missing = await program.fetch("/page/sessions/s-2");
      assertEquals([missing.status, (await missing.json()).error.code], [404, "session_not_found"]);
    }, { config });
  }
});

Deno.test("the page shows words of prompts only where the settings say so", async () => {
  for (const config of ["", "[server]\npage_prompts = true\n"]) {
    await withProgram(async ({ program }) => {
      await (await post(program, "/codex/s-1/v1/chat/completions", HELLO)).text();
      const page = await (await program.fetch("/")).text();
      assertEquals(page.split("Hello, how are you?").length - 1, config === "" ? 0 : 2);
      assertStringIncludes(page, config === "" ? "Prompts are not shown" : "Prompts are shown");
    }, { config });
  }
});
