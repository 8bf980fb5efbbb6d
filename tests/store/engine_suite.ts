/** The tests that every engine of the store has to pass. */
import { boundUnnamed } from "../../src/conversations/unnamed.ts";
import { assert, assertEquals } from "@std/assert";
import { KEPT_KINDS, type RecordKey, type Store } from "../../src/store/store.ts";

/** A clock that the test moves. */
export interface TestClock {
  nowMs(): number;
  advance(ms: number): void;
}

/** A clock that stands at the present: Redis has a clock of its own. */
export function createClock(): TestClock {
  let now = Date.now();
  return { nowMs: () => now, advance: (ms) => void (now += ms) };
}

/** A fresh, empty store for one test. */
export type OpenStore = (clock: TestClock) => Promise<Store & AsyncDisposable>;

const HOUR_MS = 3_600_000;

function key(id: string, kind = "session", owner = ""): RecordKey {
  return { kind, owner, id };
}

/** Registers the suite for an engine. */
export function testEngine(name: string, open: OpenStore, ignore = false): void {
  const test = (what: string, run: (store: Store, clock: TestClock) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${what}`,
      ignore,
      async fn() {
        const clock = createClock();
        await using store = await open(clock);
        await run(store, clock);
      },
    });

  test("write() then get() gives the record with its items in order", async (store, clock) => {
    const expiresAtMs = clock.nowMs() + HOUR_MS;
    const items = [{ text: "süß \u2028 \u0000 end" }, { nested: { list: [1, null, true] } }];
    await store.write([{ op: "put", key: key("a"), head: { n: 1 }, items, expiresAtMs }]);
    assertEquals(await store.get(key("a")), {
      key: key("a"),
      head: { n: 1 },
      items,
      itemCount: 2,
      updatedAtMs: clock.nowMs(),
      expiresAtMs,
    });
    assertEquals((await store.getHead(key("a")))?.itemCount, 2);
    assertEquals(await store.get(key("b")), undefined);
  });

  test(
    "boundUnnamed() removes the oldest that nobody asked for, by number and by size (translation 122)",
    async (store, clock) => {
      const expiresAtMs = clock.nowMs() + HOUR_MS;
      const names = ["a", "b", "c", "d", "e"];
      const keep = async (id: string, unnamed: boolean) => {
        clock.advance(1);
        const head = unnamed ? { tip: `tip-${id}`, bytes: 1024 * 1024 } : {};
        await store.write([
          { op: "put", key: key(id), head, items: [{ id }], expiresAtMs },
          { op: "put", key: key(`tip-${id}`, "trail"), head: { session: id }, items: [], expiresAtMs },
          { op: "put", key: key(id, "reasoning"), head: {}, items: [], expiresAtMs },
        ]);
      };
      await keep("named", false);
      for (const id of names) await keep(id, true);
      const left = async (sessions: number, mb: number) => {
        const removed = await boundUnnamed(store, {
          "storage.max_unnamed_sessions": sessions,
          "storage.max_unnamed_mb": mb,
        });
        const heads = await store.list("session", { limit: 99 });
        return [removed, heads.map((head) => head.key.id).join()];
      };
      assertEquals(await left(9, 9), [0, "e,d,c,b,a,named"]);
      assertEquals(await left(4, 9), [1, "e,d,c,b,named"]);
      assertEquals(await left(4, 2), [2, "e,d,named"]);
      assertEquals(await store.get(key("tip-c", "trail")), undefined);
      assertEquals((await store.list("reasoning", { skip: 4, limit: 9 })).map(({ key }) => key.id), [
        "a",
        "named",
      ]);
    },
  );

  test("write() appends behind the items there are, and put replaces them", async (store, clock) => {
    const base = { key: key("a"), expiresAtMs: clock.nowMs() + HOUR_MS };
    await store.write([{ op: "append", ...base, head: { turns: 1 }, items: [{ i: 1 }, { i: 2 }] }]);
    await store.write([{ op: "append", ...base, head: { turns: 2 }, items: [{ i: 3 }] }]);
    const grown = await store.get(key("a"));
    assertEquals([grown?.head, grown?.items], [{ turns: 2 }, [{ i: 1 }, { i: 2 }, { i: 3 }]]);
    await store.write([{ op: "put", ...base, head: {}, items: [{ i: 9 }] }]);
    assertEquals((await store.get(key("a")))?.items, [{ i: 9 }]);
  });

  test("records of different owners and kinds with one id never meet", async (store, clock) => {
    const expiresAtMs = clock.nowMs() + HOUR_MS;
    const keys = [key("a"), key("a", "session", "alice"), key("a", "response")];
    await store.write(keys.map((at, n) => ({ op: "put", key: at, head: { n }, items: [], expiresAtMs })));
    assertEquals((await store.getMany([...keys, key("a", "x")])).map((found) => found?.head), [
      { n: 0 },
      { n: 1 },
      { n: 2 },
      undefined,
    ]);
    await store.write([{ op: "delete", key: keys[0] ?? key("a") }]);
    assertEquals((await store.getMany(keys)).map((found) => found?.head), [undefined, { n: 1 }, { n: 2 }]);
  });

  test("an id may hold any character", async (store, clock) => {
    const id = "a:b/c d\n{ü}*?[x]'\"%";
    await store.write([{
      op: "put",
      key: key(id),
      head: { ok: true },
      items: [],
      expiresAtMs: clock.nowMs() + HOUR_MS,
    }]);
    assertEquals((await store.get(key(id)))?.key.id, id);
    assertEquals((await store.list("session", { limit: 5 })).map((head) => head.key.id), [id]);
  });

  test(
    "list() gives the last changed first, of one owner or of all, up to the limit",
    async (store, clock) => {
      for (const [id, owner] of [["a", ""], ["b", "alice"], ["c", ""]] as const) {
        await store.write([{
          op: "put",
          key: key(id, "session", owner),
          head: {},
          items: [{}],
          expiresAtMs: clock.nowMs() + HOUR_MS,
        }]);
        clock.advance(1000);
      }
      const ids = async (options: { owner?: string; limit: number }) =>
        (await store.list("session", options)).map((head) => head.key.id);
      assertEquals(await ids({ limit: 10 }), ["c", "b", "a"]);
      assertEquals(await ids({ limit: 2 }), ["c", "b"]);
      assertEquals(await ids({ owner: "", limit: 10 }), ["c", "a"]);
      assertEquals(await ids({ owner: "alice", limit: 10 }), ["b"]);
      assertEquals(await store.list("response", { limit: 10 }), []);
    },
  );

  test("an expired record is gone, a touched one lives on", async (store, clock) => {
    const expiresAtMs = clock.nowMs() + HOUR_MS;
    const put = (id: string) => ({ op: "put" as const, key: key(id), head: {}, items: [{}], expiresAtMs });
    await store.write([put("a"), put("b")]);
    await store.write([{ op: "touch", key: key("b"), expiresAtMs: expiresAtMs + HOUR_MS }]);
    clock.advance(HOUR_MS);
    assertEquals(await store.get(key("a")), undefined);
    assertEquals((await store.getHead(key("b")))?.itemCount, 1);
    assertEquals((await store.list("session", { limit: 10 })).map((head) => head.key.id), ["b"]);
    await store.sweep(1e12);
    assertEquals((await store.getMany([key("a"), key("b")])).map((found) => found?.itemCount), [
      undefined,
      1,
    ]);
  });

  test("sweep() of a full store keeps keys and what they used, which are listed", async (store, clock) => {
    const expiresAtMs = clock.nowMs() + HOUR_MS;
    for (const kind of KEPT_KINDS) {
      await store.write([{ op: "put", key: { kind, owner: "", id: "a" }, head: {}, items: [], expiresAtMs }]);
    }
    await store.sweep(0);
    for (const kind of KEPT_KINDS) assertEquals((await store.list(kind, { limit: 9 })).length, 1, kind);
  });

  test("write() of changes that cannot all be made makes none", async (store, clock) => {
    const expiresAtMs = clock.nowMs() + HOUR_MS;
    const good = { op: "put" as const, key: key("a"), head: {}, items: [], expiresAtMs };
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    let failed = false;
    try {
      await store.write([good, { ...good, key: key("b"), head: circle }]);
    } catch {
      failed = true;
    }
    assertEquals([failed, await store.get(key("a"))], [true, undefined]);
  });

  test("tryLock() lets one in until it is released or its time is over", async (store, clock) => {
    const first = await store.tryLock("turn", 60_000);
    assert(first !== undefined);
    assertEquals(await store.tryLock("turn", 60_000), undefined);
    assert(await store.tryLock("other", 60_000) !== undefined);
    assertEquals(await first.renew(60_000), true);
    await first.release();
    const second = await store.tryLock("turn", 1);
    assert(second !== undefined);
    clock.advance(10);
    // Redis measures with its own clock, which this test does not move.
    if (store.engine !== "redis") {
      const third = await store.tryLock("turn", 60_000);
      assert(third !== undefined);
      assertEquals(await second.renew(60_000), false);
    }
  });

  test("tryLock() lets nobody past the one who is next", async (store) => {
    const first = await store.tryLock("turn", 60_000, "next turn");
    const next = await store.tryLock("next turn", 60_000);
    assert(first !== undefined && next !== undefined);
    await first.release();
    assertEquals(await store.tryLock("turn", 60_000, "next turn"), undefined);
    const second = await store.tryLock("turn", 60_000);
    assert(second !== undefined);
    await Promise.all([next.release(), second.release()]);
    assert(await store.tryLock("turn", 60_000, "next turn") !== undefined);
  });
}
