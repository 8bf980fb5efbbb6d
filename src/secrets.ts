/**
 * The one masking. It knows the secrets in use, and what secrets look like. Whatever leaves the program as text goes
 * through it: standard output and error, the log, error bodies, failures inside streams, the page, recordings.
 */
export interface Secrets {
  /** From now on these tokens of a login are hidden everywhere, whole and in parts. */
  learn(...tokens: readonly string[]): void;
  /** Keys and passwords of the settings: hidden everywhere but in what a command was asked for (`ccproxy connect`). */
  learnKeys(...keys: readonly string[]): void;
  /** Named keys that were used: as {@linkcode Secrets.learnKeys}, and they push no other key out of what is known. */
  learnNamedKeys(...keys: readonly string[]): void;
  /** Text for people and clients: without the known secrets, and without what looks like one. */
  hide(text: string): string;
  /** Data that a command was asked for: only known tokens go, since texts may look like secrets without being any. */
  hideTokens(text: string): string;
}

/** What stands in the place of a secret. */
const HIDDEN = "[hidden]";
/** A part of a known secret that is this long is hidden. Shorter ones say nothing that could be used. */
const PART = 16;
/** A shorter secret cannot be told from a word: it is hidden where a word says that it is one (`Bearer …`). */
const SHORTEST = 8;
/** Tokens are replaced every few days; older ones than these have expired. */
const KEPT = 64;
/** What a stretch consists of: visible ASCII but quotes and the backslash, which JSON would write otherwise. */
const VISIBLE = "!#-&(-[\\]-~";
/** Texts that may hold a part of a secret. */
const RUN = new RegExp(`[${VISIBLE}]{${PART},}`, "g");
const GAP = new RegExp(`[^${VISIBLE}]+`);

const PATTERNS = [
  /\beyJ[\w-]{8,}(?:\.[\w-]+)*/g, // JWT, whole or cut
  /\b(?:sk|rt|ac|at)[-_.][\w-]{16,}/g, // API keys and opaque OAuth tokens
  /\bBearer\s+[\w.~+/-]{8,}=*/gi,
];

/** Replaces whatever looks like a token, for texts whose way out is not known yet. */
export function hideSecrets(text: string): string {
  return PATTERNS.reduce((clean, pattern) => clean.replaceAll(pattern, replacement), text);
}

/** A masking that knows no secret yet. */
export function createSecrets(): Secrets {
  const tokens = createKnown();
  const keys = createKnown();
  const namedKeys = createKnown();
  return {
    learn: tokens.learn,
    learnKeys: keys.learn,
    learnNamedKeys: namedKeys.learn,
    hideTokens: tokens.hide,
    hide: (text) => hideSecrets(namedKeys.hide(keys.hide(tokens.hide(text)))),
  };
}

/** Values of one kind, and texts without them. */
interface Known {
  readonly learn: (...values: readonly string[]) => void;
  readonly hide: (text: string) => string;
}

function createKnown(): Known {
  let values: readonly string[] = [];
  let parts = new Set<string>();
  let grams = new Set<number>();
  let whole: RegExp | undefined;

  function learn(...given: readonly string[]): void {
    const fresh = given.filter((value) => !values.includes(value));
    if (fresh.length === 0) return;
    values = [...values, ...new Set(fresh)].slice(-KEPT);
    parts = new Set(values.flatMap(partsOf));
    grams = new Set(values.flatMap(gramsOf));
    const patterns = values.flatMap(wholePattern);
    whole = patterns.length === 0 ? undefined : new RegExp(patterns.join("|"), "g");
  }

  function hide(text: string): string {
    if (values.length === 0) return text;
    const clean = whole === undefined ? text : text.replaceAll(whole, HIDDEN);
    return mayHold(clean, grams) ? clean.replaceAll(RUN, (run) => hideParts(run, parts)) : clean;
  }

  return { learn, hide };
}

function replacement(found: string): string {
  return /^bearer/i.test(found) ? `${found.slice(0, "Bearer".length)} ${HIDDEN}` : HIDDEN;
}

/** Characters of a gram: few enough for one small number. */
const GRAM = 4;
/** A stretch of {@linkcode PART} characters holds a whole gram that begins at a multiple of this. */
const STEP = PART - GRAM + 1;

function gramAt(text: string, at: number): number {
  const code = (index: number) => text.charCodeAt(at + index) & 0x7f;
  return code(0) | code(1) << 7 | code(2) << 14 | code(3) << 21;
}

/**
 * False when a text certainly holds no part of a secret. Every line of the log asks this: 59 µs without it, 5 with it
 * (a line of 300 characters, three tokens of 1.5 KB).
 */
function mayHold(text: string, grams: ReadonlySet<number>): boolean {
  for (let at = 0; at + GRAM <= text.length; at += STEP) if (grams.has(gramAt(text, at))) return true;
  return false;
}

function gramsOf(value: string): number[] {
  return visiblePieces(value).filter((piece) => piece.length >= PART).flatMap((piece) =>
    Array.from({ length: piece.length - GRAM + 1 }, (_, at) => gramAt(piece, at))
  );
}

/** Every stretch of {@linkcode PART} characters. What cannot be seen (a line break in a wrapped token) ends a stretch. */
function partsOf(value: string): string[] {
  return visiblePieces(value).flatMap((piece) =>
    Array.from({ length: Math.max(0, piece.length - PART + 1) }, (_, at) => piece.slice(at, at + PART))
  );
}

/**
 * A pattern for a value that {@linkcode partsOf} would not find whole: one that is short, or that has white space
 * inside, which may have been written otherwise since (`\n` in JSON, a space in a line of the log).
 */
function wholePattern(value: string): string[] {
  const pieces = visiblePieces(value);
  const isFound = pieces.length === 1 && value.length >= PART;
  if (isFound || pieces.join("").length < SHORTEST) return [];
  return [pieces.map(escapePattern).join(`(?:[^${VISIBLE}]|\\\\u[0-9a-fA-F]{4}|\\\\[nrtbf])*`)];
}

function visiblePieces(value: string): string[] {
  return value.split(GAP).filter((piece) => piece !== "");
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/** A text of visible characters with every part of a secret hidden. */
function hideParts(run: string, parts: ReadonlySet<string>): string {
  let clean = "";
  let at = 0;
  while (at < run.length) {
    let end = at;
    while (end + PART <= run.length && parts.has(run.slice(end, end + PART))) end++;
    if (end === at) {
      clean += run.charAt(at);
      at++;
    } else {
      clean += HIDDEN;
      at = end + PART - 1;
    }
  }
  return clean;
}
