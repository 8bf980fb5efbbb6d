import { assert, assertEquals } from "@std/assert";
import { pageResponse } from "../../src/server/endpoints/page.ts";
import { createNote } from "../../src/server/note.ts";

const HOSTILE = `"><script>alert('1')</script>&amp;`;

function hostilePage(): Response {
  const note = createNote("req_1", HOSTILE, 1000);
  note.route = HOSTILE;
  note.modelUsed = HOSTILE;
  note.problem = HOSTILE;
  return pageResponse({
    version: `ccproxy ${HOSTILE}`,
    url: "http://127.0.0.1:8000",
    account: { ok: false, text: HOSTILE },
    limits: undefined,
    memory: { trouble: HOSTILE, onlyHere: HOSTILE, isUnreachable: true, recentLoss: HOSTILE, loss: HOSTILE },
    requests: [{ note, doneMs: 2000 }],
    postReason: "tls: <no> certificate",
    needsKey: true,
    isDemo: false,
    nowMs: 3000,
    monotonicMs: 3000,
  }, (text) => text);
}

Deno.test("pageResponse() escapes every text, so that no name of a model or route can become markup", async () => {
  const html = await hostilePage().text();
  assert(!/<script|alert\('/.test(html), html);
  // Version, account, memory (trouble, only here, loss), method, route, model, problem.
  assertEquals(html.split("&quot;&gt;&lt;script&gt;").length - 1, 9);
});

Deno.test("pageResponse() lets the page run nothing, load nothing and be framed by nobody", async () => {
  const response = hostilePage();
  await response.body?.cancel();
  assertEquals(
    response.headers.get("content-security-policy"),
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  );
  assertEquals(response.headers.get("cache-control"), "no-store");
});
