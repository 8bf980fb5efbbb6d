import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Problem } from "../../../src/problem.ts";
import type { Budget } from "../../../src/server/keys/budget.ts";
import { createKeyRing } from "../../../src/server/keys/key_ring.ts";
import {
  keyIdOf,
  makeOwner,
  makeSecret,
  type NamedKey,
  putKey,
  readKey,
  rotateKey,
} from "../../../src/server/keys/named_key.ts";
import { createSpending } from "../../../src/server/keys/spending.ts";
import { createRamStore } from "../../../src/store/ram_store.ts";
import type { Store } from "../../../src/store/store.ts";

const START_MS = Date.parse("2026-11-28T20:00:00Z");

function newKey(name: string, budget?: Budget): { readonly text: string; readonly key: NamedKey } {
  const { text, ...secret } = makeSecret();
  const key: NamedKey = {
    ...secret,
    name,
    owner: makeOwner(),
    earlierIds: [],
    createdMs: START_MS,
    expiresMs: undefined,
    deletedMs: undefined,
    limits: { models: [], concurrentRequests: undefined, budget },
  };
  return { text, key };
}

/** Proxies that share a store and a clock. */
function stage() {
  let passedMs = 0;
  const nowMs = () => START_MS + passedMs;
  const store = createRamStore(nowMs);
  const learnt: string[] = [];
  const proxy = (id: string, over: Store = store) =>
    createKeyRing({
      store: over,
      spending: createSpending(over, nowMs, () => {}, id),
      nowMs,
      monotonicMs: () => passedMs,
      log: () => {},
      learn: (text) => learnt.push(text),
    });
  return { store, proxy, learnt, pass: (ms: number) => passedMs += ms };
}

const find = (ring: ReturnType<typeof createKeyRing>, text: string) => ring.find(text, keyIdOf(text) ?? "");

Deno.test("putKey() keeps a salted hash and nothing that would let anybody in; readKey() reads all of it", async () => {
  const { store } = stage();
  const { text, key } = newKey("alice", { tokens: 5, period: "day" });
  await store.write([putKey(key)]);
  const [head] = await store.list("key", { limit: 2 });
  assert(head !== undefined);
  assertEquals(readKey(head), key);
  assert(!JSON.stringify(head).includes(text.slice(-43)));
  assertNotEquals(newKey("alice").key.salt, key.salt);
  assertEquals(text.length, "sk-ccproxy-".length + 12 + 1 + 43);
});

Deno.test("find() tells what a key is, in every proxy of the store, two seconds after it changed", async () => {
  const { store, proxy, learnt, pass } = stage();
  const [one, two] = [proxy("1"), proxy("2")];
  const { text, key } = newKey("alice");
  assertEquals(await find(one, text), { kind: "unknown", name: undefined });
  await store.write([putKey(key)]);
  pass(2001);
  assertEquals([await find(one, text), await find(two, text)], [{ kind: "valid", key }, {
    kind: "valid",
    key,
  }]);
  assertEquals(new Set(learnt), new Set([text]));
  const forged = text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");
  assertEquals(await find(one, forged), { kind: "wrong", name: "alice" });
  const { text: newText, ...secret } = makeSecret();
  await store.write([putKey(rotateKey(key, secret))]);
  pass(2001);
  assertEquals((await find(one, text)).kind, "replaced");
  assertEquals((await find(two, newText)).kind, "valid");
  await store.write([putKey({ ...rotateKey(key, secret), expiresMs: START_MS + 1 })]);
  pass(2001);
  assertEquals((await find(one, newText)).kind, "expired");
  await store.write([putKey({ ...rotateKey(key, secret), deletedMs: START_MS + 1 })]);
  pass(2001);
  assertEquals((await find(two, newText)).kind, "deleted");
  assertEquals(learnt.includes(forged), false);
});

Deno.test("find() goes on with the keys it read for a minute without the store, then lets nobody in", async () => {
  const { store, proxy, pass } = stage();
  let isDown = false;
  const list: Store["list"] = (...args) => isDown ? Promise.reject(new Error("down")) : store.list(...args);
  const ring = proxy("1", { ...store, list });
  const { text, key } = newKey("alice");
  await store.write([putKey(key)]);
  assertEquals((await find(ring, text)).kind, "valid");
  isDown = true;
  pass(30_000);
  assertEquals((await find(ring, text)).kind, "valid");
  pass(31_000);
  const error = await assertRejects(() => find(ring, text));
  assert(error instanceof Problem && error.code === "memory_unavailable");
});

Deno.test("checkBudget() adds up what all proxies have spent, says when it is free again, and begins anew", async () => {
  const { store, proxy, pass } = stage();
  const { text, key } = newKey("alice", { tokens: 100, period: "hour" });
  await store.write([putKey(key)]);
  const [one, two] = [proxy("1"), proxy("2")];
  one.spend(key, 60);
  two.spend(key, 50);
  one.checkBudget(key);
  await Promise.all([one.settled(), two.settled()]);
  await find(one, text);
  const error = assertThrows(() => one.checkBudget(key));
  assert(error instanceof Problem);
  assertStringIncludes(error.message, "2026-11-28T21:00:00.000Z");
  assertEquals([error.status, error.headers["retry-after"]], [429, "3600"]);
  const restarted = proxy("3");
  await find(restarted, text);
  const known = assertThrows(() => restarted.checkBudget(key));
  assertStringIncludes(String(known), "used 110 tokens of its 100/hour");
  pass(3_600_000);
  one.checkBudget(key);
  await find(restarted, text);
  restarted.checkBudget(key);
});
