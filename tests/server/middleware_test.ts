import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { checkApiKey } from "../../src/server/middleware/api_key.ts";
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

Deno.test("checkOrigin() refuses foreign origins and gives CORS headers to listed ones only", () => {
  const host = "127.0.0.1:8000";
  assertEquals(checkOrigin(new Headers({ host }), []), {});
  assertEquals(checkOrigin(new Headers({ host, origin: "http://127.0.0.1:8000" }), []), {});
  for (
    const origin of ["https://evil.com", "null", "http://127.0.0.1:9000", "http://localhost.evil.com:8000"]
  ) {
    assertEquals(codeOf(() => checkOrigin(new Headers({ host, origin }), [])), "origin_refused", origin);
  }
  const listed = checkOrigin(new Headers({ host, origin: "https://app.example" }), ["https://app.example"]);
  assertEquals(listed["access-control-allow-origin"], "https://app.example");
});

Deno.test("checkApiKey() reads both spellings and refuses everything else", async () => {
  await checkApiKey(new Headers(), "");
  await checkApiKey(new Headers({ authorization: "Bearer k1" }), "k1");
  await checkApiKey(new Headers({ "x-api-key": "k1" }), "k1");
  await checkApiKey(new Headers({ authorization: "Bearer other", "x-api-key": "k1" }), "k1");
  for (
    const headers of [{}, { authorization: "Bearer k" }, { authorization: "k1" }, { "x-api-key": "k11" }]
  ) {
    const error = await assertRejects(() => checkApiKey(new Headers(Object.entries(headers)), "k1"));
    assert(error instanceof Problem);
    assertEquals(error.status, 401);
  }
});
