import { assertEquals } from "@std/assert";
import { estimateTokens } from "../../src/ask/estimate_tokens.ts";

/** What is estimated, and what o200k_base counts (gpt-tokenizer 4.0.0, 2026-11-22). */
const TEXTS: readonly (readonly [text: string, estimate: number, exact: number])[] = [
  ["", 0, 0],
  ["Hi!", 2, 2],
  ["The quick brown fox jumps over the lazy dog. ".repeat(20), 192, 201],
  ["export function add(left: number, right: number): number {\n  return left + right;\n}\n", 21, 20],
  ['{"id":"resp_1","status":"completed","usage":{"input_tokens":1200}}', 22, 19],
  ["Die Anzeigetafel zeigte seit einer halben Stunde dieselbe Meldung.", 12, 16],
  ["Вечером они сидели на веранде и пили чай с вишнёвым вареньем.", 17, 24],
  ["清晨的公园里，老人们已经开始打太极拳了。", 15, 17],
  ["窓際の席に座ると、商店街を行き交う人々の姿がよく見える。", 20, 28],
  ["كيف يمكنني تغيير كلمة المرور الخاصة بحسابي؟", 12, 11],
  ["2026-11-22T10:45:59.123Z 200 1729 ms", 23, 21],
  ["Great job 🎉🎉 see you 👋", 10, 10],
  ["aGVsbG8gd29ybGQhIFRoaXMgaXMgYmFzZTY0IDEyMw", 27, 27],
];

Deno.test("estimateTokens() stays at what was measured beside the exact counts", () => {
  assertEquals(
    TEXTS.map(([text, , exact]) => [estimateTokens(text), exact]),
    TEXTS.map(([, ...counts]) => counts),
  );
});

Deno.test("estimateTokens() counts a million characters of one kind without going over them again and again", () => {
  const texts = ["a", "A", "aA", "a1", " ", "1", "{", "\n", "\u00e9", "\ud83d\ude00"];
  const counts = texts.map((text) => estimateTokens(text.repeat(1e6 / text.length)) > 0);
  assertEquals(counts, texts.map(() => true));
});
