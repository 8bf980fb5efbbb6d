import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type BrowserLoginOptions, loginWithBrowser } from "../../src/auth/browser_login.ts";
import { loginWithDevice } from "../../src/auth/device_login.ts";
import type { LoginEvent } from "../../src/auth/finish_login.ts";
import { Problem } from "../../src/problem.ts";
import { type FakeIssuer, startFakeIssuer } from "../fake/issuer.ts";
import { FAKE_ACCOUNT_ID } from "../fake/tokens.ts";
import { withHome } from "./issuer.ts";

const IDENTITY = { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" };

/** A login that lasts as long as its test; the browser is a fetch of the URL, which follows every redirect. */
function loginOptions(issuer: FakeIssuer, path: string, events: LoginEvent[]): BrowserLoginOptions {
  return {
    place: { kind: "file", path },
    issuer: issuer.url,
    identity: IDENTITY,
    ports: [0],
    onEvent: (event) => events.push(event),
  };
}

/** The person's browser: opens the URL, and keeps the page it ends on. */
function createBrowser(): {
  open(url: string): Promise<boolean>;
  page(): Promise<{ url: string; body: string }>;
} {
  let visit: Promise<{ url: string; body: string }> | undefined;
  return {
    open(url) {
      visit = fetch(url).then(async (response) => ({ url: response.url, body: await response.text() }));
      return Promise.resolve(true);
    },
    page: () => visit ?? Promise.reject(new Error("nothing was opened")),
  };
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(() => work);
  assert(thrown instanceof Problem, String(thrown));
  return thrown;
}

Deno.test("loginWithBrowser() signs in, saves the file as the Codex CLI does, and shows a clean page", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ directory }) => {
    const path = `${directory}/new/.codex/auth.json`;
    const events: LoginEvent[] = [];
    const browser = createBrowser();
    const result = await loginWithBrowser({ ...loginOptions(issuer, path, events), openUrl: browser.open });
    const [tokens] = issuer.issued;
    assertEquals([result.path, result.email, result.plan, result.accountId], [
      path,
      "person@example.com",
      "plus",
      FAKE_ACCOUNT_ID,
    ]);
    const saved = JSON.parse(await Deno.readTextFile(path));
    assertEquals(Object.keys(saved), ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"]);
    assertEquals(saved.tokens, {
      id_token: tokens?.id_token,
      access_token: tokens?.access_token,
      refresh_token: tokens?.refresh_token,
      oauth_provenance: { issuer: issuer.url, client_id: "app_EMoamEEZ73f0CkXaXp7hrann" },
      login_owner_id: saved.tokens.login_owner_id,
      account_id: FAKE_ACCOUNT_ID,
    });
    if (Deno.build.os !== "windows") {
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      assertEquals(((await Deno.stat(`${directory}/new/.codex`)).mode ?? 0) & 0o777, 0o700);
    }
    const page = await browser.page();
    assertEquals(new URL(page.url).pathname + new URL(page.url).search, "/done");
    assertStringIncludes(page.body, "<h1>Signed in</h1>");
    assertEquals(events.map((event) => event.kind), ["url", "exchanging"]);
    const exchange = issuer.requests.find((request) => request.route === "/oauth/token");
    assertEquals(Object.keys(exchange?.fields ?? {}), [
      "grant_type",
      "client_id",
      "code",
      "redirect_uri",
      "code_verifier",
    ]);
    assertEquals(exchange?.headers["originator"], undefined);
  });
});

Deno.test("loginWithBrowser() keeps API keys and unknown keys of an existing file", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  const old = { auth_mode: "apikey", OPENAI_API_KEY: "sk-mine", future: { a: [1] } };
  await withHome(old, async ({ path }) => {
    await loginWithBrowser({ ...loginOptions(issuer, path, []), openUrl: createBrowser().open });
    const saved = JSON.parse(await Deno.readTextFile(path));
    assertEquals([saved.auth_mode, saved.OPENAI_API_KEY, saved.future], ["chatgpt", "sk-mine", { a: [1] }]);
  });
});

Deno.test("loginWithBrowser() sets a corrupt file aside and names its new path", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome('{"tokens": {"acc', async ({ path }) => {
    const events: LoginEvent[] = [];
    const now = (): number => Date.parse("2026-11-22T12:00:00Z");
    await loginWithBrowser({ ...loginOptions(issuer, path, events), openUrl: createBrowser().open, now });
    const event = events.find((each) => each.kind === "set_aside");
    assert(event?.kind === "set_aside");
    assertEquals(event.path, `${await Deno.realPath(path)}.corrupt-2026-11-22T12-00-00-000Z`);
    assertEquals(await Deno.readTextFile(event.path), '{"tokens": {"acc');
    assertEquals(JSON.parse(await Deno.readTextFile(path)).auth_mode, "chatgpt");
  });
});

Deno.test("loginWithBrowser() ends with the refusal, and leaves the file alone", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  issuer.denyNext("access_denied", "<b>No</b>");
  await withHome({ future: 1 }, async ({ path }) => {
    const browser = createBrowser();
    const problem = await problemOf(
      loginWithBrowser({ ...loginOptions(issuer, path, []), openUrl: browser.open }),
    );
    assertEquals(problem.message, "Login failed: the sign-in was refused: <b>No</b> (access_denied)");
    assertStringIncludes((await browser.page()).body, "&lt;b&gt;No&lt;/b&gt;");
    assertEquals(await Deno.readTextFile(path), '{\n  "future": 1\n}');
  });
});

Deno.test("loginWithBrowser() explains a workspace without Codex", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  issuer.denyNext("access_denied", "missing_codex_entitlement");
  await withHome(undefined, async ({ path }) => {
    const browser = createBrowser();
    const problem = await problemOf(
      loginWithBrowser({ ...loginOptions(issuer, path, []), openUrl: browser.open }),
    );
    assertStringIncludes(problem.message, "Codex is not enabled for this workspace");
    assertStringIncludes((await browser.page()).body, "Codex is not enabled for your workspace");
  });
});

Deno.test("loginWithBrowser() tells browser and terminal that the exchange failed", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  issuer.answer(
    { status: 400, body: { error: "invalid_grant", error_description: "Code already used" } },
    "/oauth/token",
  );
  await withHome(undefined, async ({ path }) => {
    const browser = createBrowser();
    const problem = await problemOf(
      loginWithBrowser({ ...loginOptions(issuer, path, []), openUrl: browser.open }),
    );
    assertStringIncludes(
      problem.message,
      "a code works once and for a few minutes: Code already used (invalid_grant)",
    );
    assertStringIncludes((await browser.page()).body, "<h1>Sign-in failed</h1>");
    assertEquals((await assertRejects(() => Deno.stat(path))) instanceof Deno.errors.NotFound, true);
  });
});

Deno.test("a code that is used twice is refused the second time, in words for people", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path }) => {
    const events: LoginEvent[] = [];
    let used = "";
    const readPaste = async (): Promise<string> => used = await redirectedUrl(events);
    await loginWithBrowser({ ...loginOptions(issuer, path, events), readPaste });
    const code = new URL(used).searchParams.get("code") ?? "";
    const options = loginOptions(issuer, path, []);
    const problem = await problemOf(loginWithBrowser({ ...options, readPaste: () => Promise.resolve(code) }));
    assertStringIncludes(problem.message, "a code works once and for a few minutes");
    assertEquals(
      JSON.parse(await Deno.readTextFile(path)).tokens.access_token,
      issuer.issued[0]?.access_token,
    );
  });
});

Deno.test("loginWithBrowser() refuses a workspace that is not allowed, and saves nothing", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path }) => {
    const options = { ...loginOptions(issuer, path, []), openUrl: createBrowser().open };
    const problem = await problemOf(loginWithBrowser({ ...options, allowedWorkspaceIds: ["other"] }));
    assertEquals(
      problem.message,
      `Login failed: the sign-in was to workspace ${FAKE_ACCOUNT_ID}, which is not allowed`,
    );
    assertEquals(issuer.count("/oauth/revoke"), 1);
    assertEquals((await assertRejects(() => Deno.stat(path))) instanceof Deno.errors.NotFound, true);
  });
});

/** Writes that work so many times, until the disk is full. */
function fullAfter(count: number): (file: Deno.FsFile, bytes: Uint8Array) => Promise<void> {
  let writes = 0;
  return async (file, bytes) => {
    if (++writes > count) {
      throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    }
    await file.write(bytes);
  };
}

for (
  const [when, writes, asked] of [
    ["before anybody signs in, when the disk is full", 0, []],
    ["before the code is spent, when the disk has become full meanwhile", 1, ["/oauth/authorize"]],
  ] as const
) {
  Deno.test(`loginWithBrowser() finds out ${when}`, async () => {
    await using issuer = await startFakeIssuer({ anyPort: true });
    await withHome({ future: 1 }, async ({ path, directory }) => {
      const writeBytes = fullAfter(writes);
      const options = { ...loginOptions(issuer, path, []), openUrl: createBrowser().open, writeBytes };
      const problem = await problemOf(loginWithBrowser(options));
      assertEquals(
        problem.message,
        `Cannot use a file: a login cannot be saved: ${path} cannot be written: no space is left on the disk`,
      );
      assertEquals(problem.hint, `Make room on the disk of ${directory}`);
      assertEquals(issuer.requests.map((request) => request.route), [...asked]);
      assertEquals(await Deno.readTextFile(path), '{\n  "future": 1\n}');
      assertEquals(await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name), ["auth.json"]);
    });
  });
}

Deno.test("loginWithDevice() finds out before it shows a code that the login could not be saved", async () => {
  await using issuer = await startFakeIssuer();
  await withHome({ future: 1 }, async ({ path }) => {
    const problem = await problemOf(
      loginWithDevice({ ...loginOptions(issuer, path, []), writeBytes: fullAfter(0) }),
    );
    assertEquals([problem.code, issuer.requests.length], ["file", 0]);
  });
});

Deno.test("loginWithBrowser() keeps the old file and revokes the tokens when the disk fails in the end", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome({ future: 1 }, async ({ path }) => {
    const options = {
      ...loginOptions(issuer, path, []),
      openUrl: createBrowser().open,
      writeBytes: fullAfter(2),
    };
    const problem = await problemOf(loginWithBrowser(options));
    assertEquals(
      problem.message,
      `Cannot use a file: the login cannot be saved in ${path}: No space left on device (os error 28)`,
    );
    assertEquals(await Deno.readTextFile(path), '{\n  "future": 1\n}');
    assertEquals(issuer.requests.map((request) => request.route), [
      "/oauth/authorize",
      "/oauth/token",
      "/oauth/revoke",
    ]);
  });
});

Deno.test("loginWithBrowser() finishes an exchange that has begun before Ctrl-C", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path }) => {
    const abort = new AbortController();
    const onEvent = (event: LoginEvent): void => {
      if (event.kind === "exchanging") abort.abort(new Error("interrupted"));
    };
    const options = { ...loginOptions(issuer, path, []), onEvent, signal: abort.signal };
    await loginWithBrowser({ ...options, openUrl: createBrowser().open });
    assertEquals(
      JSON.parse(await Deno.readTextFile(path)).tokens.access_token,
      issuer.issued[0]?.access_token,
    );
  });
});

Deno.test("loginWithBrowser() finds out before anybody signs in that the directory cannot be made", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome("a file", async ({ path }) => {
    const problem = await problemOf(loginWithBrowser(loginOptions(issuer, `${path}/below/auth.json`, [])));
    assertEquals(problem.code, "file");
    assertStringIncludes(problem.message, `the directory of ${path}/below/auth.json cannot be made: `);
    assertEquals(issuer.requests, []);
  });
});

Deno.test("loginWithBrowser() takes the redirected URL pasted back, after pastes that are of no use", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path }) => {
    const events: LoginEvent[] = [];
    const lines: ((url: string) => Promise<string>)[] = [
      () => Promise.resolve("what?"),
      (url) => Promise.resolve(`${redirectOf(url)}?code=c&state=of-another-login`),
      async (url) => {
        const response = await fetch(url, { redirect: "manual" });
        await response.body?.cancel();
        return response.headers.get("location") ?? "";
      },
    ];
    const result = await loginWithBrowser({
      ...loginOptions(issuer, path, events),
      readPaste: () => {
        const url = events.find((event) => event.kind === "url");
        return url?.kind === "url"
          ? lines.shift()?.(url.url) ?? Promise.resolve(undefined)
          : Promise.resolve(undefined);
      },
    });
    assertEquals(result.email, "person@example.com");
    assertEquals(events.map((event) => event.kind), ["url", "bad_paste", "bad_paste", "exchanging"]);
  });
});

Deno.test("loginWithBrowser() works by paste alone when the ports are taken", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await using occupant = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no"),
  );
  await withHome(undefined, async ({ path }) => {
    const events: LoginEvent[] = [];
    const options: BrowserLoginOptions = {
      ...loginOptions(issuer, path, events),
      ports: [occupant.addr.port],
      sleep: () => Promise.resolve(),
      readPaste: async () => new URL(await redirectedUrl(events)).searchParams.get("code") ?? undefined,
    };
    assertEquals((await loginWithBrowser(options)).email, "person@example.com");
    assertEquals(events.map((event) => event.kind), ["no_listener", "url", "exchanging"]);
    const problem = await problemOf(
      loginWithBrowser({ ...options, readPaste: () => Promise.resolve(undefined) }),
    );
    assertEquals(problem.message, "Login failed: the input ended before a URL or a code was pasted");
  });
});

Deno.test("loginWithBrowser() gives up after its time", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path }) => {
    const problem = await problemOf(loginWithBrowser({ ...loginOptions(issuer, path, []), timeoutMs: 6 }));
    assertEquals(
      problem.message,
      "Login failed: nobody finished the sign-in in the browser within 6 ms",
    );
  });
});

Deno.test("loginWithBrowser() ends with Ctrl-C, frees the port and leaves no file", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true });
  await withHome(undefined, async ({ path, directory }) => {
    const abort = new AbortController();
    const events: LoginEvent[] = [];
    const onEvent = (event: LoginEvent): void => {
      events.push(event);
      abort.abort(new Error("interrupted"));
    };
    const thrown = await assertRejects(() =>
      loginWithBrowser({ ...loginOptions(issuer, path, []), onEvent, signal: abort.signal })
    );
    assertEquals((thrown as Error).message, "interrupted");
    const [event] = events;
    assert(event?.kind === "url" && event.port !== undefined);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: event.port });
    listener.close();
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  });
});

Deno.test("loginWithBrowser() cannot save into the environment, and says what to unset", async () => {
  await using issuer = await startFakeIssuer();
  const place = { kind: "env", text: "{}" } as const;
  const problem = await problemOf(loginWithBrowser({ ...loginOptions(issuer, "", []), place }));
  assertEquals(problem.hint, "Unset CCPROXY_AUTH_JSON and run the command again");
});

Deno.test("loginWithBrowser() names a clock that is ten minutes off", async () => {
  await using issuer = await startFakeIssuer({ anyPort: true, dateSkewSeconds: -600 });
  await withHome(undefined, async ({ path }) => {
    const events: LoginEvent[] = [];
    await loginWithBrowser({ ...loginOptions(issuer, path, events), openUrl: createBrowser().open });
    assertEquals(events.filter((event) => event.kind === "warning"), [
      {
        kind: "warning",
        message: "the clock of this machine is 10 minutes ahead of the issuer's; set it right",
      },
    ]);
  });
});

Deno.test("loginWithDevice() shows the code, obeys interval and slow_down, and signs in", async () => {
  await using issuer = await startFakeIssuer({ device: { interval: "7", approved: true, alias: true } });
  issuer.device.queue("pending", "pending_404", "slow_down", "pending");
  await withHome(undefined, async ({ path }) => {
    const events: LoginEvent[] = [];
    const sleeps: number[] = [];
    const result = await loginWithDevice({
      ...loginOptions(issuer, path, events),
      sleep: (ms) => {
        sleeps.push(ms);
        return Promise.resolve();
      },
    });
    assertEquals(result.email, "person@example.com");
    assertEquals(sleeps, [7000, 7000, 7000, 12000, 12000]);
    const [event] = events;
    assert(event?.kind === "device_code");
    assertEquals([event.userCode, event.verifyUrl], ["ABCD-12345", `${issuer.url}/codex/device`]);
    assertEquals(JSON.parse(await Deno.readTextFile(path)).tokens.account_id, FAKE_ACCOUNT_ID);
    const exchange = issuer.requests.find((request) => request.route === "/oauth/token");
    assertEquals(exchange?.fields["redirect_uri"], `${issuer.url}/deviceauth/callback`);
  });
});

Deno.test("loginWithDevice() explains an account without device login, with the alternative", async () => {
  await using issuer = await startFakeIssuer({ device: { enabled: false } });
  await withHome(undefined, async ({ path }) => {
    const problem = await problemOf(loginWithDevice(loginOptions(issuer, path, [])));
    assertEquals(
      problem.message,
      "Login failed: the device login is not enabled for this account or workspace",
    );
    assertStringIncludes(problem.hint, "--no-browser");
  });
});

Deno.test("loginWithDevice() ends when the code expires or the person refuses", async () => {
  for (
    const [state, message] of [["expired", "the code has expired"], [
      "denied",
      "the sign-in was refused",
    ]] as const
  ) {
    await using issuer = await startFakeIssuer();
    issuer.device.queue(state);
    await withHome(undefined, async ({ path }) => {
      const options = { ...loginOptions(issuer, path, []), sleep: () => Promise.resolve() };
      assertStringIncludes((await problemOf(loginWithDevice(options))).message, message);
    });
  }
});

Deno.test("loginWithDevice() ends with Ctrl-C while it waits", async () => {
  await using issuer = await startFakeIssuer();
  await withHome(undefined, async ({ path }) => {
    const abort = new AbortController();
    const onEvent = (): void => abort.abort(new Error("interrupted"));
    const options = { ...loginOptions(issuer, path, []), onEvent, signal: abort.signal };
    assertEquals(((await assertRejects(() => loginWithDevice(options))) as Error).message, "interrupted");
    assertEquals(issuer.count("/api/accounts/deviceauth/token"), 0);
  });
});

/** Where the issuer sends the browser that opens the login's URL. */
async function redirectedUrl(events: readonly LoginEvent[]): Promise<string> {
  const event = events.find((each) => each.kind === "url");
  const response = await fetch(event?.kind === "url" ? event.url : "", { redirect: "manual" });
  await response.body?.cancel();
  return response.headers.get("location") ?? "";
}

function redirectOf(url: string): string {
  return new URL(url).searchParams.get("redirect_uri") ?? "";
}
