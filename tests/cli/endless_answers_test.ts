/** Commands that read answers: one without an end is refused, and no command ends in an internal error. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import type { Step } from "../fake/script.ts";
import { NOW_MS } from "./fake_world.ts";
import { makeHome } from "./home.ts";

const PIECE = new Uint8Array(64 * 1024).fill(0x41);

/** More than any limit, then silence: a loop without an end could keep the event loop from seeing that nobody reads. */
function* endless(): Generator<Step> {
  for (let count = 0; count < 1024; count++) yield { bytes: PIECE };
  yield { stall: true };
}

/** A body without an end that says what became of it. */
function endlessBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(PIECE) });
}

Deno.test("usage refuses an answer about the limits without an end, packed or not, and one that breaks off", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  for (const gzip of [false, true]) {
    backend.answer({ events: { [Symbol.iterator]: endless }, gzip }, "/backend-api/wham/usage");
    const ran = await home.run("usage");
    assertEquals([ran.code, ran.stdout], [4, ""]);
    assertStringIncludes(ran.stderr, "Larger than allowed: the answer about the limits has more than 1 MiB");
  }
  backend.answer({ events: [{ bytes: "{" }, { reset: true }] }, "/backend-api/wham/usage");
  const cut = await home.run("usage");
  assertEquals(cut.code, 4);
  assertStringIncludes(cut.stderr, "ended too early: the connection broke");
});

Deno.test("commands read no endless answer of whoever holds the proxy's port", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    return pathname === "/health"
      ? Response.json({ status: "ok", version: "ccproxy 0.1.0 (test)" })
      : new Response(endlessBody());
  });
  await using home = await makeHome();
  const env = { CCPROXY_SERVER__PORT: `${server.addr.port}` };
  const cache = await home.run("usage --cache", { env });
  assertEquals(cache.code, 4);
  assertStringIncludes(cache.stderr, "no running proxy was found");
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(endlessBody()),
  );
  const health = await home.run("usage --cache", { env: { CCPROXY_SERVER__PORT: `${other.addr.port}` } });
  assertEquals(health.code, 4);
});

Deno.test("auth refresh refuses an answer of the issuer without an end, packed or not", async () => {
  for (const gzip of [false, true]) {
    await using issuer = await startFakeIssuer();
    await using home = await makeHome({ issuer });
    await home.signIn();
    issuer.answer({ events: { [Symbol.iterator]: endless }, gzip }, "/oauth/token");
    const ran = await home.run("auth refresh");
    assertStringIncludes(ran.stderr, "the answer is longer than 1048576 bytes");
  }
});

Deno.test("doctor tells of an endless model list as a finding", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ backend, issuer });
  await home.signIn();
  backend.setDefault({ events: { [Symbol.iterator]: endless } }, "/models");
  const ran = await home.run("doctor");
  assertStringIncludes(ran.stdout, "the model list has more than 8 MiB");
});

Deno.test({
  name: "a prompt file without an end is refused as one that cannot be read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = await makeHome();
    const ran = await home.run("codex info", { env: { CCPROXY_CODEX__INSTRUCTIONS: "file:/dev/zero" } });
    assertStringIncludes(ran.stdout + ran.stderr, "the prompt file has more than 4 MiB");
  },
});

Deno.test({
  name: "a configuration and credentials without an end are refused",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = await makeHome();
    const config = await home.run("config show --config /dev/zero");
    assertEquals(config.code, 2);
    assertStringIncludes(config.stderr, '"/dev/zero" must be at most 1 MiB long');
    const auth = await home.run("auth status", { env: { CCPROXY_AUTH__FILE: "/dev/zero" } });
    assertEquals(auth.code, 3);
  },
});
