/** Test files that take minutes: what only they notice counts as not noticed. */
export const SLOW_TESTS: readonly string[] = [
  "tests/conversations/crash_test.ts",
  "tests/e2e/any_input_test.ts",
  "tests/e2e/continuation_test.ts",
  "tests/e2e/kills_test.ts",
  "tests/e2e/stalled_clients_test.ts",
  "tests/fuzz/fuzz_test.ts",
  "tests/fuzz/websocket_test.ts",
  "tests/release/compile_test.ts",
  "tests/release/install_ps1_test.ts",
  "tests/release/install_sh_test.ts",
  "tests/release/package_test.ts",
  "tests/sse/huge_event_test.ts",
];

/**
 * The test files that reach a source file: first those that have its name, `files_test.ts` of any folder for
 * `files.ts`, then the nearest by their imports, of the same distance those of its own folder. Slow ones are left out.
 *
 * @param imports every module of the repository with the modules that it imports or starts as a program
 */
export function orderTests(changed: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const users = new Map<string, string[]>();
  for (const [user, used] of imports) {
    for (const name of used) users.set(name, [...users.get(name) ?? [], user]);
  }
  const seen = new Set([changed]);
  let row = [changed];
  while (row.length > 0) {
    const next = new Set(row.flatMap((name) => users.get(name) ?? []).filter((user) => !seen.has(user)));
    row = [...next].sort((one, other) => strangeness(one, changed) - strangeness(other, changed));
    for (const user of row) seen.add(user);
  }
  const tests = [...seen].filter((name) => name.endsWith("_test.ts") && !SLOW_TESTS.includes(name));
  const name = changed.slice(changed.lastIndexOf("/") + 1, -".ts".length);
  const { named = [], others = [] } = Object.groupBy(
    tests,
    (test) => test.slice(test.lastIndexOf("/")).includes(name) ? "named" : "others",
  );
  return [...named, ...others];
}

/** How little the name of a test says that it is about a source file: 0 (its own) to 3 (the whole program). */
function strangeness(test: string, changed: string): number {
  if (test === changed.replace(/^src\//, "tests/").replace(/\.ts$/, "_test.ts")) return 0;
  if (folderOf(test) === folderOf(changed).replace(/^src\//, "tests/")) return 1;
  return test.startsWith("tests/e2e/") ? 3 : 2;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * What a module imports, and the program when it starts it (`main.ts` named in a text), as paths from the root.
 *
 * @param path of the module from the root, with `/`
 */
export function importsOf(path: string, source: string): string[] {
  const found: string[] = [];
  for (const [, relative = ""] of source.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[^"]+\.ts)"/g)) {
    found.push(new URL(relative, `file:///${path}`).pathname.slice(1));
  }
  if (path.startsWith("tests/") && /["/]main\.ts"/.test(source)) found.push("main.ts");
  return found;
}
