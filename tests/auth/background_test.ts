import { assertEquals } from "@std/assert";
import { createAccess } from "../../src/auth/access.ts";
import { refreshDelayMs, startBackgroundRefresh } from "../../src/auth/background.ts";
import type { CredentialState } from "../../src/auth/credential_state.ts";
import { cliAuthJson, startIssuer, withHome } from "./issuer.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const MINUTE = 60_000;
const IDENTITY = { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" };

const SIGNED_IN: CredentialState = {
  kind: "signed_in",
  usable: true,
  source: "file",
  location: "auth.json",
  form: "nested",
  email: undefined,
  plan: undefined,
  accountId: undefined,
  userId: undefined,
  fedramp: false,
  expiresAtMs: NOW + 60 * MINUTE,
  lastRefreshMs: NOW,
  hasRefreshToken: true,
  unsavable: undefined,
  maskedToken: undefined,
  skewMs: undefined,
  warnings: [],
  problem: undefined,
  command: undefined,
  shared: true,
};

Deno.test("refreshDelayMs() refreshes 10 to 15 minutes before the expiry, on the issuer's clock", () => {
  assertEquals(refreshDelayMs(SIGNED_IN, NOW, 0), 50 * MINUTE);
  assertEquals(refreshDelayMs(SIGNED_IN, NOW, 1), 45 * MINUTE);
  assertEquals(refreshDelayMs({ ...SIGNED_IN, skewMs: 20 * MINUTE }, NOW, 0), 30 * MINUTE);
  assertEquals(refreshDelayMs({ ...SIGNED_IN, expiresAtMs: NOW + MINUTE }, NOW, 0), 0);
});

Deno.test("refreshDelayMs() refreshes at once what has expired, and never what cannot be refreshed", () => {
  assertEquals(refreshDelayMs({ ...SIGNED_IN, kind: "expired_refreshable" }, NOW, 0), 0);
  for (const kind of ["signed_out", "refused", "corrupt", "api_key_mode", "expired"] as const) {
    assertEquals(refreshDelayMs({ ...SIGNED_IN, kind }, NOW, 0), undefined);
  }
  assertEquals(refreshDelayMs({ ...SIGNED_IN, hasRefreshToken: false }, NOW, 0), undefined);
});

Deno.test("refreshDelayMs() refreshes an opaque token at 8 days", () => {
  const state = { ...SIGNED_IN, expiresAtMs: undefined, lastRefreshMs: NOW - 7 * 24 * 60 * MINUTE };
  assertEquals(refreshDelayMs(state, NOW, 0), 24 * 60 * MINUTE);
  assertEquals(refreshDelayMs({ ...state, lastRefreshMs: undefined }, NOW, 0), undefined);
});

/** Timers that the test runs; `next` gives the pause of the timer that is set, and lets it ring. */
function createTimers(): {
  start(run: () => void, ms: number): () => void;
  set(): Promise<number>;
  ring(): void;
  stopped(): boolean;
} {
  let run: (() => void) | undefined;
  let waiting = Promise.withResolvers<number>();
  return {
    start(task, ms) {
      run = task;
      waiting.resolve(ms);
      return () => {
        run = undefined;
      };
    },
    set: () => waiting.promise,
    ring() {
      waiting = Promise.withResolvers();
      run?.();
    },
    stopped: () => run === undefined,
  };
}

Deno.test("startBackgroundRefresh() mends an expired login at once, ahead of any request, and then sleeps", async () => {
  await using issuer = startIssuer(() => NOW);
  await withHome(cliAuthJson(NOW / 1000 - 1), async ({ path }) => {
    const place = { kind: "file", path } as const;
    const access = createAccess({ place, issuer: issuer.url, identity: IDENTITY, now: () => NOW });
    const timers = createTimers();
    const stop = startBackgroundRefresh({
      access,
      now: () => NOW,
      random: () => 0,
      startTimer: timers.start,
    });
    assertEquals(await timers.set(), 30_000);
    assertEquals(issuer.refreshes, 1);
    timers.ring();
    assertEquals(await timers.set(), 5 * MINUTE);
    assertEquals(issuer.refreshes, 1);
    stop();
    assertEquals(timers.stopped(), true);
  });
});

Deno.test("startBackgroundRefresh() does not refresh tokens for ever that are born short-lived", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.expiresInSeconds = 60;
  await withHome(cliAuthJson(NOW / 1000 + 30), async ({ path }) => {
    const place = { kind: "file", path } as const;
    const access = createAccess({ place, issuer: issuer.url, identity: IDENTITY, now: () => NOW });
    const timers = createTimers();
    const stop = startBackgroundRefresh({
      access,
      now: () => NOW,
      random: () => 0,
      startTimer: timers.start,
    });
    await timers.set();
    for (let look = 0; look < 5; look++) {
      timers.ring();
      assertEquals(await timers.set(), 5 * MINUTE);
    }
    assertEquals(issuer.refreshes, 1);
    stop();
  });
});

Deno.test("startBackgroundRefresh() waits longer after each failure, and never asks again after a refusal", async () => {
  await using issuer = startIssuer(() => NOW);
  issuer.answer = () => new Response("", { status: 500 });
  await withHome(cliAuthJson(NOW / 1000 + 60), async ({ path }) => {
    const access = createAccess({
      place: { kind: "file", path },
      issuer: issuer.url,
      identity: IDENTITY,
      now: () => NOW,
      sleep: () => Promise.resolve(),
    });
    const timers = createTimers();
    const stop = startBackgroundRefresh({
      access,
      now: () => NOW,
      random: () => 0,
      startTimer: timers.start,
    });
    const pauses = [await timers.set()];
    for (let look = 0; look < 3; look++) {
      timers.ring();
      pauses.push(await timers.set());
    }
    assertEquals(pauses, [30_000, 60_000, 120_000, 240_000]);
    const before = issuer.seen.length;
    issuer.answer = () => Response.json({ error: { code: "refresh_token_expired" } }, { status: 401 });
    for (let look = 0; look < 3; look++) {
      timers.ring();
      await timers.set();
    }
    assertEquals(issuer.seen.length, before + 1);
    stop();
  });
});
