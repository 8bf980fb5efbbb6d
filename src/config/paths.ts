/**
 * Where files are: decided from the environment and the system alone, so that every system can be tested on any.
 *
 * The configuration is never looked for in the current directory: a cloned repository must not be able to redirect
 * the user's token (behaviour.md#settings-place).
 */
import { Problem } from "../problem.ts";
import type { Settings } from "./settings.ts";
import { CONFIG_VARIABLE, type Environment, envText } from "./environment.ts";

/** What the place of a file depends on. */
export interface Place {
  readonly env: Environment;
  /** `Deno.build.os`; everything that is not "windows" is treated alike, macOS included */
  readonly os: string;
}

/** Where the configuration file is. */
export interface ConfigPlace {
  /** undefined where no home directory is known and no file is named: there is none */
  readonly path: string | undefined;
  /** true: the user named this file, so it must exist */
  readonly explicit: boolean;
}

/**
 * The configuration file: `--config`, else `CCPROXY_CONFIG`, else `ccproxy/config.toml` in the user's configuration
 * directory (`$XDG_CONFIG_HOME`, `~/.config`; `%APPDATA%` on Windows).
 *
 * @param flag the text of `--config`; relative paths are left as they are, so they count from the current directory
 * @throws Problem "config" for a named file below a home directory that is not known
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function configPlace(place: Place, flag?: string): ConfigPlace {
  if (flag === "") {
    throw new Problem("usage", '"--config" must name a file: found nothing', { param: "config" });
  }
  const named = flag ?? envText(place.env, CONFIG_VARIABLE);
  if (named !== undefined) return { path: expandHome(named, place), explicit: true };
  return { path: whereKnown(() => ownSettingsFile(place)), explicit: false };
}

/** The file of {@linkcode configPlace}, for what has to write it. @throws Problem "config" where none is known */
export function settingsFile(place: Place, flag?: string): string {
  return configPlace(place, flag).path ?? ownSettingsFile(place);
}

function ownSettingsFile(place: Place): string {
  const path = userDirectory(place, "XDG_CONFIG_HOME", [".config"], "APPDATA", ["AppData", "Roaming"]);
  return join(place, path, "ccproxy", "config.toml");
}

/**
 * The place of what is only kept where there is a place for it: undefined where it depends on a home directory and none
 * is known. A job in a container has a login in its environment, and need not have a home.
 */
export function whereKnown(find: () => string): string | undefined {
  try {
    return find();
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  }
}

/**
 * The directory for what must survive a restart (sessions, learned facts): `$XDG_STATE_HOME/ccproxy`,
 * `~/.local/state/ccproxy`, `%LOCALAPPDATA%\ccproxy`.
 *
 * @throws Problem "config" when no home directory is known
 */
export function stateDirectory(place: Place): string {
  const path = userDirectory(place, "XDG_STATE_HOME", [".local", "state"], "LOCALAPPDATA", [
    "AppData",
    "Local",
  ]);
  return join(place, path, "ccproxy");
}

/**
 * The directory for what can be fetched again (the model catalogue): `$XDG_CACHE_HOME/ccproxy`, `~/.cache/ccproxy`,
 * `%LOCALAPPDATA%\ccproxy\cache`.
 *
 * @throws Problem "config" when no home directory is known
 */
export function cacheDirectory(place: Place): string {
  const path = userDirectory(place, "XDG_CACHE_HOME", [".cache"], "LOCALAPPDATA", ["AppData", "Local"]);
  return place.os === "windows" ? join(place, path, "ccproxy", "cache") : join(place, path, "ccproxy");
}

/**
 * The credentials file: `auth.file`, else `$CODEX_HOME/auth.json`, else `~/.codex/auth.json`, which the Codex CLI
 * shares (behaviour.md#credentials-place).
 *
 * @param authFile the setting `auth.file`; empty for none
 * @throws Problem "config" when it depends on a home directory and none is known
 */
export function credentialsFile(place: Place, authFile: string): string {
  if (authFile !== "") return expandHome(authFile, place);
  const codexHome = envText(place.env, "CODEX_HOME");
  const directory = codexHome === undefined
    ? join(place, homeDirectory(place), ".codex")
    : expandHome(codexHome, place);
  return join(place, directory, "auth.json");
}

/**
 * The store's database: `storage.path`, else `ccproxy.db` in the state directory.
 *
 * @param storagePath the setting `storage.path`; empty for none
 * @throws Problem "config" when it depends on a home directory and none is known
 */
export function databaseFile(place: Place, storagePath: string): string {
  return storagePath === ""
    ? join(place, stateDirectory(place), "ccproxy.db")
    : expandHome(storagePath, place);
}

/**
 * The file with the usage over time: next to the database, so that each store has its own. With `storage.url` it is the
 * one of this machine, in the state directory.
 *
 * @returns undefined when nothing is kept on disk
 * @throws Problem "config" when it depends on a home directory and none is known
 */
export function usageFile(
  place: Place,
  settings: Pick<Settings, "storage.enabled" | "storage.path" | "storage.url">,
): string | undefined {
  const isShared = settings["storage.url"] !== "";
  if (!isShared && !settings["storage.enabled"]) return undefined;
  return `${databaseFile(place, isShared ? "" : settings["storage.path"])}-usage`;
}

/**
 * A path with a leading `~` or `~/` replaced by the home directory; any other path as it is.
 *
 * @throws Problem "config" when there is a `~/` and no home directory is known
 */
export function expandHome(path: string, place: Place): string {
  if (path === "~") return homeDirectory(place);
  return /^~[/\\]/.test(path) ? join(place, homeDirectory(place), path.slice(2)) : path;
}

function homeDirectory(place: Place): string {
  const names = place.os === "windows" ? ["USERPROFILE", "HOME"] : ["HOME"];
  for (const name of names) {
    const home = envText(place.env, name);
    if (home !== undefined && isAbsolute(place, home)) return home;
  }
  const name = names[0] ?? "HOME";
  const found = envText(place.env, name);
  throw new Problem(
    "config",
    `the environment variable ${name} must hold the absolute path of the home directory: found ${
      found === undefined ? "nothing" : `"${found}"`
    }`,
    {
      hint: place.os === "windows"
        ? `Set ${name}, or APPDATA, LOCALAPPDATA and CODEX_HOME`
        : `Set ${name}, or XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME and CODEX_HOME`,
    },
  );
}

/** A directory of the user: the variable's where it holds an absolute path (the XDG specification ignores others). */
function userDirectory(
  place: Place,
  xdgName: string,
  below: readonly string[],
  windowsName: string,
  belowWindows: readonly string[],
): string {
  const windows = place.os === "windows";
  const named = envText(place.env, windows ? windowsName : xdgName);
  if (named !== undefined && isAbsolute(place, named)) return named;
  return join(place, homeDirectory(place), ...(windows ? belowWindows : below));
}

function isAbsolute(place: Place, path: string): boolean {
  return place.os === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path) : path.startsWith("/");
}

function join(place: Place, first: string, ...rest: readonly string[]): string {
  if (place.os === "windows") return [first.replace(/[/\\]+$/, ""), ...rest].join("\\");
  return [first.replace(/\/+$/, ""), ...rest].join("/");
}
