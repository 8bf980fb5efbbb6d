import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type CacheKeySources, promptCacheKey } from "../../src/ask/cache_key.ts";

const SOURCES: CacheKeySources = {
  asked: undefined,
  remembered: undefined,
  sessionId: undefined,
  clientInstructions: undefined,
  input: [{ type: "message", role: "user", content: "Hi" }],
};

Deno.test("promptCacheKey() takes the client's key, then the conversation's, then one made from the session (translation 107)", () => {
  const all = { ...SOURCES, asked: "asked", remembered: "remembered", sessionId: "s" };
  assertEquals(promptCacheKey(all), "asked");
  assertEquals(promptCacheKey({ ...all, asked: undefined }), "remembered");
  const ofSession = promptCacheKey({ ...all, asked: undefined, remembered: undefined });
  assertMatch(ofSession, /^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  assertNotEquals(ofSession, promptCacheKey(SOURCES));
});

Deno.test("promptCacheKey() takes an empty key for none, the client's and the conversation's (translation 107)", () => {
  assertEquals(promptCacheKey({ ...SOURCES, asked: "", remembered: "" }), promptCacheKey(SOURCES));
  assertEquals(promptCacheKey({ ...SOURCES, asked: "", remembered: "remembered" }), "remembered");
  const other = { ...SOURCES, asked: "", input: [{ type: "message", role: "user", content: "Else" }] };
  assertNotEquals(promptCacheKey(other), promptCacheKey(SOURCES));
});

Deno.test("promptCacheKey() hashes a key over 64 characters, from wherever it is (translation 107)", () => {
  for (const from of ["asked", "remembered"]) {
    assertEquals(promptCacheKey({ ...SOURCES, [from]: "k".repeat(64) }), "k".repeat(64));
    assertMatch(promptCacheKey({ ...SOURCES, [from]: "k".repeat(65) }), /^[0-9a-f]{64}$/);
  }
});
