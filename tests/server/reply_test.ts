import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { replyOpaque } from "../../src/server/reply.ts";

Deno.test("replyOpaque() hands on the very body object of the backend, so that no byte is touched", async () => {
  const upstream = new Response(new Blob(["data: x\n\n"]).stream(), {
    headers: {
      "content-type": "text/event-stream",
      "content-encoding": "gzip",
      "content-length": "5",
      "set-cookie": "__cf_bm=1",
      "x-codex-primary-used-percent": "12",
      "x-request-id": "up_1",
    },
  });
  const response = replyOpaque(upstream, {});
  assertStrictEquals(response.body, upstream.body);
  assertEquals(Object.fromEntries(response.headers), {
    "cache-control": "no-cache, no-transform",
    "content-type": "text/event-stream",
    "x-accel-buffering": "no",
    "x-codex-primary-used-percent": "12",
    "x-upstream-request-id": "up_1",
  });
  assert(!upstream.bodyUsed);
  await response.body?.cancel();
});
