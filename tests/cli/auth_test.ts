import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson, FAKE_ACCOUNT_ID, makeTokens, SECRET_PATTERNS } from "../fake/tokens.ts";
import { NOW_MS } from "./fake_world.ts";
import { makeHome, type Ran } from "./home.ts";

const DAY = 86_400;

/** No output may hold a token. */
function assertNoSecret({ stdout, stderr }: Ran): void {
  // The URL of the sign-in page holds a state and a challenge, which are no secrets of anybody.
  for (const pattern of SECRET_PATTERNS) {
    assertEquals([stdout + stderr].filter((text) => pattern.test(text)), []);
  }
}

/** A browser: follows the sign-in page to wherever it leads. An opener does not wait for its browser. */
function createBrowser(): { open(url: string): boolean; page(): Promise<string> } {
  let page: Promise<string> = Promise.resolve("");
  return {
    open(url) {
      page = fetch(url).then((response) => response.text());
      return true;
    },
    page: () => page,
  };
}

Deno.test("auth status shows the account and ends with 0 when signed in", async () => {
  await using home = await makeHome();
  await home.signIn({ expiresInSeconds: 2 * DAY });
  const ran = await home.run("auth status");
  assertEquals(ran, {
    code: 0,
    stdout: [
      "ChatGPT login",
      "  Status:      signed in",
      "  Account:     person@example.com",
      "  Plan:        PLUS",
      "  Expires:     2026-11-24 12:00 UTC (in 2 days)",
      "  Credentials: ~/.codex/auth.json",
      `  Token:       ${/Token: +(.*)/.exec(ran.stdout)?.[1]}`,
      "",
    ].join("\n"),
    stderr: "",
  });
  assertNoSecret(ran);
});

Deno.test("auth status says what is wrong on standard error and ends with 3 when not signed in", async () => {
  await using home = await makeHome();
  assertEquals(await home.run("auth status"), {
    code: 3,
    stdout: "",
    stderr: [
      "ChatGPT login",
      "  Status:      not signed in",
      "  Credentials: ~/.codex/auth.json",
      "  Problem:     No valid OpenAI credentials found: there is no",
      "               ~/.codex/auth.json",
      "  To fix:      ccproxy auth login-openai",
      "",
    ].join("\n"),
  });
});

Deno.test("auth status names the variable that stands in the way of a login", async () => {
  await using home = await makeHome();
  const ran = await home.run("auth status", { env: { CCPROXY_AUTH_JSON: "junk" } });
  assertEquals(ran.code, 3);
  assertMatch(ran.stderr, /To fix: +unset CCPROXY_AUTH_JSON; ccproxy auth login-openai\n/);
});

Deno.test("auth status tells the expiry that a flat file states for a token that tells nothing", async () => {
  await using home = await makeHome();
  const login = JSON.stringify({
    access_token: "opaque-token",
    expires_at: 4_000_000_000,
    refresh_token: "r",
  });
  const ran = await home.run("auth status", { env: { CCPROXY_AUTH_JSON: login } });
  assertStringIncludes(ran.stdout, "  Expires:     2096-10-02 07:06 UTC");
});

Deno.test("auth status --json gives the same names in every state", async () => {
  await using home = await makeHome();
  const out = await home.run("auth status --json");
  await home.signIn({ plan: "free", expiresInSeconds: -60 });
  const expired = await home.run("auth status --json");
  const [outJson, expiredJson] = [JSON.parse(out.stdout), JSON.parse(expired.stdout)];
  assertEquals(Object.keys(outJson), Object.keys(expiredJson));
  assertEquals([out.code, outJson.signed_in, outJson.state, outJson.fix], [
    3,
    false,
    "signed_out",
    "ccproxy auth login-openai",
  ]);
  assertEquals([expired.code, expiredJson.signed_in, expiredJson.state, expiredJson.plan], [
    0,
    true,
    "expired_refreshable",
    "FREE",
  ]);
  assertEquals([expiredJson.account_id, expiredJson.expires_in_seconds, expiredJson.fix], [
    FAKE_ACCOUNT_ID,
    -60,
    null,
  ]);
  assertNoSecret(expired);
});

Deno.test("auth status names a file that others may read, a corrupt one and one with an API key", async () => {
  await using home = await makeHome();
  await home.signIn();
  await Deno.chmod(home.authPath, 0o644);
  assertStringIncludes((await home.run("auth status")).stdout, "mode 0644");
  await home.writeAuth("{ not json");
  assertStringIncludes(
    (await home.run("auth status")).stderr,
    "not signed in: the credentials cannot be used",
  );
  await home.writeAuth('{"OPENAI_API_KEY":"sk-proj-000000000000000000000000"}');
  const apiKey = await home.run("auth status");
  assertEquals(apiKey.code, 3);
  assertStringIncludes(apiKey.stderr.replaceAll(/\s+/g, " "), "holds an API key of the Codex CLI");
  assertEquals(apiKey.stderr.includes("sk-proj"), false);
});

Deno.test("auth openai-info shows plan, expiry, time left, place and refresh token, as the guide says", async () => {
  await using home = await makeHome();
  await home.signIn({ expiresInSeconds: 3 * 3600 + 300 });
  const ran = await home.run("auth openai-info");
  assertEquals(ran.code, 0);
  for (
    const line of [
      "  Subscription:     PLUS",
      "  Token expires:    2026-11-22 15:05 UTC (in 3 hours 5 minutes)",
      "  Time remaining:   3 hours 5 minutes",
      "  Refresh token:    available",
      "  Storage location: ~/.codex/auth.json",
      "  Storage form:     nested",
      `  Account id:       ${FAKE_ACCOUNT_ID}`,
    ]
  ) assertStringIncludes(ran.stdout, `${line}\n`);
  assertNoSecret(ran);
});

Deno.test("auth openai-info strips control characters that a token brought along", async () => {
  await using home = await makeHome();
  await home.signIn({ email: "a\x1b[31m\x07@example.com\r\nStatus: fine" });
  const ran = await home.run("auth openai-info");
  assertStringIncludes(ran.stdout, "  E-mail:           a[31m@example.com Status: fine\n");
});

Deno.test("auth login-openai signs in through the browser", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  const browser = createBrowser();
  const fake = home.world({
    tty: true,
    keepStdinOpen: true,
    nowMs: Date.now(),
    env: { DISPLAY: ":0" },
    openUrl: browser.open,
  });
  const ran = await home.runIn(fake, "auth login-openai");
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout, "");
  assertStringIncludes(ran.stderr, "Your browser has the sign-in page");
  assertStringIncludes(
    ran.stderr,
    "Finishing the sign-in ...\nSigned in\n  Account:     person@example.com\n",
  );
  assertStringIncludes(ran.stderr, "  Credentials: ~/.codex/auth.json\n");
  assertEquals(fake.opened.length, 1);
  assertStringIncludes(await browser.page(), "<html");
  assertEquals(fake.listeners(), 0);
  assertNoSecret(ran);
  assertEquals((await home.run("auth status")).code, 0);
});

Deno.test("auth login-openai --no-browser takes the pasted address", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  const fake = home.world();
  let shown = "";
  const world = {
    ...fake.world,
    err: (text: string) => {
      shown += text;
      fake.world.err(text);
    },
    readLine: async () => {
      const url = /^http\S+authorize\S+$/m.exec(shown)?.[0] ?? "";
      if (!shown.includes("That does not help")) return "what shall I paste?";
      const response = await fetch(url, { redirect: "manual" });
      await response.body?.cancel();
      return response.headers.get("location") ?? "";
    },
  };
  const ran = await home.runIn({ ...fake, world }, "auth login-openai --no-browser");
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(fake.opened, []);
  assertStringIncludes(ran.stderr, "That does not help: this is neither a URL nor a code");
  assertNoSecret(ran);
});

Deno.test("auth login-openai reads what it asks for, also without a terminal, and prompts on one", async () => {
  for (const tty of [false, true]) {
    await using issuer = await startFakeIssuer();
    await using backend = await startFakeBackend();
    await using home = await makeHome({ issuer, backend });
    // Without a display nothing is opened, so the address is asked for.
    const fake = home.world({ tty });
    let shown = "";
    const world = {
      ...fake.world,
      err: (text: string) => {
        shown += text;
        fake.world.err(text);
      },
      readLine: async () => {
        if (!shown.includes("That does not help")) return "nonsense it is";
        const url = /^http\S+authorize\S+$/m.exec(shown)?.[0] ?? "";
        const response = await fetch(url, { redirect: "manual" });
        await response.body?.cancel();
        return response.headers.get("location") ?? "";
      },
    };
    const ran = await home.runIn({ ...fake, world }, "auth login-openai");
    assertEquals(ran.code, 0, ran.stderr);
    assertMatch(ran.stderr.replaceAll("\n", " "), /copy that whole address and paste it here/);
    const prompts = tty ? 2 : 0;
    assertEquals(ran.stderr.split("Paste here: ").length - 1, prompts, ran.stderr);
    if (tty) {
      assertMatch(ran.stderr, /Paste here: That does not help: .*\n.*\nPaste here: \nFinishing the sign-in/);
    }
  }
});

Deno.test("auth login-openai --device shows code, address and the warning", async () => {
  await using issuer = await startFakeIssuer({ device: { interval: "1" } });
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  const fake = home.world();
  issuer.device.approve();
  const ran = await home.runIn(fake, "auth login-openai --device");
  assertEquals(ran.code, 0, ran.stderr);
  assertMatch(ran.stderr, /1\. Open {4}http:\S+\/codex\/device\n {2}2\. Enter {3}\S+\n/);
  assertStringIncludes(ran.stderr, "a code that somebody sends you signs them in as you");
  assertNoSecret(ran);
});

Deno.test("auth login-openai explains a device login that is not enabled, with the alternative", async () => {
  await using issuer = await startFakeIssuer();
  issuer.device.setEnabled(false);
  await using home = await makeHome({ issuer });
  const ran = await home.run("auth login-openai --device");
  assertEquals([ran.code, ran.stdout], [1, ""]);
  assertStringIncludes(
    ran.stderr,
    "Login failed: the device login is not enabled for this account or workspace",
  );
  assertStringIncludes(ran.stderr, "--no-browser");
});

Deno.test("auth login-openai gives up on Ctrl-C and leaves nothing behind", async () => {
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ issuer });
  const fake = home.world({
    tty: true,
    keepStdinOpen: true,
    env: { DISPLAY: ":0" },
    openUrl: () => {
      queueMicrotask(() => fake.interrupt());
      return true;
    },
  });
  const ran = await home.runIn(fake, "auth login-openai");
  assertEquals(ran.code, 1);
  assertStringIncludes(ran.stderr, "Given up: nothing was changed");
  assertEquals([fake.listeners(), issuer.requests.length], [0, 0]);
  assertEquals(await Array.fromAsync(Deno.readDir(home.path)), []);
});

Deno.test("auth login-openai keeps a working login unless told otherwise", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  await home.signIn();
  const before = await home.readAuth();
  assertEquals(await home.run("auth login-openai"), {
    code: 1,
    stdout: "",
    stderr: "Already signed in: person@example.com (~/.codex/auth.json)\n" +
      "Login failed: there is a working login already\n" +
      'hint: Run "ccproxy auth login-openai --force" to replace it\n',
  });
  const refused = await home.run("auth login-openai", { tty: true, stdin: ["n"] });
  assertEquals([refused.code, refused.stderr.endsWith("Sign in again? [y/N] Nothing was changed\n")], [
    1,
    true,
  ]);
  assertEquals(await home.readAuth(), before);
  issuer.device.approve();
  const forced = await home.run("auth login-openai --device --force");
  assertEquals([forced.code, await home.readAuth() === before], [0, false], forced.stderr);
});

Deno.test("auth login-openai refuses to save over the environment", async () => {
  await using home = await makeHome();
  const ran = await home.run("auth login-openai", { env: { CCPROXY_AUTH_JSON: '{"tokens":{}}' } });
  assertEquals(ran.code, 1);
  assertStringIncludes(ran.stderr, "Unset CCPROXY_AUTH_JSON and run the command again");
});

Deno.test("auth refresh fetches a new token and tells its expiry", async () => {
  const nowMs = Date.now();
  await using issuer = await startFakeIssuer({ facts: { nowMs, expiresInSeconds: DAY } });
  await using home = await makeHome({ issuer });
  const tokens = issuer.issue({ expiresInSeconds: 60 });
  await home.writeAuth(JSON.stringify({ tokens }));
  const ran = await home.run("auth refresh", { nowMs });
  assertEquals([ran.code, ran.stdout], [0, ""]);
  // Tokens know whole seconds only.
  assertMatch(
    ran.stderr,
    /^Refreshed: the new token expires \S+ \S+ UTC \(in (1 day|23 hours 59 minutes)\)\n$/,
  );
  assertEquals(issuer.refreshes().length, 1);
});

Deno.test("auth refresh ends with 3 and the command when the refresh token is refused", async () => {
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ issuer });
  const tokens = issuer.issue();
  issuer.spoil(tokens.refresh_token, "reused");
  await home.writeAuth(JSON.stringify({ tokens }));
  const ran = await home.run("auth refresh --json");
  assertEquals([ran.code, ran.stdout], [3, ""]);
  const { error } = JSON.parse(ran.stderr);
  assertStringIncludes(error.message, "Token refresh failed: ");
  assertEquals([error.code, error.exit_code, error.hint], [
    "refresh_failed",
    3,
    'Run "ccproxy auth login-openai" to sign in again',
  ]);
});

Deno.test("auth refresh ends with 3 without a login, with 4 without a network", async () => {
  await using home = await makeHome();
  assertEquals((await home.run("auth refresh")).code, 3);
  await home.signIn();
  const ran = await home.run("auth refresh");
  assertEquals(ran.code, 4);
  assertStringIncludes(ran.stderr, "Token refresh failed: ");
});

Deno.test("auth logout-openai revokes, removes and says that the Codex CLI shares the file", async () => {
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ issuer });
  const tokens = issuer.issue();
  await home.writeAuth(JSON.stringify({ tokens, last_refresh: "2026-11-22T00:00:00Z" }));
  const ran = await home.run("auth logout-openai", { tty: true, columns: 200, stdin: ["yes"] });
  assertEquals(ran, {
    code: 0,
    stdout: "",
    stderr: "The Codex CLI uses ~/.codex/auth.json too: it will be signed out as well\n" +
      "Sign out person@example.com? [y/N] Signed out: ~/.codex/auth.json is removed\n" +
      "The Codex CLI is signed out too, since it uses the same file\n",
  });
  assertEquals([issuer.revoked, await home.readAuth()], [[tokens.refresh_token], undefined]);
});

Deno.test("auth logout-openai asks first, and without a terminal wants --yes", async () => {
  await using home = await makeHome();
  await home.signIn();
  const before = await home.readAuth();
  const piped = await home.run("auth logout-openai");
  assertEquals(piped.code, 2);
  assertStringIncludes(piped.stderr, 'hint: Run "ccproxy auth logout-openai --yes"\n');
  const declined = await home.run("auth logout-openai", { tty: true, stdin: ["no"] });
  assertEquals([declined.code, await home.readAuth()], [1, before]);
});

Deno.test("auth logout-openai removes the tokens also when the issuer is away, and keeps an API key", async () => {
  await using home = await makeHome();
  const tokens = await home.signIn();
  await home.writeAuth(
    JSON.stringify({ tokens, OPENAI_API_KEY: "sk-proj-000000000000000000000000", other: 1 }),
  );
  const ran = await home.run("auth logout-openai --yes");
  assertEquals(ran.code, 0);
  assertStringIncludes(ran.stderr, "these entries stay: ");
  assertStringIncludes(ran.stderr, "Warning: the issuer did not confirm the revocation");
  const left = JSON.parse(await home.readAuth() ?? "");
  assertEquals([left.OPENAI_API_KEY, left.other, left.tokens ?? null], [
    "sk-proj-000000000000000000000000",
    1,
    null,
  ]);
});

Deno.test("auth logout-openai --keep-file leaves the shared login alone and ccproxy without one", async () => {
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ issuer });
  await home.signIn();
  const before = await home.readAuth();
  const ran = await home.run("auth logout-openai --keep-file");
  assertEquals([ran.code, await home.readAuth(), issuer.requests.length], [0, before, 0]);
  assertEquals((await home.run("auth status")).code, 3);
  assertEquals((await home.run("auth logout-openai")).code, 0);
  assertEquals((await home.run("codex set --unset auth.file")).code, 0);
  assertEquals((await home.run("auth status")).code, 0);
});

Deno.test("auth status says that a login cannot be refreshed where it is, and what to do", async () => {
  await using home = await makeHome();
  const login = JSON.stringify(authJson(makeTokens({ nowMs: NOW_MS })));
  const options = { env: { CCPROXY_AUTH_JSON: login } };
  const { code, stdout } = await home.run("auth status", options);
  const text = stdout.replaceAll(/\s+/g, " ");
  assertEquals(code, 0);
  assertStringIncludes(text, "the login comes from CCPROXY_AUTH_JSON, where nothing can be saved");
  assertStringIncludes(text, "To fix: Give the login as a file instead");
  const { refresh_problem } = JSON.parse((await home.run("auth status --json", options)).stdout);
  assertEquals(refresh_problem, "the login comes from CCPROXY_AUTH_JSON, where nothing can be saved");
});
