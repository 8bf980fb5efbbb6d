import { configPlace, type Place } from "../../config/paths.ts";
import { Problem } from "../../problem.ts";
import { launchdPlist, type ServiceProgram, systemdUnit } from "./unit_text.ts";

/** A command line: the program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** How this system runs services of one user. */
export interface ServicePlace {
  readonly manager: "systemd" | "launchd";
  /** path of the file that makes the service */
  readonly path: string;
  /** the content of that file for a program */
  readonly text: (program: ServiceProgram) => string;
  /** after the file was written; `changed` when an older one was there, whose service may run */
  readonly start: (uid: number, changed: boolean) => readonly CommandLine[];
  /** before the file is removed */
  readonly stop: (uid: number) => readonly CommandLine[];
  /** after the file was removed */
  readonly forget: readonly CommandLine[];
  /** succeeds while the service runs */
  readonly running: (uid: number) => CommandLine;
  /** where its log is */
  readonly log: string;
}

const UNIT = "ccproxy";

/** Where the service of this user is. @throws Problem usage on a system without either */
export function servicePlace(place: Place): ServicePlace {
  const home = (place.env.get("HOME") ?? "").replace(/\/+$/, "");
  if (place.os === "windows" || home === "") {
    throw new Problem(
      "usage",
      place.os === "windows"
        ? "services are known for systemd (Linux) and launchd (macOS): found Windows"
        : "there is no home directory to keep the service in: HOME is not set",
      {
        hint: place.os === "windows"
          ? 'Let the Task Scheduler run "ccproxy serve" at logon'
          : 'Set HOME, or run "ccproxy serve" under the service manager of the system',
      },
    );
  }
  if (place.os === "darwin") {
    const path = `${home}/Library/LaunchAgents/${UNIT}.plist`;
    return {
      manager: "launchd",
      path,
      text: launchdPlist,
      start: (uid, changed) => [
        ...changed ? [["launchctl", "bootout", `gui/${uid}/${UNIT}`] as const] : [],
        ["launchctl", "bootstrap", `gui/${uid}`, path],
      ],
      stop: (uid) => [["launchctl", "bootout", `gui/${uid}/${UNIT}`]],
      forget: [],
      running: (uid) => ["launchctl", "print", `gui/${uid}/${UNIT}`],
      log: "tail -f ~/Library/Logs/ccproxy.log",
    };
  }
  const config = place.env.get("XDG_CONFIG_HOME") ?? "";
  const base = config.startsWith("/") ? config : `${home}/.config`;
  const systemctl = (...words: string[]): CommandLine => ["systemctl", "--user", ...words];
  return {
    manager: "systemd",
    path: `${base}/systemd/user/${UNIT}.service`,
    text: systemdUnit,
    start: (_, changed) => [
      systemctl("daemon-reload"),
      systemctl("enable", "--now", UNIT),
      ...changed ? [systemctl("restart", UNIT)] : [],
    ],
    stop: () => [systemctl("disable", "--now", UNIT)],
    forget: [systemctl("daemon-reload")],
    running: () => systemctl("is-active", "--quiet", UNIT),
    log: `journalctl --user -u ${UNIT} -f`,
  };
}

/** Variables that say where files are: a service manager knows none of them. */
const FOLDERS = ["CODEX_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] as const;

/**
 * The program as the service runs it: the same files as this command.
 *
 * @param executable path of the running executable
 * @throws Problem usage when it is the runtime and not ccproxy, which a service cannot run
 */
export function serviceProgram(place: Place, executable: string, flag: string | undefined): ServiceProgram {
  if (/^deno(\.exe)?$/.test(executable.split(/[\\/]/).at(-1) ?? "")) {
    throw new Problem("usage", "a service runs the executable, and this ccproxy runs from source", {
      hint: 'Build it with "deno task compile" and run "dist/ccproxy service install"',
    });
  }
  const { path, explicit } = configPlace(place, flag);
  if (explicit && path?.startsWith("/") !== true) {
    throw new Problem(
      "usage",
      `a service needs the whole path of the settings file: found ${JSON.stringify(path)}`,
      {
        param: "--config",
        hint: 'Write it from the root on: "ccproxy service install --config /path/to/config.toml"',
      },
    );
  }
  const env = Object.fromEntries(FOLDERS.flatMap((name) => {
    const value = place.env.get(name) ?? "";
    return value === "" ? [] : [[name, value]];
  }));
  return { path: executable, config: explicit ? path : undefined, env };
}
