import { assertEquals } from "@std/assert";
import { findChanges } from "../tools/mutate/find_changes.ts";
import { importsOf, orderTests, SLOW_TESTS } from "../tools/mutate/order_tests.ts";

/** Each change as the text that it makes. */
function changed(source: string): string[] {
  return findChanges(source).map(({ at, found, instead }) =>
    source.slice(0, at) + instead + source.slice(at + found.length)
  );
}

Deno.test("findChanges() turns comparisons, moves constants and swaps and and or", () => {
  assertEquals(changed("return a < 10;"), ["return a <= 10;", "return a < 11;"]);
  assertEquals(changed("return a === b && !c;"), [
    "return a !== b && !c;",
    "return a === b || !c;",
    "return a === b && c;",
  ]);
  assertEquals(changed("const options = { stream: true };"), ["const options = { stream: false };"]);
  assertEquals(changed("const idleMs = 60_000;"), ["const idleMs = 120000;"]);
});

Deno.test("findChanges() leaves out a condition both ways, and a whole call", () => {
  assertEquals(changed("if (isOpen(socket)) {\n}"), ["if (true) {\n}", "if (false) {\n}"]);
  assertEquals(changed("{\n  await store.save(turn);\n}"), ["{\n  ;\n}"]);
});

Deno.test("findChanges() leaves texts, comments, patterns, imports and types alone", () => {
  const source = [
    'import { a } from "./1.ts";',
    "// a < 1 && b",
    'const text = "a < 1";',
    "const pattern = /a < 1|[/] < 2/u;",
    "const shown = `a < ${b}`;",
    "interface Limits {",
    "  readonly kind: 1 | 2;",
    "}",
    "type Kind =",
    "  | 1",
    "  | 2;",
    "const typed: Map<string, number> = new Map();",
  ].join("\n");
  assertEquals(changed(source), []);
});

Deno.test("orderTests() gives every test that reaches a file, nearest first, also through the program", () => {
  const imports = new Map([
    ["tests/far_test.ts", importsOf("tests/far_test.ts", 'import { x } from "./program.ts";')],
    ["tests/program.ts", importsOf("tests/program.ts", 'new URL("../main.ts", import.meta.url)')],
    ["main.ts", importsOf("main.ts", 'import { run } from "./src/run.ts";')],
    ["src/run.ts", importsOf("src/run.ts", 'const { a } = await import("./a.ts");')],
    ["tests/a_test.ts", importsOf("tests/a_test.ts", 'import { a } from "../src/a.ts";')],
    ["tests/other_test.ts", importsOf("tests/other_test.ts", 'import { b } from "../src/b.ts";')],
  ]);
  assertEquals(orderTests("src/a.ts", imports), ["tests/a_test.ts", "tests/far_test.ts"]);
});

Deno.test("orderTests() gives the test of the file's own name first, then those of its folder, and no slow one", () => {
  const importer = (path: string) => [path, ["src/sse/encode.ts"]] as const;
  const imports = new Map([
    importer("tests/e2e/kills_test.ts"),
    importer("tests/e2e/answers_test.ts"),
    importer("tests/e2e/encode_more_test.ts"),
    importer("tests/wire/line_test.ts"),
    importer("tests/sse/event_test.ts"),
    importer("tests/sse/encode_test.ts"),
  ]);
  assertEquals(orderTests("src/sse/encode.ts", imports), [
    "tests/sse/encode_test.ts",
    "tests/e2e/encode_more_test.ts",
    "tests/sse/event_test.ts",
    "tests/wire/line_test.ts",
    "tests/e2e/answers_test.ts",
  ]);
});

Deno.test("the slow tests that are left out are there", async () => {
  for (const path of SLOW_TESTS) await Deno.stat(new URL(`../${path}`, import.meta.url));
});
