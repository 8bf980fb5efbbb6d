import { assert, assertEquals } from "@std/assert";
import { UNAUTHORIZED } from "../fake/failures.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { startProgram } from "../program.ts";
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

Deno.test("serve refreshes once after a 401 and sends the request again", async () => {
  await using all = await stage((issue) => authJson(issue()));
  const before = JSON.parse(await Deno.readTextFile(all.authFile)).tokens.access_token;
  all.backend.revoke(before);
  const answer = await post(all.program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals([all.issuer.refreshes().length, all.backend.asks().length], [1, 2]);
  all.backend.setDefault(UNAUTHORIZED);
  const refused = await post(all.program, "/v1/chat/completions", HELLO);
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  assert(all.issuer.refreshes().length <= 2, "never two refreshes for one request");
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
