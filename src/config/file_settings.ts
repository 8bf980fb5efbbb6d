import { Problem } from "../problem.ts";
import { nearest } from "./nearest.ts";
import {
  isLegacyKey,
  isSettingKey,
  LEGACY_SETTINGS,
  type LegacyKey,
  rowOf,
  SETTING_KEYS,
  type SettingKey,
  type SettingValue,
} from "./settings.ts";
import { plainValue, readToml, type TomlNode } from "./toml.ts";
import { checkValue, describe, unknownSetting } from "./validate.ts";

/** A setting that a file holds, and where; lines count from 1. */
export interface FileSetting {
  readonly value: SettingValue;
  readonly line: number;
}

/**
 * The settings in the text of a TOML file.
 *
 * @param file name for messages
 * @throws Problem "config" with `FILE:LINE: …` for the first thing that is wrong: the syntax, an unknown name, a value
 */
export function readFileSettings(text: string, file: string): Map<SettingKey, FileSetting> {
  const found = new Map<SettingKey, FileSetting>();
  const legacy = new Map<SettingKey, FileSetting>();
  for (const [section, table] of readToml(text, file).root.entries) {
    const where = `${file}:${table.line}`;
    if (table.kind !== "table") throw notATable(section, table, where);
    if (table.entries.size === 0 && !SECTIONS.has(section)) throw unknownSection(section, where);
    for (const [name, node] of table.entries) {
      const key = `${section}.${name}`;
      const at = `${file}:${node.line}`;
      if (isSettingKey(key)) found.set(key, { value: checkNode(key, node, at), line: node.line });
      else if (isLegacyKey(key)) {
        legacy.set(LEGACY_SETTINGS[key].key, {
          value: legacyValue(key, plainValue(node), at),
          line: node.line,
        });
      } else throw unknownSetting(key, at);
    }
  }
  return new Map([...legacy, ...found]);
}

/**
 * What the old form of a setting means in the present one.
 *
 * @throws Problem "config" when it is no boolean
 */
export function legacyValue(key: LegacyKey, value: unknown, where: string): SettingValue {
  if (typeof value !== "boolean") {
    throw new Problem("config", `${where}: "${key}" must be true or false: found ${describe(value)}`, {
      param: key,
    });
  }
  return value ? LEGACY_SETTINGS[key].whenTrue : LEGACY_SETTINGS[key].whenFalse;
}

const SECTIONS: ReadonlySet<string> = new Set(SETTING_KEYS.map((key) => key.slice(0, key.indexOf("."))));

/** A wrong entry of a map has its own line. */
function checkNode(key: SettingKey, node: TomlNode, where: string): SettingValue {
  if (rowOf(key).type === "map" && node.kind === "table") {
    const file = where.slice(0, where.lastIndexOf(":"));
    for (const [name, entry] of node.entries) {
      checkValue(key, { [name]: plainValue(entry) }, `${file}:${entry.line}`);
    }
  }
  return checkValue(key, plainValue(node), where);
}

function notATable(section: string, node: TomlNode, where: string): Problem {
  if (!SECTIONS.has(section)) return unknownSetting(section, where);
  const found = node.kind === "tables" ? `[[${section}]]` : "a value";
  return new Problem("config", `${where}: "${section}" must be a table, [${section}]: found ${found}`);
}

function unknownSection(section: string, where: string): Problem {
  const near = nearest(section, SECTIONS);
  const advice = near === undefined ? "" : `, the nearest known one is [${near}]`;
  return new Problem("config", `${where}: [${section}] is not a section of the settings${advice}`);
}
