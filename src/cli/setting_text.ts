import { type Origin, originText } from "../config/load.ts";
import { rowOf, type SettingKey, type SettingValue } from "../config/settings.ts";
import { mask } from "./output.ts";

/** A value as people read it; a secret is masked. */
export function settingText(key: SettingKey, value: SettingValue): string {
  if (typeof value === "string") {
    if (rowOf(key).secret === true) return mask(value) || '""';
    return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  }
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.join(", ");
  const entries = Object.entries(value);
  return entries.length === 0 ? "(none)" : entries.map(([from, to]) => `${from}=${to}`).join(", ");
}

/** A value as JSON, with secrets masked. */
export function settingJson(key: SettingKey, value: SettingValue): unknown {
  return rowOf(key).secret === true && typeof value === "string" ? mask(value) : value;
}

/** An origin for JSON: what kind, and which file and line or name. */
export function originJson(origin: Origin): Record<string, unknown> {
  return { ...origin };
}

/** An origin in few words, for lists under which the file is named anyway: `config.toml:3`. */
export function shortOrigin(origin: Origin): string {
  return origin.kind === "file"
    ? `${origin.path.replace(/^.*[/\\]/, "")}:${origin.line}`
    : originText(origin);
}
