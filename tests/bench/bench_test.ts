import { assertEquals } from "@std/assert";
import { byRound, createBook, spreadOf } from "./book.ts";
import { cpuMsOf, rssKibOf } from "./proc_stat.ts";
import { judge } from "./report.ts";
import { buildScript, SHORT_ANSWER } from "./script.ts";

Deno.test("cpuMsOf() adds user and system time behind a name with spaces and parentheses", () => {
  const stat = "4711 (a (b) c) S 1 2 3 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 1 0 601712 3133440 381";
  assertEquals(cpuMsOf(stat), 1750);
});

Deno.test("rssKibOf() reads VmRSS", () => {
  assertEquals(rssKibOf("Name:\tdeno\nVmHWM:\t   99 kB\nVmRSS:\t   51234 kB\nThreads:\t4\n"), 51234);
});

Deno.test("spreadOf() gives the mean of the two middle values of an even list and skips what is not a number", () => {
  assertEquals(spreadOf([4, 1, NaN, 3, 10]), { median: 3.5, min: 1, max: 10 });
  assertEquals(spreadOf([]), undefined);
});

Deno.test("byRound() compares the values of one round with each other", () => {
  assertEquals(byRound([10, 40], [5, 10], (left, right) => left / right), { median: 3, min: 2, max: 4 });
});

Deno.test("judge() leaves out what was not measured and reads limits both ways", () => {
  const book = createBook();
  book.add("short.rps", "translated", 500);
  book.add("short.rps", "raw", 1000);
  book.add("short.us", "opaque", 120);
  book.add("short.us", "raw", 100);
  assertEquals(judge(book).map(({ what, ok }) => ({ what, ok })), [
    { what: "short answers, requests per second, translated / raw", ok: false },
    { what: "opaque short request / raw, CPU per request", ok: true },
  ]);
});

Deno.test("buildScript() gives the same answer however many events share a write", () => {
  function body(packing: number): string {
    const { writes } = buildScript({ ...SHORT_ANSWER, packing });
    const whole = new TextDecoder().decode(Uint8Array.from(writes.flatMap((bytes) => [...bytes])));
    return whole.slice(whole.indexOf("\r\n\r\n") + 4).split("\r\n").filter((_, at) => at % 2 === 1).join("");
  }
  assertEquals(body(1), body(0));
  assertEquals(body(4), body(0));
});
