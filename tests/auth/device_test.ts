import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { awaitDeviceCode, nextPoll, processDeviceCode, processDevicePoll } from "../../src/auth/device.ts";
import { endpointsOf } from "../../src/auth/openai.ts";
import { Problem } from "../../src/problem.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await work.then(() => undefined, (error: unknown) => error);
  assert(thrown instanceof Problem);
  return thrown;
}

Deno.test("processDeviceCode() reads the interval as text or number, the code under both names", async () => {
  const base = { device_auth_id: "d", expires_at: "2026-11-22T12:10:00Z" };
  assertEquals(await processDeviceCode(Response.json({ ...base, user_code: "A", interval: "5" }), NOW), {
    deviceAuthId: "d",
    userCode: "A",
    intervalMs: 5000,
    expiresAtMs: NOW + 600_000,
  });
  assertEquals(await processDeviceCode(Response.json({ ...base, usercode: "B", interval: 7 }), NOW), {
    deviceAuthId: "d",
    userCode: "B",
    intervalMs: 7000,
    expiresAtMs: NOW + 600_000,
  });
});

Deno.test("processDeviceCode() takes 5 seconds and 15 minutes where the answer says nothing usable", async () => {
  for (
    const odd of [{}, { interval: "soon", expires_at: "x" }, {
      interval: 0,
      expires_at: "2020-01-01T00:00:00Z",
    }]
  ) {
    const code = await processDeviceCode(Response.json({ device_auth_id: "d", user_code: "A", ...odd }), NOW);
    assertEquals([code.intervalMs, code.expiresAtMs], [5000, NOW + 900_000]);
  }
});

Deno.test("nextPoll() adds 5 seconds for slow_down, for good, and stops before the expiry", () => {
  const state = { intervalMs: 5000, expiresAtMs: NOW + 20_000 };
  assertEquals(nextPoll(state, "first", NOW), { intervalMs: 5000, waitMs: 5000 });
  assertEquals(nextPoll(state, "slow_down", NOW), { intervalMs: 10_000, waitMs: 10_000 });
  assertEquals(nextPoll({ ...state, intervalMs: 10_000 }, "pending", NOW), {
    intervalMs: 10_000,
    waitMs: 10_000,
  });
  assertEquals(nextPoll(state, "pending", NOW + 15_000), { intervalMs: 5000, waitMs: undefined });
});

Deno.test("processDevicePoll() judges each answer", async () => {
  const error = (status: number, code: string): Response =>
    Response.json({ error: { code, message: "m" } }, { status });
  const kinds: string[] = [];
  for (
    const response of [
      Response.json({ authorization_code: "c", code_verifier: "v", code_challenge: "h" }),
      Response.json({ authorization_code: "c" }),
      new Response("", { status: 403 }),
      new Response("", { status: 404 }),
      error(400, "deviceauth_authorization_pending"),
      error(400, "authorization_pending"),
      error(400, "deviceauth_authorization_unknown"),
      error(400, "slow_down"),
      error(403, "access_denied"),
      error(400, "expired_token"),
      new Response("", { status: 502 }),
      new Response("<html>", { status: 400 }),
    ]
  ) kinds.push((await processDevicePoll(response)).kind);
  assertEquals(kinds, [
    "code",
    "failed",
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "slow_down",
    "failed",
    "failed",
    "unavailable",
    "failed",
  ]);
});

Deno.test("awaitDeviceCode() gives up when the code expires, and survives a poll lost in the network", async () => {
  let now = NOW;
  let polls = 0;
  const ask = (): Promise<Response> => {
    polls++;
    return Promise.reject(new TypeError("reset"));
  };
  const thrown = await assertRejects(() =>
    awaitDeviceCode(
      { endpoints: endpointsOf(), fetch: ask },
      { deviceAuthId: "d", userCode: "A", intervalMs: 5000, expiresAtMs: NOW + 16_000 },
      {
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
    )
  );
  assert(thrown instanceof Problem);
  assertMatch(
    thrown.message,
    /^Login failed: the code has expired before it was entered; the last poll got no answer: /,
  );
  assertEquals(polls, 3);
});

Deno.test("a Cloudflare page while polling is no answer: polling goes on, and the person hears why, once", async () => {
  const page = () =>
    new Response("<!DOCTYPE html><title>Just a moment...</title>", {
      status: 403,
      headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
    });
  const detail = "Cloudflare asks this machine for a browser check (403)";
  assertEquals(await processDevicePoll(page()), { kind: "unavailable", detail });
  const answers = [page(), page(), Response.json({ authorization_code: "c", code_verifier: "v" })];
  const told: string[] = [];
  const code = { deviceAuthId: "d", userCode: "A", intervalMs: 1, expiresAtMs: NOW + 1000 };
  const ask = {
    endpoints: endpointsOf("http://127.0.0.1:1"),
    fetch: () => Promise.resolve(answers.shift() ?? page()),
  };
  const world = {
    now: () => NOW,
    sleep: () => Promise.resolve(),
    onUnavailable: (why: string) => void told.push(why),
  };
  assertEquals((await awaitDeviceCode(ask, code, world)).code, "c");
  assertEquals(told, [detail]);
  let nowMs = NOW;
  const late = await problemOf(awaitDeviceCode(ask, code, {
    ...world,
    now: () => nowMs,
    sleep: () => Promise.resolve(void (nowMs += 600)),
  }));
  assertEquals(
    late.message,
    `Login failed: the code has expired before it was entered; the last poll got no answer: ${detail}`,
  );
});

Deno.test("processDeviceCode() tells Cloudflare from the issuer, and what helps", async () => {
  const page = new Response("<html>Just a moment... cloudflare</html>", {
    status: 403,
    headers: { "content-type": "text/html" },
  });
  const problem = await problemOf(processDeviceCode(page, NOW));
  assertEquals([problem.message, problem.hint], [
    "Login failed: Cloudflare asks this machine for a browser check (403)",
    "Try from another network, or set HTTPS_PROXY; this is no problem of the login",
  ]);
});
