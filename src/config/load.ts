/**
 * The settings in force: flag before environment before file before default, each with its origin
 * (behaviour.md#settings-precedence).
 */
import { errorText } from "../error_text.ts";
import { BOUNDS, sizeText } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { readFileLimited } from "../read_limited.ts";
import { ENV_PREFIX, type Environment, envName, envText } from "./environment.ts";
import { legacyValue, readFileSettings } from "./file_settings.ts";
import {
  isLegacyKey,
  LEGACY_SETTINGS,
  rowOf,
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  type SettingValue,
} from "./settings.ts";
import { decodeToml } from "./toml.ts";
import { isSettings, nearestSetting, parseBoolean, parseValue } from "./validate.ts";

/** Where a value comes from. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

/** The settings in force and their origins. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingKey, Origin>>;
  /** the configuration file, whether it exists or not; undefined where it can have no place */
  readonly path: string | undefined;
  readonly exists: boolean;
}

/** Texts of the `serve` flags, by the name without dashes; undefined for a flag that was not given. */
export type FlagTexts = Readonly<Record<string, string | undefined>>;

/** What the settings are made of. */
export interface SettingsSources {
  /** undefined: there is no file */
  readonly path: string | undefined;
  /** true: the user named the file, so it must exist */
  readonly explicit: boolean;
  readonly env: Environment;
  readonly flags?: FlagTexts;
}

/** {@linkcode SettingsSources}, and how files are read. */
export interface LoadOptions extends SettingsSources {
  /** rejects with `Deno.errors.NotFound` when there is no file; the file itself, bounded, unless told */
  readonly readFile?: (path: string) => Promise<Uint8Array>;
}

/**
 * Reads the file and joins it with environment and flags.
 *
 * @throws Problem "config" for a bad value, an unknown name, or a named file that is missing; "file" for one that
 * cannot be read
 */
export async function loadSettings(options: LoadOptions): Promise<LoadedSettings> {
  const { path, readFile } = options;
  return settingsFrom(options, path === undefined ? undefined : await readConfigText(path, readFile));
}

/**
 * The text of the configuration file with its byte order mark, if any; undefined when there is no such file.
 *
 * @throws Problem "file" when it cannot be read, "config" when it is not UTF-8 or too large
 */
export async function readConfigText(
  path: string,
  readFile: (path: string) => Promise<Uint8Array> = (file) => readFileLimited(file, BOUNDS.config),
): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    if (thrown instanceof Problem) throw tooLong(path);
    const hint = thrown instanceof Deno.errors.NotCapable
      ? "Start ccproxy again: what a link leads to can change only within the directory of the link"
      : undefined;
    throw new Problem("file", `"${path}" cannot be read: ${reason(thrown)}`, { cause: thrown, hint });
  }
  if (bytes.length > BOUNDS.config.bytes) throw tooLong(path);
  return decodeToml(bytes, path);
}

function tooLong(path: string): Problem {
  return new Problem("config", `"${path}" must be at most ${sizeText(BOUNDS.config.bytes)} long: found more`);
}

/**
 * Joins the text of the file (undefined: there is none) with environment and flags; touches nothing.
 *
 * @throws Problem "config" as {@linkcode loadSettings}
 */
export function settingsFrom(sources: SettingsSources, text: string | undefined): LoadedSettings {
  const { path, env } = sources;
  if (text === undefined && sources.explicit) {
    throw new Problem("config", `the configuration file "${path}" must exist: found none`, {
      hint: "Create the file, or leave --config and CCPROXY_CONFIG out",
    });
  }
  const values = new Map<SettingKey, SettingValue>();
  const origins = new Map<SettingKey, Origin>();
  for (const key of SETTING_KEYS) {
    values.set(key, rowOf(key).default);
    origins.set(key, { kind: "default" });
  }
  if (path !== undefined && text !== undefined) {
    for (const [key, { value, line }] of readFileSettings(text, path)) {
      values.set(key, value);
      origins.set(key, { kind: "file", path, line });
    }
  }
  for (const [key, { value, name }] of [...envSettings(env), ...flagSettings(sources.flags ?? {})]) {
    values.set(key, value);
    origins.set(key, name.startsWith("--") ? { kind: "flag", name: name.slice(2) } : { kind: "env", name });
  }
  const settings: Record<string, unknown> = Object.fromEntries(values);
  const originsByKey: Record<string, Origin> = Object.fromEntries(origins);
  if (!isSettings(settings) || !hasEveryKey(originsByKey)) throw new Problem("internal");
  return { settings, origins: originsByKey, path, exists: text !== undefined };
}

/**
 * {@linkcode settingsFrom} where the file cannot be used: the environment and the defaults, or the defaults alone
 * where the environment is what is wrong.
 */
export function settingsWithoutFile(env: Environment, path: string | undefined): LoadedSettings {
  try {
    return settingsFrom({ path, explicit: false, env }, undefined);
  } catch {
    const bare = { get: (name: string) => name.startsWith(ENV_PREFIX) ? undefined : env.get(name) };
    return settingsFrom({ path, explicit: false, env: bare }, undefined);
  }
}

/** An origin in words for people: `default`, `~/.config/ccproxy/config.toml:3`, `CCPROXY_SERVER__PORT`, `--port`. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.path}:${origin.line}`;
    case "env":
      return origin.name;
    case "flag":
      return `--${origin.name}`;
    default:
      origin satisfies never;
      return "";
  }
}

interface NamedValue {
  readonly value: SettingValue;
  /** the variable's name, or the flag with its dashes */
  readonly name: string;
}

function envSettings(env: Environment): Map<SettingKey, NamedValue> {
  const found = new Map<SettingKey, NamedValue>();
  const known = new Set<string>();
  for (const key of Object.keys(LEGACY_SETTINGS)) {
    if (!isLegacyKey(key)) continue;
    const name = envName(key);
    known.add(name);
    const text = envText(env, name);
    if (text !== undefined) {
      found.set(LEGACY_SETTINGS[key].key, {
        value: legacyValue(key, parseBoolean(text) ?? text, name),
        name,
      });
    }
  }
  for (const key of SETTING_KEYS) {
    const name = envName(key);
    known.add(name);
    const text = envText(env, name);
    if (text !== undefined) found.set(key, { value: parseValue(key, text, name), name });
  }
  for (const name of env.names?.() ?? []) refuseUnknown(name, known, env);
  return found;
}

/**
 * Only names with a double underscore are ours to judge, and those that lack just one: `CCPROXY_BIN` and others may
 * mean something elsewhere. Kubernetes sets `CCPROXY_SERVER_PORT=tcp://…` for a service called ccproxy-server.
 */
function refuseUnknown(name: string, known: ReadonlySet<string>, env: Environment): void {
  if (!name.startsWith(ENV_PREFIX) || known.has(name) || envText(env, name) === undefined) return;
  if (!name.includes("__")) {
    const meant = [...known].find((candidate) =>
      [candidate.replace("__", "_"), candidate.replace("__", "")].includes(name)
    );
    if (meant === undefined || /^(?:tcp|udp):\/\//.test(envText(env, name) ?? "")) return;
    throw new Problem(
      "config",
      `the environment variable ${name} names no setting, with two underscores it would`,
      {
        param: name,
        hint: `Write ${meant}`,
      },
    );
  }
  // Windows does not tell upper from lower case in names.
  const upper = name.toUpperCase();
  if (known.has(upper) && env.get(upper) === env.get(name)) return;
  const near = nearestSetting(name.slice(ENV_PREFIX.length).toLowerCase().replace("__", "."));
  const advice = near === undefined ? "" : `, the nearest known one is ${envName(near)}`;
  throw new Problem("config", `the environment variable ${name} names no setting${advice}`, { param: name });
}

function flagSettings(flags: FlagTexts): Map<SettingKey, NamedValue> {
  const found = new Map<SettingKey, NamedValue>();
  for (const key of SETTING_KEYS) {
    const flag = rowOf(key).flag;
    const text = flag === undefined ? undefined : flags[flag];
    if (text !== undefined) found.set(key, { value: parseValue(key, text, `--${flag}`), name: `--${flag}` });
  }
  return found;
}

function hasEveryKey(
  origins: Record<string, Origin>,
): origins is Record<string, Origin> & Record<SettingKey, Origin> {
  return SETTING_KEYS.every((key) => Object.hasOwn(origins, key));
}

function reason(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return "this program may not read there";
  return errorText(thrown);
}
