/** Help texts of every level, from the table alone. Pure. */
import type { Command, Flag, Flags, Positionals } from "./command.ts";
import { pageOf } from "./help_topics/page_of.ts";
import { TOPICS } from "./help_topics/topics.ts";
import { type CommandTable, findCommand } from "./parse.ts";
import { placeholder } from "./read_input.ts";
import { padText, textWidth, wrapText } from "./text_width.ts";

/** How the help is laid out. */
export interface HelpStyle {
  readonly columns: number;
  readonly colour: boolean;
}

/** Longer lines are hard to read, however wide the window. */
const WIDEST = 100;
/** Below this width of the right column, descriptions go under the names instead of next to them. */
const NARROWEST_DOC = 24;

/** The help for a path: `[]` for ccproxy itself, a group, or a command. The path is known to exist. */
export function helpText(table: CommandTable, path: readonly string[], style: HelpStyle): string {
  const columns = Math.min(style.columns, WIDEST);
  const command = findCommand(table, path);
  const sections = command === undefined
    ? groupSections(table, path, columns)
    : commandSections(command, columns);
  const heading = (text: string) => style.colour ? `\x1b[1m${text}\x1b[22m` : text;
  return [...sections, moreSection(path)]
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => (title === undefined ? lines : [heading(title), ...lines]).join("\n"))
    .join("\n\n") + "\n";
}

/** Where to read on. The help of ccproxy itself lists the pages instead. */
function moreSection(path: readonly string[]): Section {
  return { lines: path.length === 0 ? [] : [`More: ccproxy help ${pageOf(path)}`] };
}

interface Section {
  readonly title?: string;
  readonly lines: readonly string[];
}

interface Row {
  readonly left: readonly string[];
  readonly right: string;
}

function groupSections(table: CommandTable, path: readonly string[], columns: number): Section[] {
  const group = table.groups.find((candidate) => candidate.path.join(" ") === path.join(" "));
  const inside = table.commands.filter((command) => path.every((word, at) => command.path[at] === word));
  const name = ["ccproxy", ...path].join(" ");
  const flags: Row[] = [{ left: ["-h, --help"], right: "Show this help; also after every command" }];
  if (path.length === 0) flags.push({ left: ["-v, --version"], right: "Show the version" });
  return [
    { lines: wrapText(group?.summary ?? "", columns) },
    { title: "USAGE", lines: [`  ${name} <command> [flags]`] },
    {
      title: "COMMANDS",
      lines: twoColumns(
        inside.map((command) => ({
          left: [[...command.path, ...positionalWords(command.args)].join(" ")],
          right: command.summary,
        })),
        columns,
      ),
    },
    ...path.length === 0 ? [topicsSection(columns)] : [],
    { title: "FLAGS", lines: twoColumns(flags, columns) },
    {
      title: "EXAMPLES",
      lines: inside.slice(0, path.length === 0 ? 4 : 3).flatMap((command) =>
        command.examples.slice(0, 1).flatMap((example) => typedLines(example.line, columns))
      ),
    },
  ];
}

/** The pages of the documentation: `ccproxy help TOPIC`. */
function topicsSection(columns: number): Section {
  return {
    title: "TOPICS (ccproxy help TOPIC)",
    lines: twoColumns(
      TOPICS.map(({ name, summary }) => ({ left: [name], right: upperFirst(summary) })),
      columns,
    ),
  };
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function commandSections(command: Command, columns: number): Section[] {
  const codes = { ...command.exitCodes, 2: command.exitCodes[2] ?? "Wrong usage" };
  return [
    { lines: wrapText(command.summary, columns) },
    { lines: paragraphs(command.description ?? "", columns) },
    { title: "USAGE", lines: [`  ${usageLine(command)}`] },
    {
      title: "ARGUMENTS",
      lines: twoColumns([
        ...Object.entries(command.args).map(([name, positional]) => ({
          left: [name.toUpperCase()],
          right: positional.choices === undefined
            ? positional.doc
            : `${positional.doc}: ${positional.choices.join(", ")}`,
        })),
        ...command.passesOn === undefined ? [] : [{ left: ["-- ARGS"], right: command.passesOn }],
      ], columns),
    },
    { title: "FLAGS", lines: twoColumns([...flagRows(command.flags), HELP_ROW], columns) },
    {
      title: "EXAMPLES",
      lines: command.examples.flatMap(({ line, doc }) => [
        ...wrapText(doc, columns - 4).map((text) => `  # ${text}`),
        ...typedLines(line, columns),
      ]),
    },
    {
      title: "EXIT CODES",
      lines: twoColumns(
        Object.entries(codes).map(([code, meaning]) => ({ left: [code], right: meaning ?? "" })),
        columns,
      ),
    },
  ];
}

const HELP_ROW: Row = { left: ["-h, --help"], right: "Show this help" };

/** `ccproxy connect [CLIENT] [flags]`. */
export function usageLine(command: Command): string {
  const passed = command.passesOn === undefined ? [] : ["[-- args]"];
  return ["ccproxy", ...command.path, ...positionalWords(command.args), "[flags]", ...passed].join(" ");
}

function positionalWords(args: Positionals): string[] {
  return Object.entries(args).map(([name, { required }]) => required ? `<${name}>` : `[${name}]`);
}

function flagRows(flags: Flags): Row[] {
  return Object.entries(flags).map(([name, flag]) => ({
    left: flagSpellings(name, flag).map((text, at) => (at === 0 ? shortOf(flag) : "    ") + text),
    right: flagDoc(flag),
  }));
}

function shortOf(flag: Flag): string {
  return flag.short === undefined ? "    " : `-${flag.short}, `;
}

/** The one or two ways to write a flag: `--port N`, or `--x` and `--no-x`. */
export function flagSpellings(name: string, flag: Flag): string[] {
  if (flag.kind !== "boolean") return [`--${name} ${placeholder(flag)}`];
  return flag.off === undefined ? [`--${name}`] : [`--${name}`, `--${flag.off}`];
}

/** The description of a flag with its environment variable. */
export function flagDoc(flag: Flag): string {
  return flag.env === undefined ? flag.doc : `${flag.doc} (env ${flag.env})`;
}

/** A line to be typed, continued with a backslash between its words where it is too wide. */
function typedLines(line: string, columns: number): string[] {
  if (textWidth(line) + 4 <= columns) return [`  $ ${line}`];
  // A flag and its value stay together.
  const words = line.match(/(?:--[\w-]+ (?!-))?(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [line];
  const lines: string[] = [];
  let last = `  $ ${words[0] ?? ""}`;
  for (const word of words.slice(1)) {
    const longer = `${last} ${word}`;
    if (textWidth(longer) + 2 <= columns) last = longer;
    else {
      lines.push(`${last} \\`);
      last = `      ${word}`;
    }
  }
  return [...lines, last];
}

function paragraphs(text: string, columns: number): string[] {
  return text.split("\n\n").filter((paragraph) => paragraph !== "").flatMap((paragraph, at) => [
    ...(at === 0 ? [] : [""]),
    ...wrapText(paragraph, columns),
  ]);
}

/** Names left, descriptions right and wrapped; one under the other where the terminal is too narrow. */
function twoColumns(rows: readonly Row[], columns: number): string[] {
  const leftWidth = Math.max(0, ...rows.flatMap(({ left }) => left.map(textWidth)));
  const docWidth = columns - leftWidth - 4;
  if (docWidth < NARROWEST_DOC) {
    return rows.flatMap(({ left, right }) => [
      ...left.map((text) => `  ${text.trimStart()}`),
      ...wrapText(right, Math.max(10, columns - 6)).map((text) => `      ${text}`),
    ]);
  }
  return rows.flatMap(({ left, right }) => {
    const doc = wrapText(right, docWidth);
    return Array.from(
      { length: Math.max(left.length, doc.length) },
      (_, at) => `  ${padText(left[at] ?? "", leftWidth)}  ${doc[at] ?? ""}`.trimEnd(),
    );
  });
}
