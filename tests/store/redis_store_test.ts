import { assert, assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { openRedisStore } from "../../src/store/redis_store.ts";
import { readRedisUrl, type Reply } from "../../src/store/resp.ts";
import { createParser } from "../../src/store/resp_parser.ts";
import { testEngine } from "./engine_suite.ts";
import { freePort, HAS_REDIS, startRedis } from "./redis_server.ts";

const KEY = { kind: "session", owner: "", id: "a" };

testEngine("openRedisStore()", async (clock) => {
  const server = await startRedis();
  const store = openRedisStore(server.url, clock.nowMs);
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await server[Symbol.asyncDispose]();
    },
  };
}, !HAS_REDIS);

Deno.test({
  name:
    "openRedisStore() fails with memory_unavailable while the server is away, and goes on when it is back",
  ignore: !HAS_REDIS,
  async fn() {
    const port = freePort();
    let store = openRedisStore(`redis://:test-password@127.0.0.1:${port}`, Date.now);
    const away = await assertRejects(() => store.get(KEY));
    assert(away instanceof Problem && away.code === "memory_unavailable");
    assert(!away.message.includes("test-password"), away.message);
    await store.close();
    const change = {
      op: "put" as const,
      key: KEY,
      head: { n: 1 },
      items: [],
      expiresAtMs: Date.now() + 60_000,
    };
    store = openRedisStore(`redis://:test-password@127.0.0.1:${port}`, Date.now);
    {
      await using _first = await startRedis(port);
      await store.write([change]);
    }
    await assertRejects(() => store.get(KEY));
    await using _second = await startRedis(port);
    for (;;) {
      // After a failure the server is left alone for a moment.
      const written = await store.write([change]).then(() => true, () => false);
      if (written) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals((await store.get(KEY))?.head, { n: 1 });
    await store.close();
  },
});

Deno.test({
  name: "openRedisStore() says when the password is wrong, without telling it",
  ignore: !HAS_REDIS,
  async fn() {
    await using server = await startRedis();
    const store = openRedisStore(server.url.replace("test-password", "wrong-secret"), Date.now);
    const problem = await assertRejects(() => store.get(KEY));
    assert(problem instanceof Problem && /refused the login/.test(problem.message));
    assert(!problem.message.includes("wrong-secret"));
    await store.close();
  },
});

Deno.test("readRedisUrl() reads host, port, TLS, login and database", () => {
  assertEquals(readRedisUrl("rediss://me:p%40ss@[::1]:7000/3"), {
    hostname: "::1",
    port: 7000,
    tls: true,
    username: "me",
    password: "p@ss",
    database: 3,
  });
  assertEquals(readRedisUrl("redis://localhost"), {
    hostname: "localhost",
    port: 6379,
    tls: false,
    username: "",
    password: "",
    database: 0,
  });
});

Deno.test("createParser() reads replies however the bytes are cut", () => {
  const bytes = new TextEncoder().encode(
    "+OK\r\n:42\r\n$5\r\nsü\r\n\r\n$-1\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n*-1\r\n",
  );
  const expected: Reply[] = ["OK", 42, "sü\r\n", null, { error: "ERR no" }, ["a", [1]], null];
  for (let size = 1; size <= bytes.length; size++) {
    const replies: Reply[] = [];
    const read = createParser((reply) => replies.push(reply));
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
    assertEquals(replies, expected, `pieces of ${size}`);
  }
});
