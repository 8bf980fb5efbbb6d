import type { SettingValue } from "./settings.ts";

/**
 * A value as TOML on one line; `undefined` for a text that no UTF-8 file can hold (a lone surrogate).
 *
 * @example
 * ```ts
 * import { valueText } from "./toml_text.ts";
 * if (valueText(["a", "b"]) !== '["a", "b"]') throw new Error();
 * ```
 */
export function valueText(value: SettingValue): string | undefined {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
    case "boolean":
      return String(value);
    default:
      return isList(value) ? listText(value) : mapText(value);
  }
}

/** A key as TOML: bare where it can be, else quoted; parts are joined by dots. */
export function keyText(path: readonly string[]): string {
  return path.map((part) => /^[A-Za-z0-9_-]+$/.test(part) ? part : quoted(part) ?? '""').join(".");
}

/** `Array.isArray` does not tell a readonly list from a record. */
function isList(value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] {
  return Array.isArray(value);
}

function listText(list: readonly string[]): string | undefined {
  const items = list.map(quoted);
  return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
}

function mapText(map: Readonly<Record<string, string>>): string | undefined {
  const pairs: string[] = [];
  for (const [name, item] of Object.entries(map)) {
    const text = quoted(item);
    if (text === undefined || !name.isWellFormed()) return undefined;
    pairs.push(`${keyText([name])} = ${text}`);
  }
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** A basic string. JSON's escapes are TOML's, but TOML also wants DEL escaped. */
function quoted(text: string): string | undefined {
  return text.isWellFormed() ? JSON.stringify(text).replaceAll("\x7f", "\\u007f") : undefined;
}
