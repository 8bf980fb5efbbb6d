import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";
import { NOW_MS } from "./fake_world.ts";
import { makeHome } from "./home.ts";

Deno.test("keys create shows the key once, on standard output; list and the store never show it", async () => {
  await using home = await makeHome();
  assertStringIncludes((await home.run("keys list")).stderr, "No named key");
  const made = await home.run(
    "keys create alice --budget-tokens 2M/day --models gpt-5.5,gpt-5 --concurrency 3 --expires 30d",
  );
  assertEquals(made.code, 0);
  assertMatch(made.stdout, /^sk-ccproxy-[0-9a-f]{12}-[\w-]{43}\n$/);
  assertStringIncludes(made.stderr, "not shown again");
  assertStringIncludes(made.stderr, "server.api_key is empty");
  const id = made.stdout.slice(11, 23);
  assertEquals((await home.run("keys list")).stdout.split("\n"), [
    "NAME   KEY                          TOKENS IN 30 DAYS  BUDGET USED   MODELS          AT ONCE  EXPIRES",
    `alice  sk-ccproxy-${id}-...  0                  0% of 2M/day  gpt-5.5, gpt-5  3        in 30 days`,
    "",
  ]);
  const store = openSqliteStore({
    path: `${home.path}/.local/state/ccproxy/ccproxy.db`,
    nowMs: () => NOW_MS,
  });
  const kept = JSON.stringify(await store.list("key", { limit: 9 }));
  await store.close();
  assert(!kept.includes(made.stdout.trim().slice(24)));
});

Deno.test("keys create refuses names, budgets and times it cannot use, and a name that is taken", async () => {
  await using home = await makeHome();
  for (
    const line of [
      "default",
      "a/b",
      "x --budget-tokens 2M",
      "x --expires tomorrow",
      "x --expires 99999w",
    ]
  ) {
    assertEquals((await home.run(`keys create ${line}`)).code, 2, line);
  }
  assertEquals((await home.run("keys create x")).code, 0);
  const again = await home.run("keys create x");
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, 'there is a key "x" already');
});

Deno.test("keys rotate and delete change the key, and a name is free again afterwards", async () => {
  await using home = await makeHome();
  const first = JSON.parse((await home.run("keys create ci --json")).stdout);
  const second = JSON.parse((await home.run("keys rotate ci --json")).stdout);
  assert(first.key !== second.key && first.key_id !== second.key_id);
  assertEquals((await home.run("keys list --quiet")).stdout, "ci\n");
  assertEquals((await home.run("keys delete ci")).code, 0);
  assertEquals((await home.run("keys delete ci")).code, 2);
  assertEquals((await home.run("keys rotate ci")).code, 2);
  assertEquals(JSON.parse((await home.run("keys list --json")).stdout), []);
  assertEquals((await home.run("keys create ci")).code, 0);
});

Deno.test("keys create says what is missing where no store would keep the key", async () => {
  await using home = await makeHome();
  await home.writeConfig("[storage]\nenabled = false\n");
  const refused = await home.run("keys create x");
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "named keys need a store");
});
