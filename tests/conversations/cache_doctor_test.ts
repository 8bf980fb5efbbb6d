import { assertEquals } from "@std/assert";
import { createCacheDoctor, firstChange } from "../../src/conversations/cache_doctor.ts";

const PREFIX = { model: "m", instructions: 1, tools: [["a", 1], ["b", 2]], items: [1, 2, 3] } as const;

Deno.test("firstChange() finds nothing where the conversation only went on", () => {
  assertEquals(firstChange(PREFIX, { ...PREFIX, items: [1, 2, 3, 4, 5] }), undefined);
});

Deno.test("firstChange() names what stands first in the request", () => {
  const changed = (change: object) => firstChange(PREFIX, { ...PREFIX, items: [9], ...change });
  assertEquals(changed({ model: "n" }), "the model changed from m to n");
  assertEquals(changed({ instructions: 2 }), "the instructions changed");
  assertEquals(changed({ tools: [["b", 2], ["a", 1]] }), "the tools came in another order");
  assertEquals(changed({ tools: [["a", 1], ["b", 3]] }), 'the tools changed, first "b"');
  assertEquals(changed({ tools: [["a", 1]] }), 'the tools changed, first "b"');
  assertEquals(changed({}), "item 1 of 3 changed");
  assertEquals(changed({ items: [1, 9, 3] }), "item 2 of 3 changed");
  assertEquals(changed({ items: [1, 2] }), "the conversation was cut to 2 items");
});

Deno.test("a cache doctor says of each request why the cache held nothing of it, or less than before", () => {
  const doctor = createCacheDoctor(() => 0, () => {});
  const seen = (input: number, cached: number, instructions = "x") =>
    doctor.note({
      owner: "me",
      client: null,
      session: undefined,
      ask: {
        model: "m",
        instructions,
        input: [],
        store: false,
        stream: true,
        prompt_cache_key: "k",
      } as never,
      usage: { input_tokens: input, input_tokens_details: { cached_tokens: cached } },
      responseId: undefined,
    });
  assertEquals(seen(1000, 0), "inputs of less than 1024 tokens are never cached");
  assertEquals(
    seen(2000, 0),
    "nothing in front changed: the backend's cache had expired or was elsewhere",
  );
  assertEquals(seen(2000, 1900), undefined);
  assertEquals(seen(2000, 1000, "y"), "the instructions changed");
  assertEquals(seen(2000, 1000, "y"), undefined);
  assertEquals(seen(0, 0), undefined);
});

Deno.test("a cache doctor blames nothing for the first request of a conversation", () => {
  const doctor = createCacheDoctor(() => 0, () => {});
  const ask = { model: "m", input: [] } as never;
  const reason = doctor.note({
    owner: "me",
    client: null,
    session: "s",
    ask,
    usage: { input_tokens: 5000 },
    responseId: undefined,
  });
  assertEquals(reason, "it was the first request of its conversation");
});
