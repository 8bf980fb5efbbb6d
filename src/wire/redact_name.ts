import { isPlainName, maskText } from "./mask_text.ts";

/** Keys whose objects have names of the user's for keys. */
export const NAMED_KEYS: ReadonlySet<string> = new Set([
  "properties",
  "$defs",
  "definitions",
  "patternProperties",
]);

/**
 * A name of the user's: of a tool, of an argument, of a schema's part. Masked as texts are, so that it keeps its
 * length, and numbered in letters where two names would become the same.
 *
 * @param known replacements of this recording, to which this one is added
 */
export function replaceName(name: string, known: Map<string, string>): string {
  const key = `name ${name}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const masked = maskText(name);
  let made = masked;
  for (let n = 1; n < NAMES && known.has(`named ${made}`); n++) made = numbered(masked, n);
  known.set(key, made);
  known.set(`named ${made}`, name);
  return made;
}

/** Names that are told apart at most. */
const NAMES = 26 ** 3;

/** The mask with its last letters replaced by a number in letters: `xxxx`, `xxxa`, `xxxb`, … */
function numbered(masked: string, n: number): string {
  let rest = n - 1;
  return [...masked].reverse().map((character) => {
    if (rest < 0 || !/[xX]/.test(character)) return character;
    const letter = String.fromCharCode(character.charCodeAt(0) - 23 + rest % 26);
    rest = Math.floor(rest / 26) - 1;
    return letter;
  }).reverse().join("");
}

/** `#/$defs/Invoice` with the names in it replaced. */
export function replaceReference(text: string, known: Map<string, string>): string {
  let isName = false;
  return text.split("/").map((part) => {
    const shown = isName && isPlainName(part) ? replaceName(part, known) : isName ? maskText(part) : part;
    isName = !isName && NAMED_KEYS.has(part);
    return shown;
  }).join("/");
}

/** What stands for a name that was replaced before; undefined for one that was not. */
export function replacedName(name: string, known: ReadonlyMap<string, string>): string | undefined {
  return known.get(`name ${name}`);
}
