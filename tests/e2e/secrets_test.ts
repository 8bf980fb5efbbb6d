import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { authJson, makeTokens, SECRET_PATTERNS } from "../fake/tokens.ts";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { type Program, runProgram, startProgram } from "../program.ts";
import { HELLO, post, withProgram } from "./setup.ts";

/** Everything a person or a client can see of secrets in a text: any part of 16 characters. */
function leaks(text: string, secret: string): string[] {
  const found = new Set<string>();
  for (let at = 0; at + 16 <= secret.length; at++) {
    const part = secret.slice(at, at + 16);
    if (!/[^!-~]/.test(part) && text.includes(part)) found.add(part);
  }
  for (const pattern of SECRET_PATTERNS) if (pattern.test(text)) found.add(String(pattern));
  return [...found];
}

/** A login with one field that cannot be sent, and what is said of it. */
const BROKEN: readonly (readonly [name: string, change: (text: string) => string, said: RegExp])[] = [
  [
    "access_token",
    (text) => `${text.slice(0, 64)}\n${text.slice(64)}`,
    /"access_token" has a line break at character 65 of \d+, like a secret that was wrapped/,
  ],
  ["access_token", (text) => `${text}\n`, /"access_token" has a line break/],
  [
    "access_token",
    (text) => `${text.slice(0, 64)} ${text.slice(64)}`,
    /"access_token" has white space at character 65/,
  ],
  [
    "access_token",
    (text) => `${text.slice(0, 64)}\u0000${text.slice(64)}`,
    /"access_token" has a control character/,
  ],
  [
    "access_token",
    (text) => `${text.slice(0, 64)}й${text.slice(64)}`,
    /"access_token" has a character that is not ASCII/,
  ],
  [
    "refresh_token",
    (text) => `${text.slice(0, 20)}\r\n${text.slice(20)}`,
    /"refresh_token" has a line break/,
  ],
  ["account_id", (text) => `${text}\n`, /"account_id" has a line break/],
];

function brokenLogin(name: string, change: (text: string) => string) {
  const login: Record<string, unknown> = authJson(makeTokens());
  const tokens = { ...login["tokens"] as Record<string, string> };
  tokens[name] = change(tokens[name] ?? "");
  return { login: { ...login, tokens }, secret: tokens[name] };
}

Deno.test("doctor, codex info and status say what is wrong with a token, and quote nothing of it", async () => {
  for (const [index, [name, change, said]] of BROKEN.entries()) {
    const { login, secret } = brokenLogin(name, change);
    // The file and the variable in turn: one reader judges both.
    const place = index % 2 === 0
      ? { credentials: login }
      : { credentials: null, env: { CCPROXY_AUTH_JSON: JSON.stringify(login) } };
    for (const command of [["doctor"], ["codex", "info"], ["auth", "status", "--json"]]) {
      if (command[0] !== "auth" && index > 1) continue;
      const { stdout, stderr } = await runProgram(command, place);
      const text = stdout + stderr;
      assert(said.test(text.replaceAll("\\", "").replaceAll(/\s+/g, " ")), `${command} of ${name}: ${text}`);
      assertEquals([command, name, name === "account_id" ? [] : leaks(text, secret)], [command, name, []]);
      assertEquals(text.includes("Internal error"), false, text);
    }
  }
});

Deno.test("serve answers 401 for a wrapped token, says what is wrong, and quotes nothing of it anywhere", async () => {
  const { login, secret } = brokenLogin("access_token", (text) => `${text.slice(0, 64)}\n${text.slice(64)}`);
  await withProgram(async ({ program, backend }) => {
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const response = await post(program, path, { ...HELLO, max_tokens: 9 });
      const text = await response.text();
      assertEquals([path, response.status], [path, 401]);
      assertStringIncludes(text, "has a line break at character 65");
      assertEquals(leaks(text, secret), []);
    }
    const page = await (await program.fetch("/")).text() +
      await (await program.fetch("/health/ready")).text();
    assertStringIncludes(page, "has a line break");
    assertEquals(leaks(page + program.stderr(), secret), []);
    assertEquals(backend.asks().length, 0);
  }, { credentials: login });
});

Deno.test("a credentials file that was wrapped as a whole is told from one that is no JSON", async () => {
  const home = await Deno.makeTempDir({ prefix: "ccproxy-test-", dir: "/tmp" });
  try {
    await Deno.mkdir(`${home}/.codex`);
    const text = JSON.stringify(authJson(makeTokens())).replace(/(access_token":".{40})/, "$1\n");
    await Deno.writeTextFile(`${home}/.codex/auth.json`, text, { mode: 0o600 });
    const { stderr } = await runProgram(["auth", "status"], { home });
    assertStringIncludes(stderr.replaceAll(/\s+/g, " "), "a line break is inside of a text");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

/** The lanes by which a failure of the backend reaches a client. */
const LANES:
  readonly (readonly [path: string, more: Record<string, unknown>, headers: Record<string, string>])[] = [
    ["/v1/responses", { input: "Hi", stream: true }, {}],
    ["/v1/responses", { input: "Hi" }, {}],
    ["/v1/chat/completions", { stream: true }, {}],
    ["/v1/chat/completions", {}, {}],
    ["/v1/messages", { stream: true, max_tokens: 9 }, {}],
    ["/v1/completions", { prompt: "Hi", messages: undefined, stream: true }, {}],
  ];

async function answerOf(program: Program, lane: typeof LANES[number]): Promise<string> {
  const [path, more, headers] = lane;
  const { messages, ...hello } = HELLO;
  const body = path === "/v1/responses" ? { ...hello, ...more } : { ...hello, messages, ...more };
  const response = await post(program, path, body, { headers });
  return await response.text() + JSON.stringify([...response.headers]);
}

/** The key of the proxy and an opaque access token: nothing but knowing them can hide them. */
const OPAQUE = "Zm9vYmFyOnF1eHF1dXg5ODc2NTQzMjEwYWJjZGVmZ2hpams";

Deno.test("no lane shows the token that the backend quotes in a failure, early or late, in an event or a status", async () => {
  await using backend = await startFakeBackend({ strict: false });
  await using program = await startProgram({
    backend,
    credentials: authJson({ ...makeTokens(), access_token: OPAQUE }),
  });
  {
    const quoted = `Bad header "Bearer ${OPAQUE}", or ${OPAQUE.slice(0, 30)}... with ${OPAQUE.slice(9, 40)}`;
    const error = { code: "server_error", message: quoted };
    const opening = textAnswer(["Hello there"]).slice(0, -1);
    const failed = { type: "response.failed", response: { id: "resp_1", status: "failed", error } };
    for (const lane of LANES) {
      for (
        const events of [
          [failed],
          [...opening, failed],
          [...opening, { type: "error", ...error }],
          [...opening, { type: "error", error }],
          [...opening, { type: "response.completed", response: { id: "resp_1", status: "failed", error } }],
        ]
      ) {
        backend.answer({ events });
        const text = await answerOf(program, lane);
        assertEquals([lane, leaks(text, OPAQUE)], [lane, []]);
        assertStringIncludes(text, "[hidden]");
      }
      for (const status of [400, 403, 429, 500]) {
        const explained = { "x-error-json": btoa(quoted), "x-openai-authorization-error": quoted };
        backend.setDefault({ status, body: { error }, headers: explained });
        assertEquals([lane, status, leaks(await answerOf(program, lane), OPAQUE)], [lane, status, []]);
        // A Codex client gets the backend's own words, but for the token.
        const native = await post(program, "/v1/responses", { model: "gpt-5", input: [], stream: true }, {
          headers: { "user-agent": "codex_cli_rs/0.169.0" },
        });
        const text = await native.text() + JSON.stringify([...native.headers]);
        assertEquals([
          native.status,
          leaks(text + atob(native.headers.get("x-error-json")?.match(/^[\w+/=]+$/)?.[0] ?? ""), OPAQUE),
        ], [status, []]);
      }
    }
    assertEquals(leaks(program.stderr(), OPAQUE), []);
  }
});
