import { type Row, rowOf, SETTING_KEYS, type SettingKey } from "../../src/config/settings.ts";
import { anchors, code, markdownTable, sentence } from "./markdown.ts";

/** The settings, one table for each section of the TOML file, in the order of the program's own table. */
export function settingsPart(): string {
  const sections = Map.groupBy(SETTING_KEYS, (key) => key.slice(0, key.indexOf(".")));
  return [...sections].map(([section, keys]) =>
    [
      `#### \`[${section}]\``,
      markdownTable(["key", "values", "default", "meaning"], keys.map(settingRow)),
    ].join("\n\n")
  ).join("\n\n");
}

function settingRow(key: SettingKey): string[] {
  const row = rowOf(key);
  const notes = [
    row.flag === undefined ? "" : `Flag of \`serve\`: \`--${row.flag}\`.`,
    row.live ? "" : "Counts after a restart.",
  ];
  return [
    anchors([key]) + code(key.slice(key.indexOf(".") + 1)),
    valuesOf(row),
    code(JSON.stringify(row.default)),
    [sentence(row.doc), ...notes].filter((text) => text !== "").join(" "),
  ];
}

function valuesOf(row: Row): string {
  switch (row.type) {
    case "boolean":
      return "`true`, `false`";
    case "choice":
      return row.choices.map(code).join(", ");
    case "integer":
      return row.max >= Number.MAX_SAFE_INTEGER ? `from ${row.min}` : `${row.min} to ${row.max}`;
    case "list":
      return "list of texts";
    case "map":
      return "table of texts";
    case "text":
      return "text";
  }
}
