import { assertEquals } from "@std/assert";
import { cleanReasoning, createReasoningCleaner } from "../../src/answer/reasoning_text.ts";
import { firstStop, heldLength } from "../../src/answer/stop_texts.ts";

Deno.test("createReasoningCleaner() gives what cleanReasoning() gives, however the text is cut (translation 73)", () => {
  const texts = [
    "a <!-- --> b",
    "<!-- --><!-- -->",
    "x <!-- --",
    "<!-<!-- -->- -->",
    "a \n <!-- --> \n",
    " \n",
    "<<!-- -->",
  ];
  for (const text of texts) {
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const cleaner = createReasoningCleaner();
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        const clean = pieces.map((piece) => cleaner.take(piece)).join("") + cleaner.end();
        assertEquals(clean, cleanReasoning(text), JSON.stringify(pieces));
      }
    }
  }
});

Deno.test("firstStop() finds the stop text that is complete first, of two the one that began first (translation 43)", () => {
  assertEquals(firstStop("xabcd", ["abcd", "bc"]), 2);
  assertEquals(firstStop("xabc", ["bc", "abc"]), 1);
  assertEquals(firstStop("abab", ["ab"]), 0);
  assertEquals(firstStop("ab", ["abc"]), undefined);
});

Deno.test("heldLength() holds back no more than may be the beginning of a stop text (translation 43)", () => {
  assertEquals(["", "x", "xS", "xST", "STOP", "xSTSTO", "SToP"].map((text) => heldLength(text, ["STOP"])), [
    0,
    0,
    1,
    2,
    0,
    3,
    0,
  ]);
});
