import { assertEquals } from "@std/assert";
import { toMessageUsage } from "../../../src/dialects/messages/usage.ts";

Deno.test("toMessageUsage() takes cached tokens out of the input, so that the three counts together are the whole", () => {
  const usage = {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
    output_tokens: 50,
    output_tokens_details: { reasoning_tokens: 20 },
  };
  assertEquals(toMessageUsage(usage, 2), {
    input_tokens: 100,
    cache_creation_input_tokens: 300,
    cache_read_input_tokens: 600,
    output_tokens: 50,
    output_tokens_details: { thinking_tokens: 20 },
    server_tool_use: { web_search_requests: 2 },
  });
});

Deno.test("toMessageUsage() counts nothing where the backend told nothing", () => {
  assertEquals(toMessageUsage(undefined, 0), {
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 0,
    output_tokens_details: { thinking_tokens: 0 },
  });
});
