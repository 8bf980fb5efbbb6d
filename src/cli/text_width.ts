/**
 * Text in a terminal: how wide it is and where to break it.
 *
 * Our own, since the width table of @std/cli is a JSON file that the npm route to it lacks.
 */

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[0-9;]*m/g;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
/** Blocks of East Asian Width W and F (UAX 11), and the emoji shown as pictures by default. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

/** Columns that a text takes in a terminal. Colour sequences take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(ESCAPES, "")) {
    if (!ZERO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** The text followed by as many spaces as bring it to `width` columns. */
export function padText(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/**
 * Breaks those lines of a text that are wider than `width` between their words, the rest of each under what follows
 * its label (a word with two blanks behind it), else under its indent and two blanks more. Lines that fit stay as they are, as do those that move the cursor back.
 */
export function wrapLines(text: string, width: number): string {
  return text.split("\n").map((line) => {
    if (textWidth(line) <= width || line.includes("\r")) return line;
    const [, indent = "", label = "", words = "", end = ""] = /^( *)(\S+ {2,})?(.*?)( *)$/.exec(line) ?? [];
    const under = indent + " ".repeat(label === "" ? 2 : textWidth(label));
    const [first = "", ...rest] = wrapText(words, Math.max(10, width - under.length));
    return [`${indent}${label}${first}`, ...rest.map((part) => `${under}${part}`)].join("\n") + end;
  }).join("\n");
}

/** Breaks one paragraph between words into lines of at most `width` columns; a longer word gets its own line. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/[ \n]+/).filter((part) => part !== "")) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}
