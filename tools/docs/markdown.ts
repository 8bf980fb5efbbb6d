/** Pieces of Markdown that all generated parts are made from. Pure. */
import { anchorOf } from "../../src/cli/help_topics/find_entry.ts";

/** A table with a head. Cells are Markdown, in which a bar does not end the cell and `<` begins no HTML. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map(cell).join(" | ")} |`)
    .join("\n");
}

function cell(markdown: string): string {
  return markdown.replaceAll("|", "\\|").split("`")
    .map((part, at) => at % 2 === 0 ? part.replaceAll(/<(?!a id="[\w-]+"><\/a>|\/a>)/g, "&lt;") : part).join(
      "`",
    );
}

/** Anchors that links and `ccproxy help` find an entry by: the names in small letters, with dashes for all else. */
export function anchors(names: readonly string[]): string {
  return [...new Set(names.map(anchorOf))].map((id) => `<a id="${id}"></a>`).join("");
}

/** A text as code; "" stays empty, and backticks inside get longer ones around them. */
export function code(text: string): string {
  if (text === "") return "";
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A sentence for a text that the program shows without a full stop. */
export function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}
