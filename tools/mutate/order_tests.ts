/**
 * The test files that reach a source file, nearest first: whoever imports it directly knows most about it.
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
    const next: string[] = [];
    for (const user of row.flatMap((name) => users.get(name) ?? [])) {
      if (seen.has(user)) continue;
      seen.add(user);
      next.push(user);
    }
    row = next;
  }
  return [...seen].filter((name) => name.endsWith("_test.ts"));
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
