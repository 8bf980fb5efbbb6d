import { assertEquals } from "@std/assert";
import { citedNumbers, describeStatements, TARGET } from "../tools/statements.ts";

Deno.test("every statement of the translation checklist is proved, and the table of proofs is up to date", () => {
  const { document, problems } = describeStatements();
  assertEquals(problems, []);
  const written = Deno.readTextFileSync(new URL(`../${TARGET}`, import.meta.url));
  assertEquals(written, document, "run tools/statements.ts");
});

Deno.test("citedNumbers() reads the numbers that a test's name cites", () => {
  assertEquals(citedNumbers("translation 55: each call has its index"), [55]);
  assertEquals(citedNumbers("a stream passes (translation 80, 81)"), [80, 81]);
  assertEquals(citedNumbers("translation survives 3 days"), []);
});
