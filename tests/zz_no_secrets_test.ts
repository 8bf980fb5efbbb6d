import { assertEquals } from "@std/assert";
import { SECRET_PATTERNS } from "./fake/tokens.ts";
import { transcript } from "./program.ts";

// Runs last (files run in the order of their names): everything the programs printed and answered is there by then.
Deno.test("no token in any output or answer of all end-to-end tests", () => {
  const found = SECRET_PATTERNS.flatMap((pattern) => pattern.exec(transcript())?.[0] ?? []);
  assertEquals(found, []);
});
