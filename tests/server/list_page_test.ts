import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { readPageQuery } from "../../src/server/endpoints/list_page.ts";

const query = (text: string) => readPageQuery(new URL(`http://localhost/v1/conversations?${text}`));

Deno.test("readPageQuery() takes 1 to 100, and 20 where nothing is said", () => {
  assertEquals(["", "limit=1", "limit=100"].map((text) => query(text).limit), [20, 1, 100]);
  for (const limit of ["0", "101", "1.5", "x", "-1"]) {
    const thrown = assertThrows(() => query(`limit=${limit}`));
    assertEquals(thrown instanceof Problem && [thrown.code, thrown.param], ["bad_request", "limit"], limit);
  }
});

Deno.test("readPageQuery() reads order and after, and include in every spelling", () => {
  const { order, after, include } = query("order=asc&after=item_1&include=a,b&include[]=c");
  assertEquals([order, after, [...include]], ["asc", "item_1", ["a", "b", "c"]]);
  assertEquals([query("").order, query("").after], ["desc", undefined]);
  const thrown = assertThrows(() => query("order=up"));
  assertEquals(thrown instanceof Problem && thrown.param, "order");
});
