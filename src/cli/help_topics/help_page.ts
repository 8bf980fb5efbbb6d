import { nearest } from "../../config/nearest.ts";
import { Problem } from "../../problem.ts";
import { anchorOf, entryNames, findEntries } from "./find_entry.ts";
import { PAGES } from "./pages.ts";
import { type PageStyle, renderMarkdown } from "./render_markdown.ts";

/**
 * What `ccproxy help WORD` prints where the word is no command: a page, or the entry of a setting, a parameter or an
 * error (`codex.transport`, `temperature`, `rate_limit_exceeded`).
 *
 * @param commands words that are commands, for the hint
 * @throws Problem usage for a word that nothing is known about
 */
export function helpPage(word: string, style: PageStyle, commands: readonly string[]): string {
  const page = PAGES[word];
  if (page !== undefined) return renderMarkdown(page, style);
  const found = Object.values(PAGES).flatMap((text) => findEntries(text, word));
  if (found.length > 0) return found.map((text) => renderMarkdown(text, style)).join("\n");
  const names = Object.values(PAGES).flatMap(entryNames);
  const near = nearest(word, [...commands, ...Object.keys(PAGES)]) ?? nearest(anchorOf(word), names);
  throw new Problem("usage", `there is no help about "${word}"`, {
    param: word,
    hint: near === undefined
      ? `Pages are: ${
        Object.keys(PAGES).join(", ")
      }. Settings, parameters and codes of errors have entries too`
      : `Did you mean "ccproxy help ${near}"?`,
  });
}
