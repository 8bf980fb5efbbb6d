/**
 * From unknown values, and from the texts of flags and environment variables, to values of the settings table.
 */
import { Problem } from "../problem.ts";
import { credentialFault } from "../wire/credential_fault.ts";
import { isRecord, typeName } from "../wire/json.ts";
import { nearest } from "./nearest.ts";
import {
  LEGACY_SETTINGS,
  type Row,
  rowOf,
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  type SettingValue,
  type TextFormat,
} from "./settings.ts";
import { TEXT_FORMATS } from "./text_formats.ts";

/**
 * A value, as a file can hold it, checked against the setting's row.
 *
 * @param where what the message begins with: `FILE:LINE`, `CCPROXY_SERVER__PORT`, `--port`
 * @returns a value that nobody else holds
 * @throws Problem "config" saying what was needed and what was found; a secret's value is never told
 */
export function checkValue(key: SettingKey, value: unknown, where: string): SettingValue {
  const row = rowOf(key);
  const fault = faultOf(row, value);
  if (fault !== undefined || !isSettingValue(value)) {
    const found = row.secret === true ? secretFault(value) : fault ?? describe(value);
    throw new Problem("config", `${where}: "${key}" must be ${neededFor(row)}: found ${found}`, {
      param: key,
    });
  }
  return copyOf(value);
}

/**
 * The value of a flag or an environment variable: lists are parted by commas, maps are `a=b,c=d`, booleans are
 * true/false, yes/no, on/off or 1/0.
 *
 * @throws Problem "config" as {@linkcode checkValue}
 */
export function parseValue(key: SettingKey, text: string, where: string): SettingValue {
  return checkValue(key, readText(rowOf(key), text), where);
}

/** The boolean of a flag or an environment variable; undefined for another text. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(BOOLEAN_WORDS, word) ? BOOLEAN_WORDS[word] : undefined;
}

/** True when every setting is there and holds what its row asks for. */
export function isSettings(values: Record<string, unknown>): values is Record<string, unknown> & Settings {
  return SETTING_KEYS.every((key) =>
    Object.hasOwn(values, key) && faultOf(rowOf(key), values[key]) === undefined
  );
}

/**
 * The problem of a name that no row has, with the nearest one.
 *
 * @param name `section.key`, or less
 */
export function unknownSetting(name: string, where: string): Problem {
  const near = nearestSetting(name);
  const advice = near === undefined ? "" : `, the nearest known one is "${near}"`;
  return new Problem("config", `${where}: ${describe(name)} is not a setting${advice}`, { param: name });
}

/** The setting that a mistyped name means, also when its section is missing or wrong. */
export function nearestSetting(name: string): SettingKey | undefined {
  const known = new Map<string, SettingKey>(SETTING_KEYS.map((key) => [key, key]));
  for (const [legacy, row] of Object.entries(LEGACY_SETTINGS)) known.set(legacy, row.key);
  const whole = nearest(name, known.keys());
  if (whole !== undefined) return known.get(whole);
  const last = new Map<string, SettingKey>(SETTING_KEYS.map((key) => [lastPart(key), key]));
  const part = nearest(lastPart(name), last.keys());
  return part === undefined ? undefined : last.get(part);
}

/** A found value in words for messages: texts quoted and cut, the rest by its kind. */
export function describe(value: unknown): string {
  // An address may hold a password, and then it is told without.
  if (typeof value === "string") return JSON.stringify(shorten(value.replace(/\/\/[^/\s]*@/, "//[hidden]@")));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return "a list";
  return isRecord(value) ? "a table" : "nothing";
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** What is wrong with a secret, as far as that can be said without quoting it. */
function secretFault(value: unknown): string {
  if (typeof value !== "string") return typeName(value);
  const fault = credentialFault(value);
  return fault === undefined ? "something else" : `one that ${fault}`;
}

function shorten(text: string): string {
  return text.length > 80 ? text.slice(0, 80) + "…" : text;
}

function neededFor(row: Row): string {
  switch (row.type) {
    case "text":
      return TEXT_FORMATS[row.format].needed;
    case "integer":
      return row.max === Number.MAX_SAFE_INTEGER
        ? `an integer of ${row.min} or more`
        : `an integer from ${row.min} to ${row.max}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${row.choices.map((choice) => `"${choice}"`).join(", ")}`;
    case "list":
      return `a list of texts, each ${TEXT_FORMATS[row.format].needed}`;
    case "map":
      return `a table of names, each with ${
        row.format === undefined ? "a text" : TEXT_FORMATS[row.format].needed
      }`;
    default:
      row satisfies never;
      return "";
  }
}

/** What was found where it does not fit; undefined when the value fits. */
function faultOf(row: Row, value: unknown): string | undefined {
  switch (row.type) {
    case "text":
      return textFault(row.format, value);
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= row.min && value <= row.max
        ? undefined
        : describe(value);
    case "boolean":
      return typeof value === "boolean" ? undefined : describe(value);
    case "choice":
      return typeof value === "string" && row.choices.includes(value) ? undefined : describe(value);
    case "list":
      if (!Array.isArray(value)) return describe(value);
      return firstFault(value, (item) => textFault(row.format, item));
    case "map":
      if (!isRecord(value) || value instanceof Date) return describe(value);
      return firstFault(Object.entries(value), ([name, item]) => {
        if (name.trim() === "") return "an empty name";
        const fault = item === "" ? '""' : textFault(row.format ?? "visible", item);
        return fault === undefined ? undefined : `${fault} for "${shorten(name)}"`;
      });
    default:
      row satisfies never;
      return undefined;
  }
}

function firstFault<T>(items: readonly T[], faultIn: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultIn(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function textFault(format: TextFormat, value: unknown): string | undefined {
  const rule = TEXT_FORMATS[format];
  if (typeof value !== "string") return describe(value);
  if (rule.accepts(value)) return undefined;
  const advice = rule.advice?.(value);
  return advice === undefined ? describe(value) : `${describe(value)} (${advice})`;
}

/** The shapes alone; which of them a setting takes is the business of its row. */
function isSettingValue(
  value: unknown,
): value is string | number | boolean | string[] | Record<string, string> {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  if (isRecord(value)) return Object.values(value).every((item) => typeof item === "string");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function copyOf(value: string | number | boolean | string[] | Record<string, string>): SettingValue {
  if (Array.isArray(value)) return [...value];
  return typeof value === "object" ? { ...value } : value;
}

const BOOLEAN_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/** A text as the value it stands for; what it does not stand for stays a text, and the check says so. */
function readText(row: Row, text: string): unknown {
  const trimmed = text.trim();
  switch (row.type) {
    case "text":
    case "choice":
      return text;
    case "integer":
      return /^[+-]?\d{1,20}$/.test(trimmed) ? Number(trimmed) : text;
    case "boolean":
      return parseBoolean(text) ?? text;
    case "list":
      return trimmed.split(",").map((item) => item.trim()).filter((item) => item !== "");
    case "map":
      return readMap(trimmed) ?? text;
    default:
      row satisfies never;
      return text;
  }
}

/** `a=b,c=d`; undefined when a part has no "=" or a name comes twice. */
function readMap(text: string): Record<string, string> | undefined {
  const map = new Map<string, string>();
  for (const part of text.split(",").map((item) => item.trim()).filter((item) => item !== "")) {
    const split = part.indexOf("=");
    const name = part.slice(0, Math.max(split, 0)).trim();
    if (split < 1 || map.has(name)) return undefined;
    map.set(name, part.slice(split + 1).trim());
  }
  return Object.fromEntries(map);
}
