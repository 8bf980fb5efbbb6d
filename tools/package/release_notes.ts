/** The notes of a release: its section of the changelog. */

/**
 * The text under the heading of a version in .github/CHANGELOG.md, up to the next heading of the same level. A heading
 * is `## 0.1.0`, with or without brackets, a `v`, and a date after it.
 *
 * Throws when the changelog has no such section, or an empty one: a release without notes is a mistake.
 */
export function releaseNotes(changelog: string, version: string): string {
  const lines = changelog.split(/\r?\n/);
  const heading = new RegExp(`^## \\[?v?${RegExp.escape(version)}\\]?(?:\\s|$)`);
  const start = lines.findIndex((line) => heading.test(line));
  if (start < 0) throw new Error(`The changelog has no section "## ${version}"`);
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith("## "));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n").trim();
  if (section === "") throw new Error(`The section "## ${version}" of the changelog is empty`);
  return `${section}\n`;
}
