import { assertEquals } from "@std/assert";
import type { Caller } from "../../src/server/caller.ts";
import { createPlaces } from "../../src/server/places.ts";
import { createWork } from "../../src/server/work.ts";

const ANYBODY = { key: undefined, name: undefined, owner: "", limits: {} } as unknown as Caller;

function keyCaller(concurrentRequests: number): Caller {
  return {
    key: "k",
    name: "laptop",
    owner: "laptop",
    limits: { concurrentRequests },
  } as unknown as Caller;
}

Deno.test("createPlaces() has exactly as many places as the limit, and one is free again when its work is over", () => {
  const places = createPlaces();
  const works = [createWork(), createWork(), createWork()];
  assertEquals(works.map((work) => places.take(ANYBODY, 2, work)?.code), [
    undefined,
    undefined,
    "too_many_requests",
  ]);
  works[0]?.finish();
  assertEquals(places.take(ANYBODY, 2, createWork()), undefined);
});

Deno.test("createPlaces() counts the places of a key on their own", () => {
  const places = createPlaces();
  const first = createWork();
  assertEquals(places.take(keyCaller(1), 10, first), undefined);
  assertEquals(places.take(keyCaller(1), 10, createWork())?.code, "too_many_requests");
  assertEquals(places.take(ANYBODY, 10, createWork()), undefined);
  first.finish();
  assertEquals(places.take(keyCaller(1), 10, createWork()), undefined);
});
