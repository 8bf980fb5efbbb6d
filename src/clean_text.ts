/**
 * Text from outside without what a terminal or a reader of a log would obey: control characters (C0 and C1), line
 * separators, and the marks that reverse the direction of text (https://trojansource.codes). The one list of them.
 */
const CONTROLS =
  "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1a\\x1c-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069";
const UNPRINTABLE = new RegExp(`[${CONTROLS}\\t\\n\\r\\x1b]`, "g");
const BLANKS = /[\t\r\n]+/g;
/** An escape sequence stays only when it is one of ours: a colour, or one that clears. */
const NOT_OURS = new RegExp(`[${CONTROLS}]|\\x1b(?!\\[[\\d;]*[HJKm])`, "g");

/**
 * Text from the network or a file as one line that is fit for a terminal, a log and a message: no answer can colour,
 * clear or retitle the terminal, or forge a line. Tabs and line ends become spaces.
 */
export function cleanText(text: string): string {
  return text.replaceAll(BLANKS, " ").replaceAll(UNPRINTABLE, "");
}

/** The JSON text `JSON.stringify()` gave, with the characters it leaves as they are written as escapes: the same value. */
export function cleanJson(json: string): string {
  return json.replaceAll(
    UNPRINTABLE,
    (found) => found === "\n" ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whole output of ours, with its lines and colours: the last look before it leaves. */
export function cleanOutput(text: string): string {
  return text.replaceAll(NOT_OURS, "");
}
