import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { startCallbackServer } from "../../src/auth/callback_server.ts";
import { escapeHtml, pageHtml } from "../../src/auth/pages.ts";
import { Problem } from "../../src/problem.ts";

const STATE = "STATE";

async function ask(
  port: number,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", ...init });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

Deno.test("startCallbackServer() gives the code, then shows success on an address without a query", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  const browser = ask(server.port, "/auth/callback?code=c0de&state=STATE");
  const arrival = await server.arrival;
  assert(arrival.kind === "code");
  assertEquals(arrival.code, "c0de");
  arrival.answer({ kind: "success" });
  const redirect = await browser;
  assertEquals([redirect.status, redirect.headers.get("location")], [303, "/done"]);
  const page = await ask(server.port, "/done");
  assertEquals(page.status, 200);
  assertStringIncludes(page.body, "<h1>Signed in</h1>");
  assert(!page.body.includes("c0de"));
  assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals(page.headers.get("cache-control"), "no-store");
  assertEquals(page.headers.get("referrer-policy"), "no-referrer");
  assert(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+';/.test(
      page.headers.get("content-security-policy") ?? "",
    ),
  );
  await server.close();
});

Deno.test("startCallbackServer() answers a wrong or missing state 400 and keeps waiting", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  for (const query of ["?code=c&state=OTHER", "?code=c", "", "?error=access_denied&state=OTHER"]) {
    const answer = await ask(server.port, `/auth/callback${query}`);
    assertEquals([answer.status, answer.body], [400, "State mismatch"]);
  }
  const browser = ask(server.port, "/auth/callback?code=c&state=STATE");
  const arrival = await server.arrival;
  assert(arrival.kind === "code");
  arrival.answer({ kind: "success" });
  await browser;
  await ask(server.port, "/done");
  await server.close();
});

Deno.test("startCallbackServer() takes a replayed callback for the same login: one code, the same page", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  const first = ask(server.port, "/auth/callback?code=one&state=STATE");
  const arrival = await server.arrival;
  const second = ask(server.port, "/auth/callback?code=two&state=STATE");
  assert(arrival.kind === "code");
  assertEquals(arrival.code, "one");
  arrival.answer({ kind: "failed", detail: "why" });
  assertEquals((await first).headers.get("location"), "/done");
  assertEquals((await second).headers.get("location"), "/done");
  assertStringIncludes((await ask(server.port, "/done")).body, "<p>why</p>");
  await server.close();
});

Deno.test("startCallbackServer() shows a refusal with its HTML escaped", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  const evil = encodeURIComponent(`<script>alert(1)</script><img src=x onerror="a">'`);
  await ask(server.port, `/auth/callback?error=access_denied&error_description=${evil}&state=STATE`);
  assertEquals(await server.arrival, {
    kind: "refused",
    detail: `the sign-in was refused: <script>alert(1)</script><img src=x onerror="a">' (access_denied)`,
    entitlement: false,
  });
  const { body } = await ask(server.port, "/done");
  assert(!body.includes("<script>") && !body.includes("<img"));
  assertStringIncludes(
    body,
    "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;a&quot;&gt;&#39;",
  );
  await server.close();
});

Deno.test("startCallbackServer() has a page of its own for a workspace without Codex", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  await ask(
    server.port,
    "/auth/callback?error=access_denied&error_description=missing_codex_entitlement&state=STATE",
  );
  const arrival = await server.arrival;
  assertEquals(arrival.kind === "refused" && arrival.entitlement, true);
  assertStringIncludes((await ask(server.port, "/done")).body, "Codex is not enabled for your workspace");
  await server.close();
});

Deno.test("startCallbackServer() reports a callback without a code", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  await ask(server.port, "/auth/callback?state=STATE");
  assertEquals(await server.arrival, { kind: "no_code" });
  await ask(server.port, "/done");
  await server.close();
});

Deno.test("startCallbackServer() knows no other page and no other method", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  assertEquals((await ask(server.port, "/")).status, 404);
  assertEquals((await ask(server.port, "/done")).status, 404);
  assertEquals((await ask(server.port, "/auth/callback?code=c&state=STATE", { method: "HEAD" })).status, 405);
  assertEquals((await ask(server.port, "/auth/callback?code=c&state=STATE", { method: "POST" })).status, 405);
  await server.close();
});

Deno.test("startCallbackServer() ends on /cancel, but not for a page of another site", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  // fetch may not set this header, so the request is written by hand
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await socket.write(
    new TextEncoder().encode(
      `GET /cancel HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n`,
    ),
  );
  assertStringIncludes(await new Response(socket.readable).text(), "404 Not Found");
  const answer = await ask(server.port, "/cancel");
  assertEquals([answer.status, answer.body], [200, "Login cancelled"]);
  assertEquals(await server.arrival, { kind: "cancelled" });
  await server.close();
});

Deno.test("startCallbackServer() refuses a foreign host name that points to this machine", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await socket.write(
    new TextEncoder().encode(
      `GET /auth/callback?code=c&state=STATE HTTP/1.1\r\nHost: evil.example:${server.port}\r\nConnection: close\r\n\r\n`,
    ),
  );
  assertStringIncludes(await new Response(socket.readable).text(), "404 Not Found");
  await server.close();
});

Deno.test("startCallbackServer() asks another login to leave and takes its port", async () => {
  const other = await startCallbackServer({ state: "OTHER", ports: [0] });
  const gone = other.arrival.then((arrival) => {
    assertEquals(arrival, { kind: "cancelled" });
    return other.close();
  });
  const server = await startCallbackServer({ state: STATE, ports: [other.port], sleep: () => gone });
  assertEquals(server.port, other.port);
  await server.close();
});

Deno.test("startCallbackServer() takes the second port when the first stays busy, after ten tries", async () => {
  await using occupant = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no"),
  );
  const sleeps: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    sleeps.push(ms);
    return Promise.resolve();
  };
  const server = await startCallbackServer({ state: STATE, ports: [occupant.addr.port, 0], sleep });
  assertEquals(sleeps, Array(9).fill(200));
  assert(server.port !== occupant.addr.port);
  await server.close();
});

Deno.test("startCallbackServer() says which ports are busy, and the way without them", async () => {
  await using occupant = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no"),
  );
  const { port } = occupant.addr;
  const sleep = (): Promise<void> => Promise.resolve();
  const thrown = await assertRejects(() => startCallbackServer({ state: STATE, ports: [port], sleep }));
  assert(thrown instanceof Problem);
  assertEquals(
    thrown.message,
    `Cannot listen: the ports ${port} of 127.0.0.1 are in use; the login needs one of them`,
  );
  assertStringIncludes(thrown.hint, "--device");
});

Deno.test("close() of a login that nobody finished frees the port at once", async () => {
  const server = await startCallbackServer({ state: STATE, ports: [0] });
  await server.close();
  const again = await startCallbackServer({ state: STATE, ports: [server.port] });
  await again.close();
});

Deno.test("pageHtml() has no script, no link and nothing from outside", () => {
  for (
    const page of [
      { kind: "success" },
      { kind: "not_entitled" },
      { kind: "refused", detail: "d" },
      { kind: "failed", detail: "d" },
    ] as const
  ) {
    const html = pageHtml(page);
    assert(!/<script|<a |<img|<link|<form|https?:|\son\w+=/i.test(html), html);
  }
});

Deno.test("escapeHtml() escapes all five characters", () => {
  assertEquals(escapeHtml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
});
