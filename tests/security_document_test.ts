/** SECURITY.md states nothing that a test does not show. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
/** A test that a row names: its file, and its name, where … stands for what the test fills in. */
const PROOF = /`(tests\/[\w./-]+_test\.ts)`: "((?:[^"<|]|"(?!<br>| \||\)))+)"/g;

async function document(): Promise<string> {
  return (await Deno.readTextFile(new URL(".github/SECURITY.md", ROOT))).replaceAll("\r\n", "\n");
}

/** The rows of all tables, without their heads. */
function rowsOf(text: string): string[] {
  return text.split("\n").filter((line, index, lines) =>
    line.startsWith("| ") && !line.startsWith("| ---") && !lines[index + 1]?.startsWith("| ---")
  );
}

/** Names of the tests in a file, with … for what is filled in. */
async function namesIn(file: string): Promise<string[]> {
  const source = await Deno.readTextFile(new URL(file, ROOT));
  const literals = source.matchAll(/(?:[tT]est\(|name:)\s*(["`])((?:\\.|(?!\1)[^\\])*)\1/g);
  return [...literals].map(([, , name = ""]) =>
    name.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…").replaceAll(/\\(.)/g, "$1")
  );
}

Deno.test("SECURITY.md: every row of its tables names a test", async () => {
  const rows = rowsOf(await document());
  assert(rows.length > 30, "the tables are there");
  assertEquals(rows.filter((row) => [...row.matchAll(PROOF)].length === 0), []);
});

Deno.test("SECURITY.md: guarantees, permissions and what is so on purpose stand in tables only, not in lists", async () => {
  const sections = (await document()).split(/^## /m);
  for (const title of ["What it guarantees", "Permissions", "Not a vulnerability"]) {
    const section = sections.find((text) => text.startsWith(title)) ?? "";
    assertEquals([title, section.includes("\n| "), /^- /m.test(section)], [title, true, false]);
  }
});

Deno.test("SECURITY.md: every test that it names exists", async () => {
  const missing: string[] = [];
  for (const [, file = "", name = ""] of (await document()).replaceAll(/\n\s+/g, " ").matchAll(PROOF)) {
    const names = await namesIn(file).catch((): string[] => []);
    if (!names.includes(name)) missing.push(`${file}: ${name}`);
  }
  assertEquals(missing, []);
});
