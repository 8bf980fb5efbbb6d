import { assertEquals } from "@std/assert";
import { createLanes, type Job } from "../../../src/server/websocket/lanes.ts";

/** Jobs that run until they are told to end. */
function createJobs() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string, lane: string, bytes = 1): Job => ({
    lane,
    bytes,
    run() {
      started.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    },
  });
  const end = async (name: string) => {
    ends.get(name)?.();
    // What waits is started in the turns after it.
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
  };
  return { started, job, end };
}

Deno.test("createLanes() runs lanes at once up to the limit, and each lane in order", async () => {
  let idle = 0;
  const { started, job, end } = createJobs();
  const lanes = createLanes({ running: 2, waiting: 9, waitingBytes: 9, onIdle: () => idle++ });
  for (const [name, lane] of [["a1", "a"], ["a2", "a"], ["b1", "b"], ["c1", "c"]] as const) {
    lanes.add(job(name, lane));
  }
  assertEquals(started, ["a1", "b1"]);
  await end("b1");
  assertEquals(started, ["a1", "b1", "c1"]);
  await end("a1");
  assertEquals(started, ["a1", "b1", "c1", "a2"]);
  assertEquals([lanes.isIdle, idle], [false, 0]);
  await end("c1");
  await end("a2");
  assertEquals([lanes.isIdle, idle], [true, 1]);
});

Deno.test("createLanes() refuses what is too much to wait, by number and by bytes", () => {
  const { job } = createJobs();
  const lanes = createLanes({ running: 1, waiting: 2, waitingBytes: 10, onIdle: () => {} });
  const taken = [job("1", "a", 100), job("2", "a", 8), job("3", "a", 3), job("4", "a", 2), job("5", "a", 0)];
  assertEquals(taken.map((each) => lanes.add(each)), [true, true, false, true, false]);
});
