import type { SettingValue } from "./settings.ts";

/** A value as TOML on one line; undefined for a text that no UTF-8 file can hold (a lone surrogate). */
export function valueText(value: SettingValue): string | undefined {
  const text = textOf(value);
  return text.isWellFormed() ? text : undefined;
}

/** A key as TOML: bare where it can be, else quoted; parts are joined by dots. */
export function keyText(path: readonly string[]): string {
  return path.map((part) => /^[A-Za-z0-9_-]+$/.test(part) ? part : quoted(part)).join(".");
}

function textOf(value: SettingValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(quoted).join(", ")}]`;
  const pairs = Object.entries(value).map(([name, item]) => `${keyText([name])} = ${quoted(item)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** `Array.isArray` does not tell a readonly list from a record. */
function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value);
}

/** A basic string. JSON's escapes are TOML's, but TOML also wants DEL escaped, and has none for half a character. */
function quoted(text: string): string {
  return text.isWellFormed() ? JSON.stringify(text).replaceAll("\x7f", "\\u007f") : text;
}
