/** One small change to a source text that a good test would notice. */
export interface Change {
  /** UTF-16 offset in the text */
  readonly at: number;
  readonly found: string;
  readonly instead: string;
  readonly kind: ChangeKind;
}

/** What the change does, in the words of the report. */
export type ChangeKind =
  | "comparison turned"
  | "condition left out"
  | "constant moved"
  | "call left out"
  | "and and or swapped";

const TURNED: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
};

/**
 * Every small change that can be made to a source text. Texts, comments, regular expressions, imports and types are
 * left alone: a change there is either none for the running program or one that no test of behaviour is about.
 *
 * @param source TypeScript as `deno fmt` writes it: a comparison has a space on each side, which no type argument has
 */
export function findChanges(source: string): Change[] {
  const code = blankTypes(blankTexts(source));
  return [
    ...matches(code, / (===|!==|<=|>=|<|>) /g, "comparison turned", (found) => TURNED[found]),
    ...matches(code, / (&&|\|\|) /g, "and and or swapped", (found) => found === "&&" ? "||" : "&&"),
    ...matches(code, /[( ](!)(?=[A-Za-z(])/g, "condition left out", () => ""),
    ...matches(
      code,
      /(?<![\w.#$])(\d[\d_]*)(?![\w.])/g,
      "constant moved",
      (found) => moved(Number(found.replaceAll("_", ""))),
    ),
    ...matches(code, /\b(true|false)\b/g, "constant moved", (found) => found === "true" ? "false" : "true"),
    ...matches(code, /\n *((?:await )?[a-z][\w.?]*\([^\n]*\);)(?=\n)/g, "call left out", () => ";"),
    ...conditions(code),
  ].map((change) => ({ ...change, found: source.slice(change.at, change.at + change.found.length) }))
    .sort((one, other) => one.at - other.at);
}

/** One more; a thousand and more, which are milliseconds and bytes, twice as much: nobody notices one more of those. */
function moved(number: number): string {
  return String(number < 1000 ? number + 1 : number * 2);
}

function matches(
  code: string,
  pattern: RegExp,
  kind: ChangeKind,
  instead: (found: string) => string | undefined,
): Change[] {
  const changes: Change[] = [];
  for (const match of code.matchAll(pattern)) {
    const found = match[1] ?? "";
    const text = instead(found);
    if (text === undefined) continue;
    changes.push({ at: match.index + match[0].indexOf(found), found, instead: text, kind });
  }
  return changes;
}

/** `if (…)` with its whole condition, once as always true and once as never true. */
function conditions(code: string): Change[] {
  const changes: Change[] = [];
  for (const match of code.matchAll(/\bif \(/g)) {
    const at = match.index + match[0].length;
    const end = closing(code, at);
    if (end === undefined) continue;
    const found = code.slice(at, end);
    for (const instead of ["true", "false"]) changes.push({ at, found, instead, kind: "condition left out" });
  }
  return changes;
}

/** Where the bracket that is open at `from` closes. */
function closing(code: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < code.length; at++) {
    const char = code[at];
    if (char === "(" || char === "[" || char === "{") depth++;
    if (char === ")" || char === "]" || char === "}") depth--;
    if (depth === 0) return at;
  }
  return undefined;
}

/** The text with blanks for comments, quoted texts, templates and regular expressions; no offset moves. */
function blankTexts(source: string): string {
  const tokens =
    /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/g;
  return source.replace(tokens, blank);
}

/** The text with blanks for imports, interfaces and type aliases; no offset moves. */
function blankTypes(code: string): string {
  return code
    .replace(/^import [^;]*;/gm, blank)
    .replace(/^(?:export )?interface [^]*?^}/gm, blank)
    .replace(/^(?:export )?type \w+[^]*?;$(?!\n +[|}\w])/gm, blank);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
