import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Problem } from "../../src/problem.ts";
import { inspectStore } from "../../src/store/inspect_store.ts";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";
import { testEngine } from "./engine_suite.ts";

const KEY = { kind: "session", owner: "", id: "a" };

/** A folder for one test. */
async function makeFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "ccproxy-store-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

testEngine("openSqliteStore()", async (clock) => {
  const folder = await makeFolder();
  const store = openSqliteStore({ path: `${folder.path}/store.db`, nowMs: clock.nowMs });
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});

Deno.test("openSqliteStore() finds after a restart what was written before", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/deeper/store.db`;
  const first = openSqliteStore({ path, nowMs: () => 1000 });
  await first.write([{ op: "put", key: KEY, head: { n: 1 }, items: [{ i: 1 }], expiresAtMs: 5000 }]);
  await first.close();
  const second = openSqliteStore({ path, nowMs: () => 2000 });
  assertEquals(await second.get(KEY), {
    key: KEY,
    head: { n: 1 },
    items: [{ i: 1 }],
    itemCount: 1,
    updatedAtMs: 1000,
    expiresAtMs: 5000,
  });
  await second.close();
});

Deno.test({
  name: "openSqliteStore() makes its files readable for their owner only, and tightens a file that was not",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const path = `${folder.path}/store.db`;
    await Deno.writeTextFile(path, "", { mode: 0o644 });
    const store = openSqliteStore({ path, nowMs: () => 1000 });
    await store.write([{ op: "put", key: KEY, head: {}, items: [], expiresAtMs: 5000 }]);
    const modes = ["", "-wal", "-shm"].map(async (end) => ((await Deno.stat(path + end)).mode ?? 0) & 0o777);
    assertEquals(await Promise.all(modes), [0o600, 0o600, 0o600]);
    await store.close();
  },
});

Deno.test("openSqliteStore() refuses a database of a newer version and leaves it as it is", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99; CREATE TABLE future (x)");
  newer.close();
  const before = await Deno.readFile(path);
  const problem = assertThrows(() => openSqliteStore({ path, nowMs: () => 1000 }));
  assertEquals(
    problem instanceof Problem && [problem.code, problem.message.includes("newer ccproxy (version 99")],
    ["memory_unavailable", true],
  );
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("openSqliteStore() refuses a file that is no database and leaves it as it is", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  await Deno.writeTextFile(path, "no database ".repeat(500));
  const problem = assertThrows(() => openSqliteStore({ path, nowMs: () => 1000 }));
  assertEquals(problem instanceof Problem && problem.code, "memory_damaged");
  assertEquals((await Deno.readTextFile(path)).startsWith("no database "), true);
});

Deno.test("openSqliteStore() keeps what was deleted neither in the file nor in its log", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  const store = openSqliteStore({ path, nowMs: () => 1000 });
  const secret = "the-very-secret-text";
  const items = [{ text: secret.repeat(100) }];
  await store.write([{ op: "put", key: KEY, head: { secret }, items, expiresAtMs: 5000 }]);
  await store.write([{ op: "delete", key: KEY, erase: true }]);
  const decoder = new TextDecoder("latin1");
  for (const end of ["", "-wal"]) {
    assertEquals(decoder.decode(await Deno.readFile(path + end)).includes(secret), false, `store.db${end}`);
  }
  await store.close();
});

Deno.test("openSqliteStore() gives up the oldest records when it is too large", async () => {
  await using folder = await makeFolder();
  let now = 1000;
  const store = openSqliteStore({ path: `${folder.path}/store.db`, nowMs: () => now });
  for (let n = 0; n < 60; n++) {
    now++;
    const key = { ...KEY, id: `${n}` };
    await store.write([{
      op: "put",
      key,
      head: {},
      items: [{ text: "x".repeat(20_000) }],
      expiresAtMs: 1e9,
    }]);
  }
  const { evicted } = await store.sweep(600_000);
  const left = await store.list("session", { limit: 100 });
  assertEquals(left.length, 60 - evicted);
  assertEquals([left[0]?.key.id, left.length > 10 && left.length < 31], ["59", true]);
  await store.close();
});

Deno.test("openSqliteStore() fails with memory_full where writing fails, and goes on afterwards", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  const store = openSqliteStore({ path, nowMs: () => 1000 });
  await store.write([{ op: "put", key: KEY, head: { n: 1 }, items: [], expiresAtMs: 5000 }]);
  const other = new DatabaseSync(path);
  // A disk without room, as far as SQLite can tell: the file may not grow any further.
  other.exec(
    "CREATE TRIGGER full BEFORE INSERT ON item BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
  );
  const big = { op: "append" as const, key: KEY, head: { n: 2 }, items: [{ x: 1 }], expiresAtMs: 5000 };
  const problem = await assertRejects(() => store.write([big]));
  assertEquals(problem instanceof Problem && problem.code, "memory_full");
  assertEquals((await store.get(KEY))?.head, { n: 1 });
  other.exec("DROP TRIGGER full");
  other.close();
  await store.write([big]);
  assertEquals((await store.get(KEY))?.head, { n: 2 });
  await store.close();
});

Deno.test("openSqliteStore() waits for another writer without holding up the program", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  const store = openSqliteStore({ path, nowMs: () => 1000 });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const written = store.write([{ op: "put", key: KEY, head: { n: 1 }, items: [], expiresAtMs: 5000 }]);
  // Reading goes on meanwhile, and so does everything else: this very line is reached.
  assertEquals(await store.get(KEY), undefined);
  other.exec("COMMIT");
  await written;
  assertEquals((await store.get(KEY))?.head, { n: 1 });
  other.close();
  await store.close();
});

Deno.test({
  name: "openSqliteStore() frees what a dead process held, and only that",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const path = `${folder.path}/store.db`;
    const store = openSqliteStore({ path, nowMs: () => 1000 });
    const living = openSqliteStore({ path, nowMs: () => 1000 });
    const dead = "00000000-0000-4000-8000-000000000000";
    await Deno.writeTextFile(`${path}-live-${dead}`, "");
    const other = new DatabaseSync(path);
    other.prepare("INSERT INTO lock VALUES ('a', ?, 99999), ('b', ?, 99999)").run(`${dead}:1`, `${dead}:2`);
    other.close();
    assertEquals(await living.tryLock("held", 60_000) === undefined, false);
    assertEquals(await store.tryLock("a", 60_000) === undefined, false);
    assertEquals(await store.tryLock("b", 60_000) === undefined, false);
    assertEquals([await store.tryLock("held", 60_000), await living.tryLock("a", 60_000)], [
      undefined,
      undefined,
    ]);
    await Promise.all([store.close(), living.close()]);
    const left = [...Deno.readDirSync(folder.path)].filter(({ name }) => name.includes("-live-"));
    assertEquals(left, []);
  },
});

Deno.test("inspectStore() says what a database holds, or what is wrong with it, and changes nothing", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/store.db`;
  const store = openSqliteStore({ path, nowMs: () => 1000 });
  await store.write([{ op: "put", key: KEY, head: {}, items: [], expiresAtMs: 5000 }]);
  await store.close();
  const place = { enabled: true, path, url: "" };
  assertEquals(await inspectStore(place, Date.now), "1 sessions");
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const problem = await assertRejects(() => inspectStore(place, Date.now));
  assertEquals(problem instanceof Problem && problem.message.includes("newer ccproxy"), true);
  await Deno.writeTextFile(path, "no database ".repeat(500));
  await assertRejects(() => inspectStore(place, Date.now));
  assertEquals((await Deno.readTextFile(path)).startsWith("no database "), true);
});
