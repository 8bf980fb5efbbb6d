/**
 * A text as the languages and shells write it, one function for each: whatever is in the text, a program that reads
 * the result has exactly the text again. Nothing is expanded, and nothing is taken for a number or a truth value. Pure.
 *
 * For texts without control characters: those would not leave by standard output (src/clean_text.ts).
 */
import { cleanJson } from "./clean_text.ts";

/** A shell that commands are shown for. */
export const TERMINAL_SHELLS = ["sh", "fish", "powershell"] as const;

/** One of {@linkcode TERMINAL_SHELLS}; `sh` stands for bash and zsh too. */
export type TerminalShell = typeof TERMINAL_SHELLS[number];

/** POSIX sh, bash and zsh: in single quotes everything stands for itself but the single quote. */
export function quoteSh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** fish: in single quotes the backslash escapes itself and the single quote. */
export function quoteFish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/**
 * PowerShell: in single quotes everything stands for itself but a quote, which is doubled; the typographic ones count.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export function quotePowershell(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/** One of the shells. */
export function quoteShell(shell: TerminalShell, text: string): string {
  switch (shell) {
    case "sh":
      return quoteSh(text);
    case "fish":
      return quoteFish(text);
    case "powershell":
      return quotePowershell(text);
  }
}

/** JSON. */
export function quoteJson(text: string): string {
  return cleanJson(JSON.stringify(text));
}

/** JavaScript and TypeScript: every JSON text is one of theirs (ECMAScript 2019). */
export function quoteJs(text: string): string {
  return quoteJson(text);
}

/** Python: JSON's escapes mean the same in a string literal. */
export function quotePython(text: string): string {
  return quoteJson(text);
}

/** TOML: JSON's escapes mean the same in a basic string, and DEL, which it wants escaped, is. */
export function quoteToml(text: string): string {
  return quoteJson(text);
}

/** YAML: JSON's escapes mean the same in double quotes, where nothing is a number, a truth value or a comment. */
export function quoteYaml(text: string): string {
  return quoteJson(text);
}

/** A word of a POSIX command line: as it is where nothing in it means anything to a shell, else {@linkcode quoteSh}. */
export function wordSh(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteSh(text);
}
