import { assertEquals } from "@std/assert";
import { wirePage } from "../../src/cli/wire_page.ts";

/** The page of a program of which nothing is looked at. */
function wiredPage() {
  return wirePage({ settings: () => ({}), world: {} } as never, { history: { book: {} } } as never);
}

Deno.test("wirePage() ends the streams that are open when the settings change, and lets new ones begin", () => {
  const page = wiredPage();
  const before = page.pageStreamsEnd();
  assertEquals(before.aborted, false);
  page.restart();
  assertEquals([before.aborted, page.pageStreamsEnd().aborted], [true, false]);
});

Deno.test("wirePage() ends every stream when the program ends, also one that begins afterwards: a page asks again at once", () => {
  const page = wiredPage();
  const before = page.pageStreamsEnd();
  page.end();
  page.restart();
  assertEquals([before.aborted, page.pageStreamsEnd().aborted], [true, true]);
});
