/** The page of commands, from the command table. Pure. */
import type { Command } from "./command.ts";
import { flagDoc, flagSpellings, usageLine } from "./help.ts";
import type { CommandTable } from "./parse.ts";

/**
 * Every command in Markdown: an overview table, then flags, examples and exit codes of each.
 *
 * @param level depth of the headings of single commands: 3 for `###`
 */
export function commandReference(table: CommandTable, level = 3): string {
  const overview = [
    "| command | does |",
    "| --- | --- |",
    ...table.commands.map((command) =>
      `| [\`${usageLine(command).replace(/ \[flags\]$/, "")}\`](#${anchor(command)}) | ${
        cell(command.summary)
      } |`
    ),
  ].join("\n");
  return `${[overview, ...table.commands.map((command) => section(command, level))].join("\n\n")}\n`;
}

/** The anchor that GitHub gives to the heading of a command. */
function anchor(command: Command): string {
  return ["ccproxy", ...command.path].join("-");
}

function section(command: Command, level: number): string {
  const parts = [`${"#".repeat(level)} ccproxy ${command.path.join(" ")}`];
  parts.push([`${command.summary}.`, command.description].filter((text) => text !== undefined).join(" "));
  parts.push(fenced([usageLine(command)]));
  const rows = [
    ...Object.entries(command.args).map(([name, positional]) => [
      `\`${name.toUpperCase()}\``,
      positional.choices === undefined
        ? positional.doc
        : `${positional.doc}: ${positional.choices.join(", ")}`,
    ]),
    ...command.passesOn === undefined ? [] : [["`-- ARGS`", command.passesOn]],
    ...Object.entries(command.flags).map(([name, flag]) => [
      [...(flag.short === undefined ? [] : [`-${flag.short}`]), ...flagSpellings(name, flag)]
        .map((text) => `\`${text}\``).join(", "),
      flagDoc(flag),
    ]),
  ];
  if (rows.length > 0) {
    parts.push(
      ["| flag | does |", "| --- | --- |", ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`)].join(
        "\n",
      ),
    );
  }
  parts.push(fenced(command.examples.flatMap(({ doc, line }) => [`# ${doc}`, line])));
  parts.push(
    `Exit codes: ${
      Object.entries({ ...command.exitCodes, 2: command.exitCodes[2] ?? "Wrong usage" })
        .map(([code, meaning]) => `${code} ${lowerFirst(meaning ?? "")}`).join("; ")
    }.`,
  );
  return parts.join("\n\n");
}

function fenced(lines: readonly string[]): string {
  return ["```bash", ...lines, "```"].join("\n");
}

/** A text inside a table: a bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
