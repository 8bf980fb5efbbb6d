/** Texts without their content: what is left has the same length, the same signs and the same kinds of characters. */

/** What the program itself puts around reasoning: no content, and read again from a resent history. */
const TAG = "</?think(?:ing)?>";
const CONTENT = new RegExp(`${TAG}|\\p{L}|\\p{N}`, "gu");

/**
 * Replaces every letter and digit: `Hello 42, ¿qué?` becomes `Xxxxx 11, ¿xxé?`.
 *
 * Character for character and the same everywhere, so that the masked pieces of a stream put together are the masked
 * whole. Characters of several bytes stay such.
 */
export function maskText(text: string): string {
  return text.replaceAll(CONTENT, (found) => found.startsWith("<") ? found : maskCharacter(found));
}

function maskCharacter(character: string): string {
  if (character.length > 1) return "\u{1d465}"; // mathematical x: two UTF-16 units as well
  if (/\p{N}/u.test(character)) return "1";
  const isAscii = character.charCodeAt(0) < 0x80;
  if (/\p{Lu}/u.test(character)) return isAscii ? "X" : "É";
  if (/\p{Ll}/u.test(character)) return isAscii ? "x" : "é";
  return "中";
}

/** A string literal (the last one may be cut), a colon behind it, a number, a word. */
const TOKEN = /"((?:[^"\\]|\\.)*)("|\\?$)(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[\p{L}\p{N}_]+/gsu;

/**
 * {@linkcode maskText} for the text of a JSON value that may end anywhere: it stays JSON, with `true`, `false` and
 * `null`.
 *
 * @param nameOf what stands for a name of a member, as long as the name
 */
export function maskJsonText(text: string, nameOf: (name: string) => string): string {
  return text.replaceAll(
    TOKEN,
    (token: string, inner: string | undefined, end: string | undefined, colon: string | undefined) => {
      if (inner !== undefined) {
        const isName = colon !== undefined && isPlainName(inner);
        return `"${isName ? nameOf(inner) : maskEscaped(inner)}${end ?? ""}${colon ?? ""}`;
      }
      return ["true", "false", "null"].includes(token) ? token : maskNumberOrWord(token);
    },
  );
}

function maskNumberOrWord(token: string): string {
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token) ? token.replaceAll(/\d/g, "1") : maskText(token);
}

/** The inside of a string literal: escapes stay escapes. */
function maskEscaped(inner: string): string {
  return inner.replaceAll(/\\u([0-9a-fA-F]{4})|\\.|[^\\]+/gs, (part, hex: string | undefined) => {
    if (hex !== undefined) {
      const masked = maskText(String.fromCharCode(parseInt(hex, 16)));
      return `\\u${masked.charCodeAt(0).toString(16).padStart(4, "0")}`;
    }
    return part.startsWith("\\") ? part : maskText(part);
  });
}

/** True for a name as programs give them; anything else may be content, such as the path of a file. */
export function isPlainName(name: string): boolean {
  return /^[\w$.:-]{1,64}$/.test(name);
}
