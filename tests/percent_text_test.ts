import { assertEquals } from "@std/assert";
import { percentText, wholePercent } from "../src/percent_text.ts";

Deno.test("percentText() and wholePercent() say nothing and everything only where that is true", () => {
  const cases: [number, string, number][] = [
    [0, "0%", 0],
    [0.02, "0.1%", 1],
    [0.2, "0.2%", 1],
    [0.97, "0.9%", 1],
    [1, "1%", 1],
    [1.4, "1%", 1],
    [42.4, "42%", 42],
    [98.6, "99%", 99],
    [99, "99%", 99],
    [99.6, "99.6%", 99],
    [99.99, "99.9%", 99],
    [100, "100%", 100],
    [140, "140%", 140],
  ];
  for (const [percent, text, whole] of cases) {
    assertEquals([percent, percentText(percent), wholePercent(percent)], [percent, text, whole]);
  }
});
