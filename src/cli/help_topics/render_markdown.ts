/** Markdown for a terminal: the few forms that the pages use. Pure. */
import { wrapText } from "../text_width.ts";

/** How a page is laid out. */
export interface PageStyle {
  readonly columns: number;
  readonly colour: boolean;
}

/** Longer lines are hard to read, however wide the window. */
const WIDEST = 100;

/** A page as lines for a terminal. What would be wider is wrapped; code stays as it is. */
export function renderMarkdown(markdown: string, style: PageStyle): string {
  const columns = Math.min(style.columns, WIDEST);
  const blocks = visible(markdown).split(/\n{2,}(?![ \t])/).map((block) => block.trim());
  const bold = (text: string) => style.colour ? `\x1b[1m${text}\x1b[22m` : text;
  return joinCode(blocks).filter((block) => block !== "").map((block) => {
    if (block.startsWith("```")) {
      return block.split("\n").slice(1, -1).map((line) => `  ${line}`.trimEnd()).join("\n");
    }
    if (block.startsWith("#")) {
      return wrapText(words(block.replace(/^#+ /, "")), columns).map(bold).join("\n");
    }
    if (block.startsWith("|")) return table(block, columns, bold);
    if (/^(?:- |\d+\. )/.test(block)) return list(block, columns);
    return wrapText(words(block), columns).join("\n");
  }).join("\n\n") + "\n";
}

/** Without what only a browser or a tool reads. */
function visible(markdown: string): string {
  return markdown.replaceAll(
    /<!--[\s\S]*?-->|<a id="[\w-]+"><\/a>|<\/?(?:details|summary)>|!\[[^\]]*\]\([^)]*\)/g,
    "",
  )
    .replaceAll(/\n{3,}/g, "\n\n");
}

/** Blocks of code may hold blank lines: what belongs together is one block again. */
function joinCode(blocks: readonly string[]): string[] {
  const joined: string[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    const isOpen = last !== undefined && last.startsWith("```") && !/\n```$/.test(last);
    if (isOpen) joined[joined.length - 1] = `${last}\n\n${block}`;
    else joined.push(block);
  }
  return joined;
}

/** A text without the marks of Markdown: links as their words, code as it is. */
function words(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("**", "").replaceAll("`", "")
    .replaceAll("<br>", "; ").replaceAll("&lt;", "<").replaceAll(/<(https?:[^>]+)>/g, "$1")
    .replaceAll("\\|", "|");
}

/** Each row as its first cell, and the others under it. */
function table(block: string, columns: number, bold: (text: string) => string): string {
  const [head = [], , ...rows] = block.split("\n").map((line) =>
    line.replaceAll(/^\|\s*|\s*\|$/g, "").split(/\s*(?<!\\)\|\s*/).map(words)
  );
  return rows.map(([name = "", ...cells]) => {
    const rest = cells.map((cell, at) => ({
      label: cells.length === 1 ? "" : `${head[at + 1] ?? ""}: `,
      cell,
    }))
      .filter(({ cell }) => cell !== "")
      .flatMap(({ label, cell }) => wrapText(label + cell, columns - 4).map((line) => `    ${line}`));
    return [...wrapText(name, columns).map(bold), ...rest].join("\n");
  }).join("\n");
}

function list(block: string, columns: number): string {
  return block.split(/\n(?=- |\d+\. )/).map((item) => {
    const [, mark = "", text = ""] = /^(- |\d+\. )([\s\S]*)$/.exec(item) ?? [];
    const lines = wrapText(words(text), columns - mark.length);
    return lines.map((line, at) => (at === 0 ? mark : " ".repeat(mark.length)) + line).join("\n");
  }).join("\n");
}
