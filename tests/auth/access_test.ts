import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type AccessOptions, createAccess } from "../../src/auth/access.ts";
import type { RefreshableAccess } from "../../src/auth/access_source.ts";
import { Problem } from "../../src/problem.ts";
import { ACCOUNT_ID, cliAuthJson, fakeJwt, startIssuer, withHome } from "./issuer.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const IDENTITY = { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" };
const inMinutes = (minutes: number): number => NOW / 1000 + minutes * 60;

function accessTo(issuer: string, path: string, more: Partial<AccessOptions> = {}): RefreshableAccess {
  return createAccess({
    place: { kind: "file", path },
    issuer,
    identity: IDENTITY,
    now: () => NOW,
    sleep: () => Promise.resolve(),
    ...more,
  });
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(() => work);
  assert(thrown instanceof Problem);
  return thrown;
}

Deno.test("get() gives the token of the file with its account, without any request", async () => {
  await using issuer = startIssuer(() => NOW);
  const content = cliAuthJson(inMinutes(60));
  await withHome(content, async ({ path }) => {
    const access = await accessTo(issuer.url, path).get();
    assertEquals(access, {
      token: (content["tokens"] as { access_token: string }).access_token,
      accountId: ACCOUNT_ID,
      fedramp: false,
      plan: "plus",
      expiresAtMs: NOW + 60 * 60_000,
    });
    assertEquals(issuer.seen, []);
  });
});

Deno.test("get() refreshes at 5 minutes of life, not at 6", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(6)), async ({ path }) => {
    await accessTo(issuer.url, path).get();
    assertEquals(issuer.refreshes, 0);
  });
  await withHome(cliAuthJson(inMinutes(5)), async ({ path }) => {
    const access = await accessTo(issuer.url, path).get();
    assertEquals(issuer.refreshes, 1);
    assertEquals(access.expiresAtMs, NOW + 864_000_000);
  });
});

Deno.test("get() sends the refresh as the Codex CLI does", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    await accessTo(issuer.url, path).get();
    const [seen] = issuer.seen;
    assertEquals(
      seen?.body,
      '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann","grant_type":"refresh_token",' +
        '"refresh_reason":"proactive_expiry","refresh_token":"rt_0"}',
    );
    assertEquals(seen?.headers.get("originator"), "codex_cli_rs");
    assertEquals(seen?.headers.get("user-agent"), "codex_cli_rs/0.169.0");
    assertEquals(seen?.headers.get("content-type"), "application/json");
  });
});

Deno.test("get() refreshes once for a hundred requests at the same time", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const all = await Promise.all(Array.from({ length: 100 }, () => access.get()));
    assertEquals(new Set(all.map((each) => each.token)).size, 1);
    assertEquals(issuer.refreshes, 1);
  });
});

Deno.test("get() saves the rotation and keeps every unknown key at every level", async () => {
  await using issuer = startIssuer(() => NOW);
  const content = cliAuthJson(inMinutes(-1), { agent_identity: { a: 1 }, future: [1, { b: null }] });
  Object.assign(content["tokens"] as object, { future_token: { c: 2 } });
  await withHome(content, async ({ path }) => {
    const { token } = await accessTo(issuer.url, path).get();
    const text = await Deno.readTextFile(path);
    const saved = JSON.parse(text);
    assertEquals(saved, {
      ...content,
      tokens: {
        ...(content["tokens"] as object),
        id_token: saved.tokens.id_token,
        access_token: token,
        refresh_token: "rt_1",
      },
      last_refresh: "2026-11-22T12:00:00.000Z",
    });
    assertEquals(Object.keys(saved), [
      "auth_mode",
      "OPENAI_API_KEY",
      "tokens",
      "last_refresh",
      "agent_identity",
      "future",
    ]);
    assertEquals(text, JSON.stringify(saved, null, 2));
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("get() notices a changed file without a restart", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
    let now = NOW;
    const access = accessTo(issuer.url, path, { now: () => now });
    await access.get();
    now += 250; // the file is looked at four times a second
    const other = cliAuthJson(inMinutes(90));
    await Deno.writeTextFile(path, JSON.stringify(other));
    assertEquals((await access.get()).expiresAtMs, NOW + 90 * 60_000);
    now += 250;
    await Deno.remove(path);
    assertEquals((await problemOf(access.get())).code, "no_credentials");
  });
});

Deno.test("renew() uses a token that another program saved, without a request", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const old = await access.get();
    await Deno.writeTextFile(path, JSON.stringify(cliAuthJson(inMinutes(90))));
    const renewed = await access.renew(old);
    assertEquals(renewed.expiresAtMs, NOW + 90 * 60_000);
    assertEquals(issuer.seen, []);
  });
});

Deno.test("renew() refreshes once for many refused requests, and says why to the issuer", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const old = await access.get();
    const all = await Promise.all(Array.from({ length: 20 }, () => access.renew(old)));
    assertEquals(new Set(all.map((each) => each.token)).size, 1);
    assertEquals(issuer.refreshes, 1);
    assertStringIncludes(issuer.seen[0]?.body ?? "", '"refresh_reason":"unauthorized_recovery"');
  });
});

Deno.test("renew() gives a token that is seconds old once more after a moment, then says that the login is good", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
    let now = NOW;
    const sleeps: number[] = [];
    const access = accessTo(issuer.url, path, {
      now: () => now,
      sleep: (ms) => {
        sleeps.push(ms);
        return Promise.resolve();
      },
    });
    const second = await access.renew(await access.get());
    const third = await access.renew(second);
    assertEquals([third.token, sleeps], [second.token, [1500]]);
    // Also one whose 401 took so long that the token is no longer young: one refresh for a request.
    now += 11_000;
    const problem = await problemOf(access.renew(third));
    assertEquals([problem.code, problem.status], ["backend_error", 503]);
    assertEquals(
      problem.message,
      "The ChatGPT backend failed: the backend refuses an access token that the issuer gave out a moment ago (401)",
    );
    assert(!problem.hint.includes("login-openai"), problem.hint);
    // Other requests do not refresh what was refused young, for a while.
    assertEquals((await problemOf(access.renew(await access.get()))).code, "backend_error");
    assertEquals([issuer.refreshes, sleeps.length], [1, 1]);
    now += 61_000;
    await access.renew(await access.get());
    assertEquals(issuer.refreshes, 2);
  });
});

Deno.test("renew() waits for the backend with a token that another program has just saved, before it refreshes", async () => {
  await using issuer = startIssuer(() => NOW);
  const saved = cliAuthJson(inMinutes(60), { last_refresh: new Date(NOW - 3_000).toISOString() });
  await withHome(saved, async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const first = await access.get();
    const second = await access.renew(first);
    assertEquals([second.token, issuer.refreshes], [first.token, 0]);
    const third = await access.renew(second);
    assertEquals([third.token === first.token, issuer.refreshes], [false, 1]);
  });
});

Deno.test("renew() refreshes once for a hundred requests that are refused twice", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const old = await access.get();
    const tokens = await Promise.all(Array.from({ length: 100 }, async () => {
      const second = await access.renew(old);
      return (await access.renew(second)).token;
    }));
    assertEquals([new Set(tokens).size, issuer.refreshes], [1, 1]);
  });
});

for (const code of ["refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated"]) {
  Deno.test(`get() ends ${code} in "Token refresh failed" with the command, the file untouched, asked once`, async () => {
    await using issuer = startIssuer(() => NOW);
    issuer.answer = () =>
      Response.json({ error: { message: "m", type: "t", param: null, code } }, { status: 401 });
    await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
      const before = await Deno.readTextFile(path);
      const access = accessTo(issuer.url, path);
      const problem = await problemOf(access.get());
      assertEquals(problem.code, "refresh_failed");
      assertEquals(problem.status, 401);
      assertStringIncludes(problem.message, `(${code})`);
      assertEquals(problem.hint, 'Run "ccproxy auth login-openai" to sign in again');
      assertEquals(await Deno.readTextFile(path), before);
      await problemOf(access.get());
      assertEquals(issuer.seen.length, 1);
      assertEquals((await access.peek()).kind, "refused");
    });
  });
}

Deno.test("get() goes on after refresh_token_reused with the tokens another program saved meanwhile", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    issuer.answer = async () => {
      await Deno.writeTextFile(path, JSON.stringify(cliAuthJson(inMinutes(90))));
      return Response.json({ error: { code: "refresh_token_reused", message: "m" } }, { status: 401 });
    };
    const access = await accessTo(issuer.url, path).get();
    assertEquals(access.expiresAtMs, NOW + 90 * 60_000);
    assertEquals(issuer.seen.length, 1);
  });
});

Deno.test("get() keeps using a token that still works while the issuer is down", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () => new Response("down", { status: 503 });
  await withHome(cliAuthJson(inMinutes(4)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    assertEquals((await access.get()).expiresAtMs, NOW + 4 * 60_000);
    assertEquals((await access.get()).expiresAtMs, NOW + 4 * 60_000);
    assertEquals(issuer.seen.length, 1);
  });
});

Deno.test("get() tries an expired token three times, and again with the next request", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () => new Response("down", { status: 503 });
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const access = accessTo(issuer.url, path);
    const problem = await problemOf(access.get());
    assertEquals([problem.code, problem.status, problem.exitCode], ["refresh_failed", 503, 4]);
    assertEquals(problem.message, "Token refresh failed: status 503 without a JSON body");
    assertEquals(issuer.seen.length, 3);
    issuer.answer = undefined;
    await access.get();
    assertEquals(issuer.refreshes, 1);
  });
});

Deno.test("get() does not take an HTML page for the end of the login", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () =>
    new Response("<!doctype html><title>Just a moment...</title>", {
      status: 403,
      headers: { "content-type": "text/html" },
    });
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const problem = await problemOf(accessTo(issuer.url, path).get());
    assertEquals(
      problem.message,
      "Token refresh failed: Cloudflare asks this machine for a browser check (403)",
    );
    assertEquals(problem.status, 503);
  });
});

Deno.test("get() refuses a token answer of 2 MB", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () => Response.json({ access_token: "a".repeat(2_000_000) });
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const before = await Deno.readTextFile(path);
    const problem = await problemOf(accessTo(issuer.url, path).get());
    assertEquals(problem.message, "Token refresh failed: the answer is longer than 1048576 bytes");
    assertEquals(await Deno.readTextFile(path), before);
  });
});

const FULL = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
const fixOf = (path: string): string => `Make room on the disk of ${path.replace(/\/auth\.json$/, "")}`;

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), (entry) => entry.name)).sort();
}

Deno.test("get() of a command does not spend a refresh token whose successor could not be saved", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path, directory }) => {
    const before = await Deno.readTextFile(path);
    const told: string[] = [];
    const access = accessTo(issuer.url, path, {
      writeBytes: () => Promise.reject(FULL),
      onUnsavable: (message) => told.push(message),
    });
    for (const use of [() => access.get(), () => access.refresh("scheduled"), () => access.get()]) {
      const problem = await problemOf(use());
      assertEquals([problem.code, problem.status, problem.exitCode], ["refresh_failed", 503, 1]);
      assertEquals(
        problem.message,
        "Token refresh failed: the refresh token works once and was not used, because the new one could not be " +
          `kept: ${path} cannot be written: no space is left on the disk`,
      );
      assertEquals(problem.hint, fixOf(path));
    }
    assertEquals(issuer.seen, []);
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals(
      await namesIn(directory),
      ["auth.json", "auth.json.lock", "auth.lock"].filter((name) => name !== "auth.json.lock"),
    );
    assertEquals(told.length, 1);
  });
});

Deno.test("get() of a command goes on with a token that still works where a new one could not be saved", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(4)), async ({ path }) => {
    const told: string[] = [];
    const access = accessTo(issuer.url, path, {
      writeBytes: () => Promise.reject(FULL),
      onUnsavable: (message) => told.push(message),
    });
    assertEquals((await access.get()).expiresAtMs, NOW + 4 * 60_000);
    assertEquals(issuer.seen, []);
    assertEquals(told, [
      `refreshed tokens cannot be kept: ${path} cannot be written: no space is left on the disk; so no command ` +
      'refreshes this login, and "ccproxy serve" does it only when the access token has expired, and keeps the new ' +
      `tokens in memory. ${fixOf(path)}`,
    ]);
    assertEquals((await problemOf(access.renew(await access.get()))).code, "refresh_failed");
    assertEquals(issuer.seen, []);
  });
});

Deno.test("a server refreshes what cannot be saved only when it must, keeps it in memory and saves it when it can", async () => {
  let now = NOW;
  await using issuer = startIssuer(() => now);
  let full = true;
  const lines: string[] = [];
  await withHome(cliAuthJson(inMinutes(4)), async ({ path, directory }) => {
    const before = await Deno.readTextFile(path);
    const access = accessTo(issuer.url, path, {
      holdsUnsaved: true,
      now: () => now,
      log: (level, message) => lines.push(`${level}: ${message}`),
      onUnsavable: () => lines.push("told"),
      writeBytes: async (file, bytes) => {
        if (!full) return void await file.write(bytes);
        await file.write(bytes.subarray(0, 10));
        throw FULL;
      },
    });
    await access.get();
    await problemOf(access.refresh("proactive_expiry"));
    now += 5 * 60_000;
    await problemOf(access.refresh("proactive_expiry"));
    await problemOf(access.whenSavable.get());
    assertEquals([issuer.refreshes, lines], [0, ["told"]]);
    const { token } = await access.get();
    assertEquals(issuer.refreshes, 1);
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals(await namesIn(directory), ["auth.json", "auth.lock"]);
    assertEquals((await access.whenSavable.get()).token, token);
    const why = `${path} cannot be written: no space is left on the disk`;
    assertEquals((await access.peek()).warnings, [why]);
    assertEquals(lines, [
      "told",
      `error: the rotated tokens live in memory until they can be saved: ${why}`,
      "info: access token refreshed",
    ]);
    full = false;
    now += 31_000;
    assertEquals((await access.get()).token, token);
    assertEquals(JSON.parse(await Deno.readTextFile(path)).tokens.access_token, token);
    assertEquals((await access.peek()).warnings, []);
    assertEquals(issuer.refreshes, 1);
  });
});

Deno.test("idle() saves what is in memory only, and says plainly when that is lost", async () => {
  await using issuer = startIssuer(() => NOW);
  for (const freed of [true, false]) {
    let full = true;
    const lines: string[] = [];
    issuer.live.add("rt_0");
    await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
      const before = await Deno.readTextFile(path);
      const access = accessTo(issuer.url, path, {
        holdsUnsaved: true,
        log: (level, message) => lines.push(`${level}: ${message}`),
        onUnsavable: () => {},
        writeBytes: async (file, bytes) => {
          if (full) throw FULL;
          await file.write(bytes);
        },
      });
      const { token } = await access.get();
      full = !freed;
      await access.idle();
      const saved = await Deno.readTextFile(path);
      if (freed) {
        assertEquals(JSON.parse(saved).tokens.access_token, token);
        assertEquals(lines.at(-1), `info: the rotated tokens are now saved in ${path}`);
      } else {
        assertEquals(saved, before);
        assertEquals(
          lines.at(-1),
          `error: the refreshed login is lost: ${path} cannot be written: no space is left on the disk; the next ` +
            'start needs a new login ("ccproxy auth login-openai")',
        );
      }
    });
  }
});

Deno.test("idle() does not save over a login that somebody else wrote meanwhile", async () => {
  await using issuer = startIssuer(() => NOW);
  let full = true;
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const access = accessTo(issuer.url, path, {
      holdsUnsaved: true,
      writeBytes: async (file, bytes) => {
        if (full) throw FULL;
        await file.write(bytes);
      },
    });
    await access.get();
    const other = JSON.stringify(cliAuthJson(inMinutes(90)));
    await Deno.writeTextFile(path, other);
    full = false;
    await access.idle();
    assertEquals(await Deno.readTextFile(path), other);
  });
});

Deno.test("get() keeps tokens in memory when the disk fails although room was reserved", async () => {
  await using issuer = startIssuer(() => NOW);
  let writes = 0;
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const before = await Deno.readTextFile(path);
    const access = accessTo(issuer.url, path, {
      writeBytes: async (file, bytes) => {
        if (++writes > 1) throw FULL;
        await file.write(bytes);
      },
    });
    const { token } = await access.get();
    assertEquals([await Deno.readTextFile(path), (await access.get()).token], [before, token]);
  });
});

Deno.test("inspect() proves that new tokens could be saved, and leaves nothing behind", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(inMinutes(60)), async ({ path, directory }) => {
    let full = true;
    const access = accessTo(issuer.url, path, {
      writeBytes: async (file, bytes) => {
        if (full) throw FULL;
        await file.write(bytes);
      },
    });
    assertEquals((await access.inspect()).unsavable, {
      why: `${path} cannot be written: no space is left on the disk`,
      fix: fixOf(path),
    });
    full = false;
    assertEquals((await access.inspect()).unsavable, undefined);
    assertEquals(await namesIn(directory), ["auth.json"]);
  });
});

Deno.test("a command does not refresh CCPROXY_AUTH_JSON; a server does when it must, in memory, and says so once", async () => {
  await using issuer = startIssuer(() => NOW);
  const lines: string[] = [];
  const text = "\uFEFF" + JSON.stringify(cliAuthJson(inMinutes(-1)));
  const place = { kind: "env", text } as const;
  const command = accessTo(issuer.url, "", { place });
  assertEquals(
    (await problemOf(command.get())).message,
    "Token refresh failed: the refresh token works once and was not used, because the new one could not be kept: " +
      "the login comes from CCPROXY_AUTH_JSON, where nothing can be saved",
  );
  assertEquals(issuer.seen, []);
  const access = accessTo(issuer.url, "", {
    place,
    holdsUnsaved: true,
    log: (level, message) => lines.push(`${level}: ${message}`),
  });
  const first = await access.get();
  const second = await access.renew({ ...first, token: "other" });
  assertEquals(second.token, first.token);
  const warning = "the login comes from CCPROXY_AUTH_JSON, so a rotated token does not outlive this process";
  assertEquals(lines, [`warn: ${warning}`, "info: access token refreshed"]);
  const state = await access.peek();
  assertEquals([state.kind, state.location, state.warnings], [
    "signed_in",
    "environment variable CCPROXY_AUTH_JSON",
    [warning],
  ]);
  await access.idle();
  assertEquals(
    lines.at(-1),
    "error: CCPROXY_AUTH_JSON holds a used refresh token now: the next start needs a new login " +
      '("ccproxy auth login-openai")',
  );
});

Deno.test("get() names a clock that is ten minutes behind, and does not loop", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () => {
    const exp = NOW / 1000 - 600;
    return Response.json({ access_token: fakeJwt({ exp, iat: exp - 100 }), refresh_token: "rt_9" }, {
      headers: { date: new Date(NOW + 600_000).toUTCString() },
    });
  };
  const lines: string[] = [];
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const access = accessTo(issuer.url, path, {
      log: (level, message) => lines.push(`${level}: ${message}`),
    });
    await access.get();
    await access.get();
    await access.get();
    assertEquals(issuer.seen.length, 1);
    const sentence = "the clock of this machine is 10 minutes behind the issuer's; set it right";
    assertEquals(lines[0], `warn: ${sentence}`);
    assertEquals((await access.peek()).warnings, [sentence]);
  });
});

Deno.test("get() uses tokens that look old to a clock which is days ahead, without a refresh per request", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = (seen) =>
    seen.path === "/oauth/token"
      ? Response.json({
        access_token: fakeJwt({ exp: inMinutes(60), iat: inMinutes(0) }),
        refresh_token: "rt_9",
      }, { headers: { date: new Date(NOW).toUTCString() } })
      : undefined;
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    let now = NOW + 3 * 24 * 3_600_000;
    const access = accessTo(issuer.url, path, { now: () => now });
    for (let request = 0; request < 5; request++) {
      await access.get();
      now += 60_000;
    }
    assertEquals(issuer.seen.length, 1);
    assertEquals((await access.peek()).warnings, [
      "the clock of this machine is 3 days ahead of the issuer's; set it right",
    ]);
  });
});

Deno.test("get() refreshes an opaque token by its age: 9 days yes, 1 day no", async () => {
  await using issuer = startIssuer(() => NOW);
  const withAge = (days: number): unknown => {
    const content = cliAuthJson(undefined, { last_refresh: new Date(NOW - days * 86_400_000).toISOString() });
    Object.assign(content["tokens"] as object, { access_token: "opaque" });
    return content;
  };
  await withHome(withAge(1), async ({ path }) => {
    assertEquals((await accessTo(issuer.url, path).get()).token, "opaque");
    assertEquals(issuer.refreshes, 0);
  });
  await withHome(withAge(9), async ({ path }) => {
    await accessTo(issuer.url, path).get();
    assertStringIncludes(issuer.seen[0]?.body ?? "", '"refresh_reason":"scheduled"');
  });
});

Deno.test("get() uses a JWT without exp, and judges it by the age of the login", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(undefined), async ({ path }) => {
    assertEquals((await accessTo(issuer.url, path).get()).expiresAtMs, undefined);
    assertEquals((await accessTo(issuer.url, path).peek()).kind, "signed_in");
    assertEquals(issuer.refreshes, 0);
  });
});

Deno.test({
  name: "get() refreshes in memory and without a lock in a directory that may only be read, and says so once",
  // An administrator may write anywhere.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  async fn() {
    await using issuer = startIssuer(() => NOW);
    await withHome(cliAuthJson(inMinutes(-1)), async ({ path, directory }) => {
      await Deno.chmod(path, 0o400);
      await Deno.chmod(directory, 0o500);
      try {
        const lines: string[] = [];
        const log = (level: string, message: string): void => void lines.push(`${level}: ${message}`);
        await problemOf(accessTo(issuer.url, path).get());
        assertEquals(issuer.refreshes, 0);
        const access = accessTo(issuer.url, path, { log, holdsUnsaved: true });
        const first = await access.get();
        await access.get();
        await access.renew({ ...first, token: "other" });
        assertEquals(issuer.refreshes, 1);
        assertEquals(lines.map((line) => line.replace(/: [^:]*denied.*/i, ": DENIED")), [
          `warn: no lock can be taken next to ${path}, so other programs may refresh at the same time: DENIED`,
          `error: the rotated tokens live in memory until they can be saved: ${path} cannot be written: DENIED`,
          "info: access token refreshed",
        ]);
        assertEquals(((await access.peek()).warnings[0] ?? "").includes("cannot be written"), true);
      } finally {
        await Deno.chmod(directory, 0o700);
      }
    });
  },
});

Deno.test("peek() gives every fact about a login, and no token", async () => {
  await using issuer = startIssuer(() => NOW);
  const content = cliAuthJson(inMinutes(60));
  const { length } = (content["tokens"] as { access_token: string }).access_token;
  await withHome(content, async ({ path }) => {
    assertEquals(await accessTo(issuer.url, path).peek(), {
      kind: "signed_in",
      usable: true,
      source: "file",
      location: path,
      form: "nested",
      email: "ada@example.com",
      plan: "plus",
      accountId: ACCOUNT_ID,
      userId: "user-1",
      fedramp: false,
      expiresAtMs: NOW + 60 * 60_000,
      lastRefreshMs: Date.parse("2026-11-22T08:14:34.241Z"),
      hasRefreshToken: true,
      unsavable: undefined,
      maskedToken: `eyJ… (${length} characters)`,
      skewMs: undefined,
      warnings: [],
      problem: undefined,
      command: undefined,
      shared: true,
    });
  });
});

Deno.test("get() reads the flat form, and writes the nested one beside the flat keys when tokens change", async () => {
  await using issuer = startIssuer(() => NOW);
  const flat = {
    access_token: fakeJwt({ exp: inMinutes(-1) }),
    refresh_token: "rt_0",
    id_token: fakeJwt(),
    expires_at: inMinutes(-1),
    account_id: "user-1",
    note: "mine",
  };
  await withHome(flat, async ({ path }) => {
    const access = await accessTo(issuer.url, path).get();
    assertEquals(access.accountId, ACCOUNT_ID);
    const saved = JSON.parse(await Deno.readTextFile(path));
    assertEquals(saved, {
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: {
        id_token: saved.tokens.id_token,
        access_token: access.token,
        refresh_token: "rt_1",
        account_id: ACCOUNT_ID,
      },
      last_refresh: "2026-11-22T12:00:00.000Z",
      access_token: access.token,
      refresh_token: "rt_1",
      id_token: saved.tokens.id_token,
      account_id: "user-1",
      note: "mine",
    });
  });
});

Deno.test("get() explains what is there instead of a login", async () => {
  await using issuer = startIssuer(() => NOW);
  const cases: [unknown, string][] = [
    [undefined, "there is no FILE"],
    ["{}", "FILE holds no login"],
    ["", "FILE is not a credentials file: it is empty"],
    ['{"tokens": ', "FILE is not a credentials file: it is not JSON"],
    ["[1]", "FILE is not a credentials file: a JSON object is needed: found array"],
    ['{"tokens": 1}', 'FILE is not a credentials file: "tokens" must be an object: found number'],
    ['{"OPENAI_API_KEY": "sk-1"}', "FILE holds an API key of the Codex CLI, not a ChatGPT login"],
    [
      '{"auth_mode": "agentIdentity"}',
      'FILE holds a login of the kind "agentIdentity", which ccproxy cannot use',
    ],
    [
      { tokens: { access_token: fakeJwt({ exp: inMinutes(-1) }) } },
      "the access token has expired and there is no refresh token",
    ],
  ];
  for (const [content, detail] of cases) {
    await withHome(content, async ({ path }) => {
      const problem = await problemOf(accessTo(issuer.url, path).get());
      assertEquals(
        problem.message,
        `No valid OpenAI credentials found: ${detail.replace("FILE", path)}`,
      );
      assertStringIncludes(problem.hint, "ccproxy auth login-openai");
    });
  }
  assertEquals(issuer.seen, []);
});

Deno.test("peek() recognises a Codex CLI that keeps its login in the keyring", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(undefined, async ({ path, directory }) => {
    await Deno.writeTextFile(`${directory}/config.toml`, 'cli_auth_credentials_store = "keyring"\n');
    const state = await accessTo(issuer.url, path).peek();
    assertEquals(state.kind, "keyring");
    assertStringIncludes(state.problem ?? "", 'cli_auth_credentials_store = "keyring"');
    assertEquals(state.command, "ccproxy auth login-openai");
  });
});

Deno.test({
  name: "peek() warns about a file that another user may read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using issuer = startIssuer(() => NOW);
    await withHome(cliAuthJson(inMinutes(60)), async ({ path }) => {
      await Deno.chmod(path, 0o644);
      assertEquals((await accessTo(issuer.url, path).peek()).warnings, [
        `other users may open ${path} (mode 0644); run "chmod 600 ${path}"`,
      ]);
    });
  },
});

Deno.test("a failed refresh prints no token, however it is printed", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = (seen) =>
    Response.json({ error: "invalid_grant", error_description: `bad token ${fakeJwt()} ${seen.body}` }, {
      status: 400,
    });
  await withHome(cliAuthJson(inMinutes(-1)), async ({ path }) => {
    const problem = await problemOf(accessTo(issuer.url, path).get());
    const printed = Deno.inspect(problem, { depth: 10 }) + JSON.stringify(problem) + String(problem.stack);
    assert(!printed.includes("eyJ"), printed);
  });
});
