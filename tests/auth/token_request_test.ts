import { assert, assertEquals, assertRejects } from "@std/assert";
import { processCodeGrant, processRefresh, processRevoke } from "../../src/auth/token_request.ts";
import { plainText } from "../../src/auth/oauth_answer.ts";
import { endpointsOf } from "../../src/auth/openai.ts";
import { sendToIssuer } from "../../src/auth/send_to_issuer.ts";
import { Problem } from "../../src/problem.ts";
import { fakeJwt } from "./issuer.ts";

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(() => work);
  assert(thrown instanceof Problem);
  return thrown;
}

Deno.test("processCodeGrant() gives the tokens and the issuer's time", async () => {
  const response = Response.json(
    { access_token: "a", refresh_token: "r", id_token: "i", expires_in: 864000 },
    { headers: { date: "Sun, 22 Nov 2026 12:00:00 GMT" } },
  );
  assertEquals(await processCodeGrant(response), {
    accessToken: "a",
    refreshToken: "r",
    idToken: "i",
    expiresInMs: 864_000_000,
    dateMs: Date.parse("2026-11-22T12:00:00Z"),
  });
});

Deno.test("processCodeGrant() names the tokens that an answer lacks", async () => {
  assertEquals(
    (await problemOf(processCodeGrant(Response.json({ access_token: "a" })))).message,
    'Login failed: the answer of the issuer lacks "refresh_token", "id_token"',
  );
});

Deno.test("processCodeGrant() reads both shapes of errors, and explains a code that was used twice", async () => {
  const flat = Response.json({ error: "invalid_grant", error_description: "Code used" }, { status: 400 });
  assertEquals(
    (await problemOf(processCodeGrant(flat))).message,
    "Login failed: the authorization code was refused; a code works once and for a few minutes: Code used (invalid_grant)",
  );
  const nested = Response.json({ error: { code: "server_busy", message: "Later" } }, { status: 500 });
  assertEquals(
    (await problemOf(processCodeGrant(nested))).message,
    "Login failed: the issuer did not exchange the authorization code: Later (server_busy)",
  );
});

Deno.test("processCodeGrant() throws a Problem that shows nothing of the Response, however it is printed", async () => {
  const token = fakeJwt();
  const response = Response.json({ access_token: token }, { headers: { "x-secret": token } });
  const problem = await problemOf(processCodeGrant(response));
  const printed = Deno.inspect(problem, { depth: 20, showHidden: true }) + JSON.stringify(problem);
  assert(!printed.includes(token));
});

Deno.test("tokens of the issuer that no header can carry are not taken, and not quoted", async () => {
  const body = { access_token: "abc\ndef", refresh_token: "r", id_token: "i" };
  const why = 'in the answer of the issuer, "access_token" has a line break at character 4 of 7, ' +
    "like a secret that was wrapped: it must be one line without white space";
  assertEquals(
    (await problemOf(processCodeGrant(Response.json(body)))).message,
    `Login failed: ${why}`,
  );
  const refreshed = await processRefresh(Response.json(body));
  assertEquals([refreshed.kind, refreshed.kind === "unavailable" && refreshed.detail], ["unavailable", why]);
});

Deno.test("processRefresh() tells dead tokens from an issuer that cannot answer", async () => {
  const kinds: string[] = [];
  const answers: Response[] = [
    Response.json({ error: { code: "refresh_token_reused" } }, { status: 401 }),
    Response.json({ error: { code: "refresh_token_reused" } }, { status: 400 }),
    Response.json({ error: "invalid_grant" }, { status: 400 }),
    Response.json({ detail: "Could not validate your token" }, { status: 401 }),
    Response.json({ error: { code: "token_expired" } }, { status: 401 }),
    new Response("<html>challenge", { status: 401, headers: { "content-type": "text/html" } }),
    new Response("<!doctype html>", { status: 403 }),
    Response.json({ error: "forbidden" }, { status: 403 }),
    Response.json({ error: "invalid_request" }, { status: 400 }),
    new Response("", { status: 500 }),
    Response.json({}, { status: 429, headers: { "retry-after": "7" } }),
    new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
    Response.json({ refresh_token: "r" }),
    new Response("not json", { status: 200 }),
  ];
  for (const answer of answers) {
    const judged = await processRefresh(answer);
    kinds.push(judged.kind === "unavailable" && judged.retry ? "retry" : judged.kind);
  }
  assertEquals(kinds, [
    ...Array(5).fill("refused"),
    ...Array(4).fill("unavailable"),
    "retry",
    "retry",
    ...Array(3).fill("unavailable"),
  ]);
});

Deno.test("processRefresh() obeys retry-after and describes a redirect", async () => {
  const late = await processRefresh(Response.json({}, { status: 429, headers: { "retry-after": "7" } }));
  assertEquals(late.kind === "unavailable" ? late.retryAfterMs : late, 7000);
  for (const text of ["-1", "soon"]) {
    const odd = await processRefresh(Response.json({}, { status: 429, headers: { "retry-after": text } }));
    const waitMs = odd.kind === "unavailable" ? odd.retryAfterMs : odd;
    assertEquals(waitMs, undefined, text);
  }
  const moved = await processRefresh(new Response(null, { status: 302 }));
  assertEquals(
    moved.kind === "unavailable" ? moved.detail : moved,
    "status 302, and redirects are not followed",
  );
});

Deno.test("processRefresh() judges an answer that is cut off", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"access_'));
      controller.error(new Error("connection reset"));
    },
  });
  const judged = await processRefresh(new Response(body));
  assertEquals(judged.kind === "unavailable" ? [judged.detail, judged.retry] : judged, [
    "the answer was cut off",
    true,
  ]);
});

Deno.test("processRefresh() stops reading an answer that never ends", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(65536));
    },
    cancel() {
      cancelled = true;
    },
  });
  const judged = await processRefresh(new Response(body));
  assertEquals(
    judged.kind === "unavailable" ? judged.detail : judged,
    "the answer is longer than 1048576 bytes",
  );
  assertEquals(cancelled, true);
});

Deno.test("processRevoke() counts 200 and 204 as revoked", async () => {
  assertEquals(await processRevoke(new Response("{}")), { revoked: true });
  assertEquals(await processRevoke(new Response(null, { status: 204 })), { revoked: true });
  assertEquals(await processRevoke(new Response("", { status: 503 })), {
    revoked: false,
    detail: "status 503 without a JSON body",
  });
});

Deno.test("plainText() is one short line without controls and tokens", () => {
  assertEquals(plainText("a\r\n\u001b[2Jb\u202e"), "a [2Jb");
  assertEquals(plainText("token rt_abcdefghijklmnop rejected"), "token [hidden] rejected");
  assertEquals(plainText("x ".repeat(400)).length, 301);
});

Deno.test("sendToIssuer() ends with a Problem when the issuer is down, and when it does not answer in time", async () => {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen() {} },
    () => new Promise<Response>(() => {}),
  );
  const url = `http://127.0.0.1:${server.addr.port}/oauth/token`;
  const slow = await problemOf(sendToIssuer({ fetch, timeoutMs: 20 }, url, 1, {}, ""));
  assertEquals(slow.message, `Network request failed: 127.0.0.1:${server.addr.port}: no answer within 20 ms`);
  const refusing = (): Promise<Response> => Promise.reject(new TypeError("connection refused"));
  const down = await problemOf(sendToIssuer({ fetch: refusing }, url, 1000, {}, ""));
  assertEquals(
    down.message,
    `Network request failed: 127.0.0.1:${server.addr.port}: the connection is refused`,
  );
  stop.abort();
  await server.finished;
});

Deno.test("endpointsOf() refuses plain http except on loopback", async () => {
  assertEquals(endpointsOf("http://127.0.0.1:9/").tokenUrl, "http://127.0.0.1:9/oauth/token");
  assertEquals(endpointsOf("http://[::1]:9").tokenUrl, "http://[::1]:9/oauth/token");
  for (const issuer of ["http://auth.openai.com", "http://127.0.0.1.evil.com", "ftp://x", "nonsense"]) {
    assertEquals((await problemOf(Promise.resolve().then(() => endpointsOf(issuer)))).code, "config");
  }
});
