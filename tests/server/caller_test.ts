import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { identifyCaller } from "../../src/server/caller.ts";

function settings(key: string): Settings {
  const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, row.default]));
  return { ...defaults, "server.api_key": key, "limits.reserve_percent": 7 } as unknown as Settings;
}

Deno.test("identifyCaller() gives every key a memory of its own, and an open route none at all", async () => {
  const sent = (key: string) => new Headers({ authorization: `Bearer ${key}` });
  const free = await identifyCaller(sent("ignored"), settings(""), false);
  const one = await identifyCaller(sent("one"), settings("one"), false);
  const two = await identifyCaller(sent("two"), settings("two"), false);
  const open = await identifyCaller(new Headers(), settings("one"), true);
  assertEquals(new Set([free, one, two, open].map(({ owner }) => owner)).size, 4);
  assertNotEquals(one.owner, "one");
  assertEquals([free.owner, free.limits.reservePercent], ["", 7]);
  assertEquals([free.name, one.name, open.name], ["anybody", "default", "nobody"]);
  await assertRejects(() => identifyCaller(sent("two"), settings("one"), false));
});
