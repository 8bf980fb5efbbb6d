import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HELLO, post, withProgram } from "./setup.ts";

/** Each bad body, where it goes, and what the error must name. */
const BAD: readonly (readonly [string, string, unknown, number, string | null, RegExp])[] = [
  ["not JSON", "/codex/v1/chat/completions", "{oops", 400, null, /not valid JSON/],
  ["empty", "/codex/v1/responses", "", 400, null, /body is empty/],
  ["a list", "/codex/v1/responses", "[]", 400, null, /must be a JSON object/],
  [
    "messages of a wrong type",
    "/v1/chat/completions",
    { messages: "hi" },
    400,
    "messages",
    /must be an array: found "hi"/,
  ],
  [
    "no messages",
    "/v1/chat/completions",
    { model: "gpt-5" },
    400,
    "messages",
    /must be an array of messages/,
  ],
  [
    "an unknown role",
    "/v1/chat/completions",
    { messages: [{ role: "robot", content: "x" }] },
    400,
    "messages[0].role",
    /robot/,
  ],
  ["n of 2", "/v1/chat/completions", { ...HELLO, n: 2 }, 400, "n", /must be 1/],
  ["logprobs", "/v1/chat/completions", { ...HELLO, logprobs: true }, 400, "logprobs", /log probabilities/],
  [
    "audio",
    "/v1/chat/completions",
    { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
    400,
    "messages[0].content[0]",
    /audio/,
  ],
  [
    "a file id",
    "/v1/responses",
    { input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] },
    404,
    "file_id",
    /no file with id "f"/,
  ],
  [
    "an unknown model",
    "/v1/chat/completions",
    { ...HELLO, model: "claude-3-opus" },
    404,
    "model",
    /^Model not available/,
  ],
  [
    "an unknown effort",
    "/v1/chat/completions",
    { ...HELLO, reasoning_effort: "huge" },
    400,
    "reasoning_effort",
    /must be one of/,
  ],
  ["a reserved session id", "/codex/models/chat/completions", HELLO, 400, "session_id", /name of a route/],
  [
    "a long session id",
    `/codex/${"x".repeat(129)}/responses`,
    { input: "x" },
    400,
    "session_id",
    /at most 128/,
  ],
  [
    "an invalid strict schema",
    "/v1/chat/completions",
    {
      ...HELLO,
      tools: [{
        type: "function",
        function: { name: "f", strict: true, parameters: { type: "object", properties: { a: {} } } },
      }],
    },
    400,
    "tools[0].function.parameters",
    /missing "a"/,
  ],
];

Deno.test("serve refuses bad requests itself, naming the parameter, what was found and what is needed", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const [what, path, body, status, param, message] of BAD) {
      const response = await post(program, path, body);
      const { error } = await response.json();
      assertEquals([response.status, error.param], [status, param], `${what}: ${error.message}`);
      assert(message.test(error.message), `${what}: ${error.message}`);
      assertEquals(typeof error.type, "string");
    }
    const headerId = await post(program, "/codex/responses", { input: "x" }, {
      headers: { session_id: "models" },
    });
    assertEquals((await headerId.json()).error.param, "session_id");
    assertEquals(backend.asks().length, 0);
  });
});

Deno.test("serve refuses a body over the limit with 413, and answers unknown routes with the known ones", async () => {
  await withProgram(async ({ program }) => {
    const refused = await announce(program.url, "/v1/responses", 2 * 1024 * 1024);
    assertMatch(refused, /^HTTP\/1\.1 413 /);
    assertStringIncludes(refused, '"code":"request_too_large"');
    const unknown = await post(program, "/v1/no/such/route", {});
    assertEquals(unknown.status, 404);
    assert((await unknown.json()).error.message.includes("POST /codex/v1/responses"));
    const method = await program.fetch("/v1/chat/completions");
    assertEquals([method.status, method.headers.get("allow")], [405, "POST"]);
    await method.body?.cancel();
  }, { config: "[server]\nbody_limit_mb = 1\n" });
});

Deno.test("serve says when the provider is switched off, and takes the switch while running", async () => {
  await withProgram(async ({ program }) => {
    const off = await post(program, "/v1/chat/completions", HELLO);
    const { error } = await off.json();
    assertEquals(off.status, 503);
    assert(error.message.includes("OpenAI Codex provider is not enabled"));
    assert(error.message.includes("ccproxy config codex --enable"));
    await Deno.writeTextFile(`${program.home}/.config/ccproxy/config.toml`, "[codex]\nenabled = true\n");
    await program.stderrUntil(/settings changed.*codex\.enabled/);
    const on = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(on.status, 200);
    await on.body?.cancel();
    await Deno.writeTextFile(`${program.home}/.config/ccproxy/config.toml`, "[codex]\nenabeld = true\n");
    const log = await program.stderrUntil(/the settings in force stay/);
    assert(/config\.toml:2/.test(log) && log.includes("enabled"), log);
  }, { config: "[codex]\nenabled = false\n" });
});

Deno.test("serve keeps the client's system text, by the injection mode", async () => {
  const messages = [{ role: "system", content: "Be brief" }, { role: "user", content: "hi" }];
  for (
    const [mode, instructions, developer] of [
      ["override", "PROMPT", 1],
      ["append", "PROMPT\n\nBe brief", 0],
      ["disabled", "Be brief", 0],
    ] as const
  ) {
    await withProgram(async ({ program, backend }) => {
      const response = await post(program, "/v1/chat/completions", { model: "gpt-5.5", messages });
      await response.body?.cancel();
      const ask = backend.asks()[0]?.json as { instructions: string; input: { role: string }[] };
      assertEquals(ask.instructions, instructions);
      assertEquals(ask.input.filter(({ role }) => role === "developer").length, developer);
      assertEquals(backend.refusals(), []);
    }, { config: `[codex]\nsystem_prompt_injection_mode = "${mode}"\ninstructions = "PROMPT"\n` });
  }
});

/** The answer to a request that announces a body and sends none: a client that is still sending may lose it. */
async function announce(url: string, path: string, bytes: number): Promise<string> {
  const { hostname, port, host } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
    `content-length: ${bytes}\r\nconnection: close\r\n\r\n`;
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(head));
  let answer = "";
  const decoder = new TextDecoder();
  for await (const piece of connection.readable) {
    answer += decoder.decode(piece, { stream: true });
    if (answer.includes("request_too_large")) break;
  }
  return answer;
}
