import { assertEquals } from "@std/assert";
import { createProcessGauges } from "../../src/server/process_gauges.ts";
import { HELLO, post, withProgram } from "../e2e/setup.ts";

Deno.test("createProcessGauges() tells memory, and no delay of a loop that had nothing to do", () => {
  const memory = () => ({ rss: 3000, heapUsed: 2000, external: 1000 });
  const gauges = createProcessGauges({ monotonicMs: () => 0, memory });
  gauges.running(1);
  gauges.running(0);
  const values = gauges.metrics().split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(values, [
    "process_resident_memory_bytes 3000",
    "ccproxy_heap_used_bytes 2000",
    "ccproxy_external_memory_bytes 1000",
    "ccproxy_event_loop_delay_seconds 0.000",
  ]);
});

Deno.test("createProcessGauges() tells how late the event loop was while requests ran", async () => {
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  let reads = 0;
  // The clock jumps by a second between the start and the first look.
  const monotonicMs = () => {
    if (reads++ === 0) return 0;
    resolve();
    return 1250;
  };
  const gauges = createProcessGauges({ monotonicMs, memory: () => Deno.memoryUsage() });
  gauges.running(1);
  const alive = setInterval(() => {}, 1000);
  await looked;
  clearInterval(alive);
  gauges.stop();
  assertEquals(/^ccproxy_event_loop_delay_seconds (.*)$/m.exec(gauges.metrics())?.[1], "1.000");
});

Deno.test("GET /metrics tells the memory of the process and the delay of its event loop", async () => {
  await withProgram(async ({ program }) => {
    await (await post(program, "/v1/chat/completions", HELLO)).text();
    const text = await (await program.fetch("/metrics")).text();
    assertEquals(/^process_resident_memory_bytes [1-9]\d{6,}$/m.test(text), true, text);
    assertEquals(/^ccproxy_event_loop_delay_seconds \d+\.\d{3}$/m.test(text), true, text);
  });
});
