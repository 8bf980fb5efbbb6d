import { assertEquals } from "@std/assert";
import { openLearned, shareLearned } from "../../src/cli/open_learned.ts";
import { Problem } from "../../src/problem.ts";
import { createRamStore } from "../../src/store/ram_store.ts";
import { openRedisStore } from "../../src/store/redis_store.ts";
import type { Store } from "../../src/store/store.ts";
import { createLearned } from "../../src/upstream/learned.ts";
import { HAS_REDIS, startRedis } from "../store/redis_server.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const KEY = { kind: "learned", owner: "", id: "parameters" };

function silent(): void {}

function createOwn(nowMs: () => number) {
  return createLearned(undefined, silent, nowMs);
}

Deno.test({
  name: "openLearned() on one Redis: what one proxy learns the others soon know, and again after a restart",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = await startRedis();
    const folder = await Deno.makeTempDir();
    let now = Date.now();
    const nowMs = () => now;
    const open = async (name: string) => {
      const store = openRedisStore(redis.url, nowMs);
      const learned = await openLearned(`${folder}/${name}/learned.json`, store, {
        nowMs,
        monotonicMs: nowMs,
      }, silent);
      await learned.settled();
      return { learned, store };
    };
    const [one, two] = [await open("one"), await open("two")];
    one.learned.learn("gpt-5", "temperature");
    await one.learned.settled();
    assertEquals(two.learned.for("gpt-5"), [], "half a minute is not over");
    now += 30_000;
    assertEquals(two.learned.for("gpt-5"), [], "a request does not wait");
    await two.learned.settled();
    assertEquals(two.learned.for("gpt-5"), ["temperature"]);
    const fact = { model: "gpt-5", parameter: "temperature", untilMs: now - 30_000 + DAY_MS };
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/two/learned.json`)), [fact]);
    const three = await open("three");
    assertEquals(three.learned.list(), [fact]);
    for (const { store } of [one, two, three]) await store.close();
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("openLearned() keeps nothing in a store that is not shared", async () => {
  const folder = await Deno.makeTempDir();
  const store = createRamStore(Date.now);
  const learned = await openLearned(
    `${folder}/learned.json`,
    store,
    { nowMs: () => 5, monotonicMs: () => 5 },
    silent,
  );
  learned.learn("gpt-5", "top_p");
  await learned.settled();
  assertEquals(await store.get(KEY), undefined);
  assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/learned.json`)), [
    { model: "gpt-5", parameter: "top_p", untilMs: 5 + DAY_MS },
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("shareLearned() works on while the store is lost, says so once, and shares when it is back", async () => {
  let now = 1_000_000;
  const nowMs = () => now;
  const engine = createRamStore(nowMs);
  let isLost = true;
  const store: Store = {
    ...engine,
    get: (key) => isLost ? Promise.reject(new Problem("memory_unavailable", "gone")) : engine.get(key),
  };
  const said: string[] = [];
  const learned = shareLearned(
    createOwn(nowMs),
    store,
    { nowMs, monotonicMs: nowMs },
    (level, text) => said.push(`${level} ${text}`),
  );
  learned.learn("gpt-5", "temperature");
  await learned.settled();
  assertEquals(learned.for("gpt-5"), ["temperature"]);
  assertEquals(said, ["warn what was learned is not shared"]);
  isLost = false;
  now += 30_000;
  learned.for("gpt-5");
  await learned.settled();
  const untilMs = 1_000_000 + DAY_MS;
  assertEquals((await engine.get(KEY))?.items, [{ model: "gpt-5", parameter: "temperature", untilMs }]);
});

Deno.test("shareLearned() writes a long record anew, without what is no fact or no longer counts", async () => {
  const nowMs = () => 1_000_000;
  const store = createRamStore(nowMs);
  const kept = { model: "gpt-5", parameter: "seed", untilMs: 2_000_000 };
  const old = Array.from({ length: 400 }, (_, n) => ({ model: "m", parameter: `${n}`, untilMs: 900_000 }));
  await store.write([
    { op: "put", key: KEY, head: {}, items: [{ no: "fact" }, kept, ...old], expiresAtMs: 2_000_000 },
  ]);
  const learned = shareLearned(createOwn(nowMs), store, { nowMs, monotonicMs: nowMs }, silent);
  await learned.settled();
  assertEquals(learned.list(), [kept]);
  assertEquals((await store.get(KEY))?.items, [kept]);
});

Deno.test("LearnedParameters.add() takes the later of two facts and believes none for longer than a day", () => {
  const learned = createOwn(() => 1000);
  const fact = (parameter: string, untilMs: number) => ({ model: "gpt-5", parameter, untilMs });
  learned.add([fact("a", 3000), fact("a", 4000), fact("b", 9e15), fact("c", 999)]);
  learned.add([fact("a", 2000)]);
  assertEquals(learned.list(), [fact("a", 4000), fact("b", 1000 + DAY_MS)]);
});
