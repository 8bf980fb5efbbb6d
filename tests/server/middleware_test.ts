import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { apiKeyRefused, isApiKey, keysIn } from "../../src/server/middleware/api_key.ts";
import { checkOrigin } from "../../src/server/middleware/cors.ts";
import { checkHost } from "../../src/server/middleware/host_check.ts";

function codeOf(run: () => unknown): string {
  const error = assertThrows(run);
  assert(error instanceof Problem, String(error));
  return error.code;
}

Deno.test("checkHost() takes loopback names with any port, case and trailing dot", () => {
  for (
    const host of [
      "localhost",
      "LOCALHOST:8000",
      "127.0.0.1:1",
      "127.1.2.3",
      "[::1]",
      "[::1]:8000",
      "localhost.:8000",
    ]
  ) checkHost(new Headers({ host }), []);
});

Deno.test("checkHost() refuses foreign, prefixed, suffixed and malformed hosts", () => {
  for (
    const host of [
      "evil.com",
      "localhost.evil.com",
      "localhost.evil.com:8000",
      "evillocalhost",
      "127.0.0.1.evil.com",
      "127.0.0.1@evil.com",
      "localhost:8000:9",
      "localhost/x",
      "[::2]",
      "0.0.0.0",
      "",
    ]
  ) assertEquals(codeOf(() => checkHost(new Headers({ host }), [])), "host_refused", host);
  assertEquals(codeOf(() => checkHost(new Headers(), [])), "host_refused");
});

Deno.test("checkHost() takes listed hosts, whole", () => {
  checkHost(new Headers({ host: "box.local:8000" }), ["box.local"]);
  for (const listed of ["fe80::1", "[fe80::1]", "FE80:0::1"]) {
    checkHost(new Headers({ host: "[fe80::1]:8000" }), [listed]);
  }
  assertEquals(
    codeOf(() => checkHost(new Headers({ host: "sub.box.local" }), ["box.local"])),
    "host_refused",
  );
});

function asked(headers: Record<string, string>, method = "POST", pathname = "/codex/v1/responses") {
  return { method, pathname, headers: new Headers(headers) };
}

Deno.test("checkOrigin() refuses foreign origins and gives CORS headers to listed ones only", () => {
  const host = "127.0.0.1:8000";
  assertEquals(checkOrigin(asked({ host }), []), {});
  assertEquals(checkOrigin(asked({ host, origin: "http://127.0.0.1:8000" }), []), {});
  for (
    const origin of ["https://evil.com", "null", "http://127.0.0.1:9000", "http://localhost.evil.com:8000"]
  ) {
    assertEquals(codeOf(() => checkOrigin(asked({ host, origin }), [])), "origin_refused", origin);
  }
  const listed = checkOrigin(asked({ host, origin: "https://app.example" }), ["https://app.example"]);
  assertEquals(listed["access-control-allow-origin"], "https://app.example");
});

Deno.test("checkOrigin() refuses what other sites ask for without an Origin: images, frames, forms, links", () => {
  const host = "127.0.0.1:8000";
  for (const site of ["cross-site", "same-site", "something-new"]) {
    for (
      const [method, pathname, mode, dest] of [
        ["GET", "/codex/v1/usage", "no-cors", "image"],
        ["GET", "/codex/v1/models", "no-cors", "script"],
        ["GET", "/codex/v1/sessions", "navigate", "document"],
        ["GET", "/health", "no-cors", "image"],
        ["GET", "/", "navigate", "iframe"],
        ["GET", "/", "no-cors", "image"],
        ["POST", "/", "navigate", "document"],
        ["POST", "/codex/v1/chat/completions", "navigate", "document"],
        ["POST", "/codex/v1/responses", "no-cors", "empty"],
      ] as const
    ) {
      const headers = { host, "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest };
      assertEquals(
        codeOf(() => checkOrigin(asked(headers, method, pathname), ["https://app.example"])),
        "origin_refused",
        `${site} ${method} ${pathname} ${mode}`,
      );
    }
  }
});

Deno.test("checkOrigin() takes programs, the page's own requests, typed addresses and links to the page", () => {
  const host = "127.0.0.1:8000";
  // Node's fetch sends a mode, but no site.
  checkOrigin(asked({ host, "sec-fetch-mode": "cors" }), []);
  checkOrigin(asked({ host, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, "GET", "/"), []);
  checkOrigin(asked({ host, "sec-fetch-site": "none" }, "GET", "/codex/v1/models"), []);
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  checkOrigin(asked({ host, ...link }, "GET", "/"), []);
  const listed = { host, origin: "https://app.example", "sec-fetch-site": "cross-site" };
  checkOrigin(asked(listed), ["https://app.example"]);
});

Deno.test("isApiKey() takes the key in both spellings, and nothing else", async () => {
  const isLetIn = (headers: Record<string, string>) => isApiKey(keysIn(new Headers(headers)), "k1");
  assert(await isLetIn({ authorization: "Bearer k1" }));
  assert(await isLetIn({ "x-api-key": "k1" }));
  assert(await isLetIn({ authorization: "Bearer other", "x-api-key": "k1" }));
  for (
    const headers of [{}, { authorization: "Bearer k" }, { authorization: "k1" }, { "x-api-key": "k11" }]
  ) {
    assert(!await isLetIn(headers));
  }
  assertEquals(apiKeyRefused([]).status, 401);
});
