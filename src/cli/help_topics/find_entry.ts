/** The anchor of a name: `codex.base_url` is `codex-base-url`, as in the pages. */
export function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
}

/** Every anchor that stands in a page, in its order. */
export function entryNames(page: string): string[] {
  return [...page.matchAll(/<a id="([\w-]+)">/g)].map(([, id = ""]) => id);
}

/**
 * The parts of a page about a name: rows of tables, each with its heading and the head of the table, and the section
 * behind an anchor, up to the next heading of its kind. Pure.
 *
 * @param page Markdown, with an `<a id="…"></a>` in the row, or on a line in front of the heading
 */
export function findEntries(page: string, name: string): string[] {
  const lines = page.split("\n");
  const anchor = `<a id="${anchorOf(name)}"></a>`;
  return lines.flatMap((line, at) => {
    const isRow = line.startsWith("|");
    // A parameter may stand in several tables, and has its anchor in the first.
    const isMeant = line.includes(anchor) || (isRow && firstCell(line).includes(`\`${name}\``));
    if (!isMeant) return [];
    return isRow ? rowAt(lines, at) : sectionBehind(lines, at) ?? [];
  });
}

function firstCell(row: string): string {
  return row.split(/(?<!\\)\|/)[1] ?? "";
}

function rowAt(lines: readonly string[], at: number): string {
  const above = lines.slice(0, at);
  const rule = above.findLastIndex((text) => /^\|[ |:-]+\|$/.test(text));
  const heading = above.findLast((text) => text.startsWith("#")) ?? "";
  return [heading, "", ...lines.slice(Math.max(0, rule - 1), rule + 1), lines[at]].join("\n");
}

function sectionBehind(lines: readonly string[], at: number): string | undefined {
  const heading = lines.findIndex((text, index) => index > at && text.startsWith("#"));
  if (heading === -1) return undefined;
  const level = /^#+/.exec(lines[heading] ?? "")?.[0].length ?? 1;
  const next = lines.findIndex((text, index) =>
    index > heading && ((/^#+ /.test(text) && text.indexOf(" ") <= level) || /^<a id=/.test(text))
  );
  return lines.slice(heading, next === -1 ? undefined : next).join("\n");
}
