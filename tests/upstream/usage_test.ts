import { assertEquals } from "@std/assert";
import { createUsage } from "../../src/upstream/usage.ts";

const ANSWER = {
  plan_type: "pro",
  rate_limit: {
    allowed: true,
    limit_reached: false,
    primary_window: { used_percent: 7, limit_window_seconds: 604_800, reset_after_seconds: 60, reset_at: 0 },
    secondary_window: null,
  },
};

Deno.test("createUsage() knows how old its limits are by a clock that only goes forward", async () => {
  const clock = { nowMs: 1_000_000_000, monotonicMs: 0 };
  let asked = 0;
  const usage = createUsage({
    get: () => {
      asked++;
      return Promise.resolve(Response.json(ANSWER));
    },
    urls: () => ["http://127.0.0.1:9/usage"],
    nowMs: () => clock.nowMs,
    monotonicMs: () => clock.monotonicMs,
    log: () => {},
  });
  await usage.read();
  // The time set an hour forward makes nothing old, an hour back keeps nothing young.
  clock.nowMs += 3_600_000;
  await usage.read();
  assertEquals(asked, 1);
  clock.nowMs -= 7_200_000;
  clock.monotonicMs += 120_000;
  await usage.read();
  assertEquals(asked, 2);
});
