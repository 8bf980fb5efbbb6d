/**
 * Generated TOML files for the fuzz test, whose every setting has a known place, so that the exact result of an edit
 * is known without reading the file.
 */

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A setting that was written into a file. */
export interface Written {
  /** `section.name` */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** its value has a comment in it, so that an edit must be refused */
  readonly hasComment: boolean;
}

/** A generated file. */
export interface TomlFile {
  readonly text: string;
  readonly written: readonly Written[];
  /** sections that are lists of tables */
  readonly lists: ReadonlySet<string>;
  /** settings that have a table of their own */
  readonly tables: ReadonlySet<string>;
}

/** The sections and names that files are made of; none of the names has a meaning here. */
export const SECTIONS = ["server", "codex", "log"] as const;
export const NAMES = ["port", "enabled", "level", "items", "sub"] as const;

/** Makes one file: any mixture of the ways to write a setting, with comments and line ends of all kinds. */
export function makeTomlFile(random: () => number): TomlFile {
  const written: Written[] = [];
  const lists = new Set<string>();
  const tables = new Set<string>();
  let text = chance(0.2) ? "\uFEFF" : "";
  const eols = pick([["\n"], ["\r\n"], ["\n", "\r\n"]]);

  function chance(part: number): boolean {
    return random() < part;
  }

  function pick<T>(list: readonly T[]): T {
    return list[Math.floor(random() * list.length)] as T;
  }

  function eol(): string {
    return pick(eols);
  }

  function blank(): string {
    return pick(["", "", " ", "\t", "  "]);
  }

  function keyName(name: string): string {
    return pick([name, name, name, `"${name}"`, `'${name}'`]);
  }

  function noise(): void {
    while (chance(0.4)) {
      text += pick([
        () => "",
        () => `${blank()}# a comment = with [signs] "and quotes`,
        () => `#[${pick(SECTIONS)}]`,
        () => `${blank()}# ${pick(NAMES)} = true`,
        () => `#${pick(NAMES)}=1 # twice`,
        () => blank(),
        () => "# \u00e4\u{1f600}",
      ])() + eol();
    }
  }

  function scalar(): string {
    return pick([
      "1",
      "true",
      "false",
      "8_000",
      '"a # b"',
      "'c:\\d'",
      '"\\u00e9 \\"q\\""',
      "0xff",
      "1.5",
      '""',
      "-3",
    ]);
  }

  function multiLine(): { raw: string; hasComment: boolean } {
    const [a, b, c] = [eol(), eol(), eol()];
    return pick([
      { raw: `"""${a}[codex]${b}enabled = true # no${c}"""`, hasComment: false },
      { raw: `'''x${a}# port = 1${b}[[server]]'''`, hasComment: false },
      { raw: `[${a}\t1,${b}2,${c}]`, hasComment: false },
      { raw: `[ # why${a}"]",${b}]`, hasComment: true },
      { raw: `[[1, [${a}]], # deep${b}]`, hasComment: true },
    ]);
  }

  function inlineArray(): string {
    return pick(["[]", "[1, 2]", '["a", "]", ]', "[[1], [2]]", "[ { x = 1 }, { y = '}' } ]"]);
  }

  /** `name = value` at the end of the text, without the line end. */
  function pair(section: string, name: string, keyText: string, oneLine: boolean): void {
    text += `${keyText}${blank()}=${blank()}`;
    const start = text.length;
    let hasComment = false;
    if (!oneLine && chance(0.15)) {
      const value = multiLine();
      text += value.raw;
      hasComment = value.hasComment;
    } else {
      text += chance(0.2) ? inlineArray() : chance(0.1) ? "{ a = 1, 'b' = '}' }" : scalar();
    }
    written.push({ key: `${section}.${name}`, start, end: text.length, hasComment });
  }

  function lineRest(): void {
    text += pick(["", "", " ", " # why", "\t#", "# enabled = true"]) + eol();
  }

  function someNames(): string[] {
    return NAMES.filter(() => chance(0.4)).sort(() => random() - 0.5);
  }

  noise();
  const styles = SECTIONS.map((section) => ({
    section,
    style: pick(["header", "header", "header", "dotted", "inline", "list", "absent"]),
  }));
  const shuffled = [...styles].sort(() => random() - 0.5);
  for (const { section, style } of shuffled) {
    if (style === "dotted") {
      for (const name of someNames()) {
        text += blank();
        pair(section, name, `${keyName(section)}${blank()}.${blank()}${keyName(name)}`, false);
        lineRest();
        noise();
      }
    } else if (style === "inline") {
      text += `${keyName(section)} = {${blank()}`;
      someNames().forEach((name, index) => {
        if (index > 0) text += `${blank()},${blank()}`;
        pair(section, name, keyName(name), true);
      });
      text += `${blank()}}`;
      lineRest();
      noise();
    }
  }
  for (const { section, style } of shuffled) {
    if (style === "header") {
      text += `${blank()}[${blank()}${keyName(section)}${blank()}]`;
      lineRest();
      noise();
      const names = someNames();
      for (const name of names) {
        text += blank();
        pair(section, name, keyName(name), false);
        lineRest();
        noise();
      }
      if (!names.includes("sub") && chance(0.3)) {
        text += chance(0.5)
          ? `[${section}.sub]${eol()}port = 1${eol()}`
          : `[[${section}.sub]]${eol()}enabled=1${eol()}`;
        tables.add(`${section}.sub`);
        noise();
      }
    } else if (style === "list") {
      lists.add(section);
      for (let count = 0; count < 2; count++) {
        text += `[[${section}]]${eol()}port = ${count}${eol()}`;
        noise();
      }
    }
    if (chance(0.2)) text += `[other.${section}]${eol()}enabled = true${eol()}when = 2026-01-02${eol()}`;
  }
  if (chance(0.3)) text = text.replace(/\r?\n$/, "");
  return { text, written, lists, tables };
}
