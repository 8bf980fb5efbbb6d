import { assertEquals } from "@std/assert";
import { createSocketMemories } from "../../../src/server/websocket/remembered.ts";

Deno.test("createSocketMemories() keeps the last 8 responses of each socket, and forgets a socket as a whole", () => {
  const open = createSocketMemories(1000);
  const [one, two] = [open(), open()];
  two.put("r", { items: ["two"] }, 1);
  for (let count = 0; count < 9; count++) one.put(`r${count}`, { items: [count] }, 1);
  assertEquals([one.get("r0"), one.get("r1")?.items, two.get("r")?.items], [undefined, [1], ["two"]]);
  assertEquals(two.get("r1"), undefined);
  one.clear();
  assertEquals([one.get("r8"), two.get("r")?.items], [undefined, ["two"]]);
});

Deno.test("createSocketMemories() gives up what was used longest ago, over all sockets, but never the newest", () => {
  const open = createSocketMemories(10);
  const [one, two] = [open(), open()];
  one.put("a", { items: [] }, 4);
  two.put("b", { items: [] }, 4);
  one.get("a");
  two.put("c", { items: [] }, 4);
  assertEquals([one.get("a") !== undefined, two.get("b"), two.get("c") !== undefined], [
    true,
    undefined,
    true,
  ]);
  one.put("large", { items: [] }, 99);
  assertEquals([one.get("a"), two.get("c"), one.get("large")?.items], [undefined, undefined, []]);
});
