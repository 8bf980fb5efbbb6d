import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createNameMap } from "../../src/ask/names.ts";

const LONG = "mcp__a_server_with_a_long_name__a_tool_with_an_even_longer_name_that_goes_on";

Deno.test("createNameMap() leaves names and ids alone that the backend takes", () => {
  const names = createNameMap();
  assertEquals([names.tool("get_weather-2"), names.call("call_a.b c")], ["get_weather-2", "call_a.b c"]);
  assertEquals(names.isIdentity, true);
});

Deno.test("createNameMap() shortens long names, keeps them apart and restores them (translation 20)", () => {
  const names = createNameMap();
  const [one, two] = [names.tool(`${LONG}_1`), names.tool(`${LONG}_2`)];
  assertMatch(one, /^[a-zA-Z0-9_-]{64}$/);
  assertNotEquals(one, two);
  assertEquals([names.restore(one), names.restore(two)], [`${LONG}_1`, `${LONG}_2`]);
  assertEquals(names.isIdentity, false);
});

Deno.test("createNameMap() maps a name the same way in every request, so that histories keep matching (translation 20)", () => {
  assertEquals(createNameMap().tool(LONG), createNameMap().tool(LONG));
});

Deno.test("createNameMap() maps names with characters that the backend refuses", () => {
  const names = createNameMap();
  for (const name of ["files.read", "日本", "with space", "a/b"]) {
    assertMatch(names.tool(name), /^[a-zA-Z0-9_-]{1,64}$/);
    assertEquals(names.restore(names.tool(name)), name);
  }
});

Deno.test("createNameMap() maps call ids over 64 characters (translation 21)", () => {
  const names = createNameMap();
  const id = `call_${"x".repeat(100)}`;
  assertEquals(names.call(id).length <= 64, true);
  assertEquals(names.restore(names.call(id)), id);
});

Deno.test("createNameMap() leaves what has exactly 64 characters, and shortens one more", () => {
  const [fits, long] = ["x".repeat(64), "x".repeat(65)];
  const names = createNameMap();
  assertEquals([names.tool(fits), names.call(fits), names.isIdentity], [fits, fits, true]);
  assertEquals([names.tool(long).length, names.call(long).length, names.isIdentity], [64, 64, false]);
});
