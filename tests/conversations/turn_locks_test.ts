import { assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { createTurnLocks } from "../../src/conversations/turn_locks.ts";
import { createRamStore } from "../../src/store/ram_store.ts";
import type { Store } from "../../src/store/store.ts";

const never = () => new AbortController().signal;

function locksOf(store: Store) {
  return createTurnLocks(store, (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1))));
}

for (const shared of [false, true]) {
  const kind = shared ? "a shared store" : "one process";
  const make = () => ({ ...createRamStore(Date.now), shared });

  Deno.test(`createTurnLocks() lets turns in one after the other, in their order, in ${kind}`, async () => {
    const locks = locksOf(make());
    const order: number[] = [];
    const first = await locks.take("a", { waitMs: 1000, signal: never() });
    const others = [1, 2, 3].map(async (n) => {
      const release = await locks.take("a", { waitMs: 1000, signal: never() });
      order.push(n);
      release();
    });
    assertEquals([await locks.takeFree("a"), order], [undefined, []]);
    first();
    first();
    await Promise.all(others);
    assertEquals(order, [1, 2, 3]);
    const free = await locks.takeFree("a");
    free?.();
    assertEquals(free === undefined, false);
  });

  Deno.test(`createTurnLocks() gives up when the time is over or the client leaves, in ${kind}`, async () => {
    const locks = locksOf(make());
    const first = await locks.take("a", { waitMs: 1000, signal: never() });
    const late = await assertRejects(() => locks.take("a", { waitMs: 1, signal: never() }));
    const controller = new AbortController();
    const leaving = assertRejects(() => locks.take("a", { waitMs: 1000, signal: controller.signal }));
    controller.abort();
    const codes = [late, await leaving].map((thrown) => thrown instanceof Problem && thrown.code);
    assertEquals(codes, ["session_busy", "client_closed"]);
    first();
    (await locks.take("a", { waitMs: 0, signal: never() }))();
  });
}

Deno.test("createTurnLocks() keeps the place of those behind a client that leaves as its turn comes", async () => {
  const locks = locksOf(createRamStore(Date.now));
  const first = await locks.take("a", { waitMs: 1000, signal: never() });
  const controller = new AbortController();
  const second = locks.take("a", { waitMs: 1000, signal: controller.signal });
  const third = locks.take("a", { waitMs: 1000, signal: never() });
  first();
  controller.abort();
  // Both are handed the lock: the one that left gives it back like any other.
  await second.then((release) => release(), () => {});
  (await third)();
});

Deno.test("createTurnLocks() asks a store that no other process has for nothing", async () => {
  const locks = locksOf({
    ...createRamStore(Date.now),
    tryLock: () => Promise.reject(new Error("not to be asked")),
  });
  (await locks.take("a", { waitMs: 0, signal: never() }))();
});

Deno.test("createTurnLocks() keeps two processes on one store apart", async () => {
  const store = { ...createRamStore(Date.now), shared: true };
  const [one, two] = [locksOf(store), locksOf(store)];
  const release = await one.take("a", { waitMs: 1000, signal: never() });
  assertEquals(await two.takeFree("a"), undefined);
  const waiting = two.take("a", { waitMs: 1000, signal: never() });
  release();
  (await waiting)();
});

Deno.test("createTurnLocks() lets another process in before those who came later in the own one", async () => {
  const store = { ...createRamStore(Date.now), shared: true };
  const [one, two] = [locksOf(store), locksOf(store)];
  const order: string[] = [];
  const turn = async (name: string, locks: ReturnType<typeof locksOf>) => {
    const release = await locks.take("a", { waitMs: 5000, signal: never() });
    order.push(name);
    release();
  };
  const first = await one.take("a", { waitMs: 5000, signal: never() });
  const other = turn("other", two);
  // The other one has the place of the next once nobody else can take it.
  for (;;) {
    const place = await store.tryLock("next a", 60_000);
    if (place === undefined) break;
    await place.release();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const later = [turn("later 1", one), turn("later 2", one)];
  first();
  await Promise.all([other, ...later]);
  assertEquals(order, ["other", "later 1", "later 2"]);
});

Deno.test("createTurnLocks() waits for a process that died no longer than its lock lasts", async () => {
  let now = 0;
  const store = { ...createRamStore(() => now), shared: true };
  await store.tryLock("a", 15_000);
  const locks = createTurnLocks(store, () => {
    now += 1000;
    return Promise.resolve();
  });
  (await locks.take("a", { waitMs: 60_000, signal: never() }))();
  await locks.settled();
  assertEquals(now, 15_000);
});

Deno.test("createTurnLocks() goes on alone while the store cannot be written, and not while it cannot be read", async () => {
  const failing = (code: "memory_full" | "memory_unavailable") =>
    locksOf({
      ...createRamStore(Date.now),
      shared: true,
      tryLock: () => Promise.reject(new Problem(code, "test")),
    });
  const locks = failing("memory_full");
  const release = await locks.take("a", { waitMs: 1000, signal: never() });
  assertEquals(await locks.takeFree("a"), undefined);
  release();
  const lost = failing("memory_unavailable");
  await assertRejects(() => lost.take("a", { waitMs: 1000, signal: never() }));
  await assertRejects(() => lost.takeFree("a"));
});

Deno.test("createTurnLocks() lets nobody in when a lock is given back twice", async () => {
  const locks = locksOf(createRamStore(Date.now));
  const first = await locks.take("a", { waitMs: 1000, signal: never() });
  const second = locks.take("a", { waitMs: 1000, signal: never() });
  let isThird = false;
  const third = locks.take("a", { waitMs: 1000, signal: never() }).then((release) => {
    isThird = true;
    release();
  });
  first();
  const release = await second;
  first();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(isThird, false);
  release();
  await third;
});
