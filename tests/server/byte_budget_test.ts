import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { createByteBudget, SMALL_BYTES } from "../../src/server/byte_budget.ts";

const MB = 1024 * 1024;
const never = new AbortController().signal;

function budget(waitMs?: number) {
  return createByteBudget(() => 10 * MB, waitMs);
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await assertRejects(() => promise);
  assert(error instanceof Problem, String(error));
  return error;
}

/** Whether a promise is settled already, after everything that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  await new Promise((resolve) => setTimeout(resolve, 0));
  return await Promise.race([promise, Promise.resolve(pending)]) !== pending;
}

Deno.test("createByteBudget() gives room in the order of asking, and never more than there is", async () => {
  const bytes = budget();
  const first = await bytes.enter(6 * MB, never);
  const second = bytes.enter(6 * MB, never);
  const third = bytes.enter(1 * MB, never);
  assertEquals([await isSettled(second), await isSettled(third), bytes.heldBytes], [false, false, 6 * MB]);
  first.leave();
  first.leave();
  await second;
  await third;
  assertEquals(bytes.heldBytes, 7 * MB);
  (await second).leave();
  (await third).leave();
  assertEquals(bytes.heldBytes, 0);
});

Deno.test("createByteBudget() does not count small bodies, and lets the largest pass alone", async () => {
  const bytes = budget();
  const huge = await bytes.enter(50 * MB, never);
  for (let at = 0; at < 1000; at++) await bytes.enter(SMALL_BYTES, never);
  const next = bytes.enter(SMALL_BYTES + 1, never);
  assertEquals([await isSettled(next), bytes.heldBytes], [false, 50 * MB]);
  huge.leave();
  (await next).leave();
});

Deno.test("createByteBudget() refuses with a time to come back after a wait, and lets the next one pass", async () => {
  const bytes = budget(1);
  const held = await bytes.enter(4 * MB, never);
  const tooLarge = bytes.enter(8 * MB, never);
  const behind = bytes.enter(2 * MB, never);
  const problem = await problemOf(tooLarge);
  assertEquals([problem.status, problem.apiCode, problem.headers["retry-after"]], [
    429,
    "too_many_bytes_in_work",
    "5",
  ]);
  (await behind).leave();
  held.leave();
  assertEquals(bytes.heldBytes, 0);
});

Deno.test("createByteBudget() lets no more wait than it can count, and nobody who left", async () => {
  const bytes = budget();
  const held = await bytes.enter(10 * MB, never);
  const left = new AbortController();
  const leaving = bytes.enter(1 * MB, left.signal);
  const waiting = Array.from({ length: 63 }, () => bytes.enter(1 * MB, never));
  assertEquals((await problemOf(bytes.enter(1 * MB, never))).status, 429);
  left.abort();
  assertEquals((await problemOf(leaving)).code, "client_closed");
  held.leave();
  for (const room of waiting) (await room).leave();
  assertEquals(bytes.heldBytes, 0);
});

Deno.test("a room of createByteBudget() grows while there is more, and is refused after that", async () => {
  const bytes = budget();
  const one = await bytes.enter(0, never);
  one.grow(50 * MB);
  const other = await bytes.enter(0, never);
  assertEquals(assertThrows(() => other.grow(1)) instanceof Problem, true);
  one.leave();
  other.grow(4 * MB);
  assertEquals(bytes.heldBytes, 4 * MB);
  other.leave();
});
