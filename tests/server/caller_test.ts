import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { Problem } from "../../src/problem.ts";
import { identifyCaller } from "../../src/server/caller.ts";
import { makeOwner, makeSecret, type NamedKey } from "../../src/server/keys/named_key.ts";

function settings(key: string): Settings {
  const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, row.default]));
  return { ...defaults, "server.api_key": key, "limits.reserve_percent": 7 } as unknown as Settings;
}

const NO_KEYS = {
  keys: { find: () => Promise.resolve({ kind: "unknown", name: undefined } as const) },
  log: () => {},
};
const sent = (key: string) => new Headers({ authorization: `Bearer ${key}` });

Deno.test("identifyCaller() gives every key a memory of its own, and an open route none at all", async () => {
  const free = await identifyCaller(sent("ignored"), settings(""), false, NO_KEYS);
  const one = await identifyCaller(sent("one"), settings("one"), false, NO_KEYS);
  const two = await identifyCaller(sent("two"), settings("two"), false, NO_KEYS);
  const open = await identifyCaller(new Headers(), settings("one"), true, NO_KEYS);
  assertEquals(new Set([free, one, two, open].map(({ owner }) => owner)).size, 4);
  assertNotEquals(one.owner, "one");
  assertEquals([free.owner, free.limits.reserve["limits.reserve_percent"]], ["", 7]);
  assertEquals([free.name, one.name, open.name], ["anybody", "default", "nobody"]);
  await assertRejects(() => identifyCaller(sent("two"), settings("one"), false, NO_KEYS));
});

Deno.test("identifyCaller() takes a named key with its limits, with and without a key of the proxy", async () => {
  const { text, ...secret } = makeSecret();
  const key: NamedKey = {
    ...secret,
    name: "alice",
    owner: makeOwner(),
    earlierIds: [],
    createdMs: 0,
    expiresMs: undefined,
    deletedMs: undefined,
    limits: { models: ["gpt-5.5"], concurrentRequests: 2, budget: undefined },
  };
  const parts = { ...NO_KEYS, keys: { find: () => Promise.resolve({ kind: "valid", key } as const) } };
  for (const own of ["", "one"]) {
    for (const headers of [sent(text), new Headers({ "x-api-key": text })]) {
      const caller = await identifyCaller(headers, settings(own), false, parts);
      assertEquals([caller.name, caller.owner, caller.key], ["alice", key.owner, key]);
      assertEquals([caller.limits.models, caller.limits.concurrentRequests], [["gpt-5.5"], 2]);
    }
  }
});

Deno.test("identifyCaller() tells the log why a named key is refused, and the caller nothing of it", async () => {
  const { text } = makeSecret();
  const told = new Set<string>();
  for (const own of ["", "one"]) {
    for (const kind of ["unknown", "expired", "deleted", "replaced", "wrong"] as const) {
      const lines: unknown[] = [];
      const error = await assertRejects(() =>
        identifyCaller(sent(text), settings(own), false, {
          keys: { find: () => Promise.resolve({ kind, name: "alice" }) },
          log: (_level, _message, fields) => lines.push(fields?.["reason"]),
        })
      );
      assert(error instanceof Problem);
      told.add(`${error.status} ${error.message}`);
      assertEquals(lines, [kind]);
    }
  }
  assertEquals(told.size, 1);
});
