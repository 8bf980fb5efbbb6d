import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { UNAUTHORIZED } from "../fake/failures.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { WHOAMI } from "../fake/issuer_access_tokens.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { runProgram, startProgram } from "../program.ts";
import { HELLO, post } from "./setup.ts";

/** A program with a backend and an issuer that know the same tokens. */
async function stage(credentials: (issue: Awaited<ReturnType<typeof startFakeIssuer>>["issue"]) => unknown) {
  const issuer = await startFakeIssuer();
  const backend = await startFakeBackend();
  const program = await startProgram({ backend, issuer, credentials: credentials(issuer.issue) });
  return {
    issuer,
    backend,
    program,
    authFile: `${program.home}/.codex/auth.json`,
    async [Symbol.asyncDispose]() {
      await program.stop();
      await backend.close();
      await issuer.close();
    },
  };
}

Deno.test("serve refreshes an expired token before the request, once for many, and keeps unknown keys", async () => {
  await using all = await stage((issue) => ({
    ...authJson(issue({ expiresInSeconds: -60 })),
    some_other_tool: { keep: ["me"] },
  }));
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => post(all.program, "/v1/chat/completions", HELLO)),
  );
  for (const answer of answers) {
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
  }
  assertEquals(all.issuer.refreshes().length, 1);
  const saved = JSON.parse(await Deno.readTextFile(all.authFile));
  assertEquals(saved.some_other_tool, { keep: ["me"] });
  assertEquals(all.backend.asks()[0]?.headers["authorization"], `Bearer ${saved.tokens.access_token}`);
  if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(all.authFile)).mode ?? 0) & 0o777, 0o600);
});

const AN_HOUR_AGO = (): string => new Date(Date.now() - 3_600_000).toISOString();

Deno.test("serve refreshes once after a 401 and sends the request again", async () => {
  await using all = await stage((issue) => authJson(issue(), AN_HOUR_AGO()));
  const before = JSON.parse(await Deno.readTextFile(all.authFile)).tokens.access_token;
  all.backend.revoke(before);
  const answer = await post(all.program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals([all.issuer.refreshes().length, all.backend.asks().length], [1, 2]);
});

Deno.test("serve sends requests once more whose new token is not known everywhere yet", async () => {
  await using all = await stage((issue) => authJson(issue(), AN_HOUR_AGO()));
  const old = JSON.parse(await Deno.readTextFile(all.authFile)).tokens.access_token;
  all.backend.revoke(old);
  // Each request meets, with the new token, one node that does not know it.
  const met = new Set<string>();
  all.backend.setDefault((request) => {
    const body = new TextDecoder().decode(request.body);
    if (met.has(body)) return { events: textAnswer(["Hi"]) };
    met.add(body);
    return UNAUTHORIZED;
  });
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      post(all.program, "/v1/chat/completions", {
        ...HELLO,
        messages: [{ role: "user", content: `Hello ${at}` }],
      })),
  );
  assertEquals(answers.map((answer) => answer.status), Array(8).fill(200));
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  assertEquals([all.issuer.refreshes().length, met.size], [1, 8]);
});

Deno.test("serve does not advise a login when the backend refuses even a new token", async () => {
  await using all = await stage((issue) => authJson(issue(), AN_HOUR_AGO()));
  all.backend.setDefault(UNAUTHORIZED);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => post(all.program, "/v1/chat/completions", HELLO)),
  );
  for (const answer of answers) {
    const { error } = await answer.json();
    assertEquals([answer.status, answer.headers.get("retry-after")], [503, "10"]);
    assert(error.message.includes("the login is good"), error.message);
    assert(!error.message.includes("login-openai"), error.message);
  }
  assertEquals(all.issuer.refreshes().length, 1);
});

/** What reads a login, and how it ends with one that has expired and cannot be saved. */
const COMMANDS: readonly (readonly [line: string, code: number])[] = [
  ["usage", 1],
  ["codex info", 0],
  ["doctor", 1],
  ["auth status", 0],
  ["auth openai-info", 0],
  ["auth refresh", 1],
];

Deno.test("no command spends the refresh token of CCPROXY_AUTH_JSON, and each says why", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  const login = JSON.stringify(authJson(issuer.issue({ expiresInSeconds: -60 })));
  for (const [line, code] of COMMANDS) {
    const options = { backend, issuer, credentials: null, env: { CCPROXY_AUTH_JSON: login } };
    const ran = await runProgram(line.split(" "), options);
    const text = (ran.stdout + ran.stderr).replaceAll(/\s+/g, " ");
    assertEquals([line, ran.code], [line, code]);
    assert(text.includes("the login comes from CCPROXY_AUTH_JSON, where nothing can be saved"), text);
  }
  assertEquals(issuer.refreshes().length, 0);
});

Deno.test("serve refreshes CCPROXY_AUTH_JSON with the first request that needs it, not before, and says what is lost", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  const login = JSON.stringify(authJson(issuer.issue({ expiresInSeconds: -60 })));
  const program = await startProgram({
    backend,
    issuer,
    credentials: null,
    env: { CCPROXY_AUTH_JSON: login },
  });
  await (await program.fetch("/health/ready")).body?.cancel();
  await (await program.fetch("/codex/usage")).body?.cancel();
  assertEquals(issuer.refreshes().length, 0);
  const answer = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals(issuer.refreshes().length, 1);
  const { stderr } = await program.stop();
  const told = stderr.split("\n").filter((line) => line.includes("refreshed tokens cannot be kept"));
  assertEquals(told.length, 1, stderr);
  assert(stderr.includes("  To fix    Give the login as a file instead"), stderr);
  assert(stderr.includes("CCPROXY_AUTH_JSON holds a used refresh token now"), stderr);
});

Deno.test("serve takes a login that another program wrote, without a restart", async () => {
  await using all = await stage(() => null);
  const before = await post(all.program, "/v1/chat/completions", HELLO);
  assertEquals(before.status, 401);
  await before.body?.cancel();
  await Deno.mkdir(`${all.program.home}/.codex`, { recursive: true });
  await Deno.writeTextFile(all.authFile, JSON.stringify(authJson(all.issuer.issue())), { mode: 0o600 });
  const after = await post(all.program, "/v1/chat/completions", HELLO);
  assertEquals(after.status, 200);
  await after.body?.cancel();
});

Deno.test("serve reads the guide's flat file, with the account id of the token's claims", async () => {
  const tokens = makeTokens();
  await using backend = await startFakeBackend();
  await using program = await startProgram({
    backend,
    credentials: {
      access_token: tokens.access_token,
      refresh_token: tokens.refresh_token,
      id_token: tokens.id_token,
      expires_at: Math.floor(Date.now() / 1000) + 86_400,
      account_id: "user-1",
    },
  });
  const answer = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals(backend.asks()[0]?.headers["chatgpt-account-id"], tokens.account_id);
});

Deno.test("serve takes credentials from CCPROXY_AUTH_JSON", async () => {
  await using backend = await startFakeBackend();
  await using program = await startProgram({
    backend,
    credentials: null,
    env: { CCPROXY_AUTH_JSON: JSON.stringify(authJson(makeTokens())) },
  });
  const answer = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
});

Deno.test("serve answers 401 with the command when the refresh token is refused, and leaves the file alone", async () => {
  await using all = await stage((issue) => {
    const tokens = issue({ expiresInSeconds: -60 });
    return authJson(tokens);
  });
  const text = await Deno.readTextFile(all.authFile);
  all.issuer.spoil(JSON.parse(text).tokens.refresh_token, "expired");
  const answer = await post(all.program, "/v1/chat/completions", HELLO);
  const { error } = await answer.json();
  assertEquals(answer.status, 401);
  assert(
    error.message.startsWith("Token refresh failed") && error.message.includes("ccproxy auth login-openai"),
    error.message,
  );
  assertEquals(await Deno.readTextFile(all.authFile), text);
});

Deno.test("serve runs on an access token alone: asked for once, sent with its account, and never written", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend({ accepts: (token) => token.startsWith("at-") });
  const token = issuer.accessTokens.make({ accountId: "5d4bb2b6-0d5c-4f5f-8f43-6a3f0e1c7f11" });
  const program = await startProgram({
    backend,
    issuer,
    credentials: null,
    env: { CODEX_ACCESS_TOKEN: token },
  });
  await program.stderrUntil(/Account +person@example\.com \(BUSINESS\)/);
  for (const answer of [1, 2].map(() => post(program, "/v1/chat/completions", HELLO))) {
    assertEquals((await answer).status, 200);
    await (await answer).body?.cancel();
  }
  const { authorization, "chatgpt-account-id": account } = backend.asks()[0]?.headers ?? {};
  assertEquals([authorization, account], [`Bearer ${token}`, "5d4bb2b6-0d5c-4f5f-8f43-6a3f0e1c7f11"]);
  assertEquals([issuer.count(WHOAMI), issuer.refreshes().length], [1, 0]);
  for await (const { name } of Deno.readDir(program.home)) assert(name !== ".codex");
  await program.stop();
});

/** What each command says of an access token: one that works, one that was revoked, one that nobody could ask about. */
const TOKEN_COMMANDS:
  readonly (readonly [line: string, codes: readonly number[], said: readonly RegExp[]])[] = [
    ["auth status", [0, 3, 4], [
      /signed in[^]*an access token cannot be refreshed/,
      /was revoked/,
      /could not be asked/,
    ]],
    ["auth status --json", [0, 3, 4], [/"source": "token"/, /"state": "refused"/, /"state": "unavailable"/]],
    ["doctor", [0, 3, 4], [
      /person@example.com, plan BUSINESS/,
      /To fix: Create a new access token/,
      /could not be asked/,
    ]],
    ["usage", [0, 3, 4], [/./, /was revoked/, /could not be asked/]],
    ["auth refresh", [1, 3, 4], [
      /cannot be refreshed, and still works/,
      /was revoked/,
      /could not be asked/,
    ]],
    ["auth logout-openai --yes", [2, 0, 0], [
      /Unset CCPROXY_ACCESS_TOKEN/,
      /no ChatGPT login/,
      /no ChatGPT login/,
    ]],
    ["auth login-openai", [1, 1, 1], [/Unset CCPROXY_ACCESS_TOKEN/, /CCPROXY_ACCESS_TOKEN is set/, /is set/]],
  ];

Deno.test("every command says what an access token is good for, and what to do when it has ended", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend({ accepts: (token) => token.startsWith("at-") });
  const [good, revoked] = [issuer.accessTokens.make(), issuer.accessTokens.make()];
  issuer.accessTokens.end(revoked, "token_revoked");
  const nobody = { url: "http://127.0.0.1:9" };
  const states = [[good, issuer], [revoked, issuer], [good, nobody]] as const;
  for (const [line, codes, said] of TOKEN_COMMANDS) {
    for (const [at, [token, asked]] of states.entries()) {
      const env = { CCPROXY_ACCESS_TOKEN: token };
      const ran = await runProgram(line.split(" "), { backend, issuer: asked, credentials: null, env });
      const text = (ran.stdout + ran.stderr).replaceAll(/[ \n]+/g, " ");
      assertEquals([line, at, ran.code], [line, at, codes[at]], text);
      assert(said[at]?.test(text), `${line}: ${said[at]} is not in ${text}`);
    }
  }
});
