import { assertEquals } from "@std/assert";
import { createRamStore } from "../../src/store/ram_store.ts";
import { testEngine } from "./engine_suite.ts";

testEngine("createRamStore()", (clock) => {
  const store = createRamStore(clock.nowMs);
  return Promise.resolve({ ...store, [Symbol.asyncDispose]: () => store.close() });
});

Deno.test("createRamStore() gives up the oldest records when it is too large", async () => {
  let now = 1000;
  const store = createRamStore(() => now);
  for (const id of ["a", "b", "c"]) {
    const key = { kind: "session", owner: "", id };
    await store.write([{ op: "put", key, head: {}, items: [{ text: "x".repeat(500) }], expiresAtMs: 1e9 }]);
    now++;
  }
  assertEquals(await store.sweep(2500), { expired: 0, evicted: 1 });
  assertEquals((await store.list("session", { limit: 9 })).map((head) => head.key.id), ["c", "b"]);
});
