import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { logout } from "../../src/auth/logout.ts";
import { Problem } from "../../src/problem.ts";
import { cliAuthJson, startIssuer, withHome } from "./issuer.ts";

Deno.test("logout() revokes the refresh token as the Codex CLI does and removes a file with nothing else in it", async () => {
  await using issuer = startIssuer();
  await withHome(cliAuthJson(1), async ({ path, directory }) => {
    assertEquals(await logout({ place: { kind: "file", path }, issuer: issuer.url }), {
      file: "removed",
      revocation: "revoked",
      revocationDetail: undefined,
      stays: [],
    });
    assertEquals(issuer.seen.map((seen) => [seen.path, seen.body]), [[
      "/oauth/revoke",
      '{"token":"rt_0","token_type_hint":"refresh_token","client_id":"app_EMoamEEZ73f0CkXaXp7hrann"}',
    ]]);
    const names = await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name);
    assertEquals(names.includes("auth.json"), false);
  });
});

Deno.test("logout() leaves API keys and unknown keys of others", async () => {
  await using issuer = startIssuer();
  await withHome(cliAuthJson(1, { OPENAI_API_KEY: "sk-mine", future: 1 }), async ({ path }) => {
    const result = await logout({ place: { kind: "file", path }, issuer: issuer.url });
    assertEquals([result.file, result.stays], ["cleaned", ["auth_mode", "OPENAI_API_KEY", "future"]]);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), {
      auth_mode: "apikey",
      OPENAI_API_KEY: "sk-mine",
      future: 1,
    });
  });
});

Deno.test("logout() removes the tokens also when the issuer cannot revoke them", async () => {
  await using issuer = startIssuer();
  issuer.answer = () => new Response("", { status: 500 });
  await withHome(cliAuthJson(1), async ({ path }) => {
    const result = await logout({ place: { kind: "file", path }, issuer: issuer.url });
    assertEquals([result.file, result.revocation, result.revocationDetail], [
      "removed",
      "failed",
      "status 500 without a JSON body",
    ]);
  });
});

Deno.test("logout() revokes an access token without client id where there is no refresh token", async () => {
  await using issuer = startIssuer();
  await withHome({ tokens: { access_token: "at" } }, async ({ path }) => {
    await logout({ place: { kind: "file", path }, issuer: issuer.url });
    assertEquals(issuer.seen[0]?.body, '{"token":"at","token_type_hint":"access_token"}');
  });
});

Deno.test("logout() does what it is asked: revoke nothing, remove nothing", async () => {
  await using issuer = startIssuer();
  await withHome(cliAuthJson(1), async ({ path }) => {
    const before = await Deno.readTextFile(path);
    const place = { kind: "file", path } as const;
    const result = await logout({ place, issuer: issuer.url, revoke: false, removeTokens: false });
    assertEquals([result.file, result.revocation], ["kept", "skipped"]);
    assertEquals([await Deno.readTextFile(path), issuer.seen], [before, []]);
  });
});

Deno.test("logout() finds nothing to do without a login", async () => {
  await withHome(undefined, async ({ path }) => {
    assertEquals((await logout({ place: { kind: "file", path } })).file, "nothing");
  });
  await withHome({ OPENAI_API_KEY: "sk-mine" }, async ({ path }) => {
    const result = await logout({ place: { kind: "file", path } });
    assertEquals([result.file, result.stays], ["nothing", ["OPENAI_API_KEY"]]);
  });
});

Deno.test("logout() leaves a corrupt file, and refuses the environment", async () => {
  await withHome("{", async ({ path }) => {
    const thrown = await assertRejects(() => logout({ place: { kind: "file", path } }));
    assert(thrown instanceof Problem);
    assertStringIncludes(thrown.message, "is not a credentials file: it is not JSON");
    assertEquals(await Deno.readTextFile(path), "{");
  });
  const thrown = await assertRejects(() => logout({ place: { kind: "env", text: "{}" } }));
  assert(thrown instanceof Problem);
  assertEquals(thrown.hint, "Unset CCPROXY_AUTH_JSON");
});

Deno.test("logout() revokes nothing when the tokens could not be removed", async () => {
  await using issuer = startIssuer();
  await withHome(cliAuthJson(1), async ({ directory }) => {
    // No file fits next to a name of this length, whoever makes it.
    const path = `${directory}/${"a".repeat(240)}.json`;
    await Deno.writeTextFile(path, JSON.stringify(cliAuthJson(1)));
    const thrown = await assertRejects(() => logout({ place: { kind: "file", path }, issuer: issuer.url }));
    assert(thrown instanceof Problem);
    assertStringIncludes(thrown.message, "the login cannot be removed: ");
    assertEquals(issuer.seen, []);
  });
});

Deno.test("logout() takes a login away that cannot be used, and leaves the rest", async () => {
  const tokens = { access_token: "abc\ndef", refresh_token: "r" };
  await withHome({ auth_mode: "chatgpt", tokens, mine: 1 }, async ({ path }) => {
    const result = await logout({ place: { kind: "file", path } });
    assertEquals([result.file, result.revocation, result.stays], ["cleaned", "skipped", ["mine"]]);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), { mine: 1 });
  });
});
