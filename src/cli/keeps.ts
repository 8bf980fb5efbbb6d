/** What each command keeps of the permissions that are baked (baked.ts); all else is given back before it runs. */
import { environmentPlace } from "../auth/credential_place.ts";
import { CALLBACK_PORTS } from "../auth/openai.ts";
import { directoryOf } from "../directory_of.ts";
import { urlHost } from "../config/loopback_host.ts";
import {
  cacheDirectory,
  configPlace,
  credentialsFile,
  databaseFile,
  expandHome,
  type Place,
  settingsFile,
  stateDirectory,
} from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import { backendHosts, hostOf, redisHost, requestHost, updateHosts } from "./host_of.ts";
import { tracesEndpoint } from "./wire_spans.ts";
import { serverUrls } from "./running_server.ts";
import { servicePlace } from "./service/service_place.ts";
import { around, directoryUnlessRoot, files, merged, temporaryInfo, withReal } from "./kept_paths.ts";
import { launchDirectory } from "./launch/launch_directory.ts";
import { isLink, realPlace } from "./real_place.ts";

/** What a run may do. */
export interface Kept {
  /** files, and directories with all that is below them; nothing is in it that an entry above it holds already */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** `host:port`; a host alone stands for all its ports */
  readonly net: readonly string[];
  /** whether the system's URL opener may be started */
  readonly run: boolean;
}

/** Nothing at all: help, version, completions. */
export const NOTHING: Kept = { read: [], write: [], net: [], run: false };

/** One thing that a command works with. */
type Need =
  /** reads the settings file, and the prompt file it may name */
  | "settings"
  /** replaces the settings file */
  | "change"
  /** the credentials, their locks and temporary files; refreshes */
  | "login"
  /** the secret of the running server, learned facts, the places of accounts */
  | "state"
  /** the cached model list */
  | "cache"
  /** looks at what these hold, and leaves it as it is */
  | "login seen"
  | "state seen"
  | "cache seen"
  /** the database, or the Redis in its place */
  | "store"
  | "backend"
  | "issuer"
  /** asks the server of these settings */
  | "server"
  /** listens as the settings say */
  | "listen"
  /** listens for the browser at the end of a sign-in, and opens it */
  | "browser"
  /** opens sockets to see how many can be had */
  | "descriptors"
  /** downloads a release, and replaces the program */
  | "update"
  /** the user's own service file, and the program that starts it */
  | "service"
  /** starts an editor */
  | "editor"
  /** sends spans to the collector that the environment names */
  | "spans"
  /** starts a client of {@linkcode LAUNCHABLE}, with a file of its own where it knows no environment */
  | "client"
  /** listens on a free port of loopback */
  | "own port"
  /** the files of clients that the command line names, and no other of theirs */
  | "clients";

const SEEN = { "login seen": "login", "state seen": "state", "cache seen": "cache" } as const;

/** Where descriptors.ts opens its sockets. */
export const ANY_FREE_PORT = "127.0.0.1:0";

/** What every command with a login works with: a token may be due, and its account is looked up. */
const ACCOUNT = ["settings", "login", "state", "issuer", "backend"] as const satisfies readonly Need[];

/** By the words of the command. */
const KEEPS: Readonly<Record<string, readonly Need[]>> = {
  "serve": [...ACCOUNT, "cache", "store", "listen", "server", "descriptors", "spans"],
  "auth login-openai": [...ACCOUNT, "browser"],
  "auth status": ["settings", "login"],
  "auth openai-info": ["settings", "login"],
  "auth refresh": ACCOUNT,
  "auth logout-openai": ["settings", "login", "issuer"],
  "config codex": ["settings", "change"],
  "config edit": ["settings", "change", "editor"],
  "config show": ["settings"],
  "config path": ["settings"],
  "codex info": [...ACCOUNT, "cache", "server"],
  "models": [...ACCOUNT, "cache"],
  "codex set": ["settings", "change"],
  "usage": [...ACCOUNT, "server", "store"],
  "keys create": ["settings", "state", "store"],
  "keys list": ["settings", "state", "store"],
  "keys rotate": ["settings", "state", "store"],
  "keys delete": ["settings", "state", "store"],
  "sessions list": ["settings", "state", "store"],
  "sessions show": ["settings", "state", "store"],
  "sessions delete": ["settings", "state", "store", "server"],
  "doctor": [...ACCOUNT, "store", "server", "listen", "descriptors", "clients"],
  "connect": ["settings", "login seen", "state seen", "cache seen", "server", "clients"],
  "launch": [...ACCOUNT, "cache", "store", "server", "own port", "client", "spans"],
  "service install": ["service"],
  "service uninstall": ["service"],
  "service status": ["service", "settings", "state", "server"],
  "update": ["update"],
  "completions": [],
};

/** `--demo` answers from inside the program: no login, no backend, and nothing is written. */
const DEMO: Readonly<Record<string, readonly Need[]>> = {
  "serve": ["settings", "listen", "descriptors"],
  "launch": ["settings", "own port", "client"],
};

/** `auth logout-openai --keep-file` only names another file in the settings. */
const LEAVES: readonly Need[] = ["settings", "change", "login seen"];

/** What `connect` writes into a client's file it remembers, so that it can be taken out again. */
const REMEMBERS: readonly Need[] = ["state"];

function needsOf({ command, flags }: KeepOptions): readonly Need[] {
  if (flags["demo"] === true) return DEMO[command.join(" ")] ?? [];
  if (flags["keep-file"] === true) return LEAVES;
  const needs = KEEPS[command.join(" ")] ?? [];
  return flags["write"] === true || flags["undo"] === true ? [...needs, ...REMEMBERS] : needs;
}

/** What a command line says beyond the settings. */
export interface KeepOptions {
  /** `["auth", "status"]` */
  readonly command: readonly string[];
  readonly place: Place;
  /** undefined where they cannot be read: the command says why */
  readonly settings: Settings | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  /** the running executable */
  readonly program: string;
  /** what it works with of clients' files */
  readonly clients?: Partial<Kept> | undefined;
}

/** What a run keeps. A place that depends on a home directory is left out where none is known: the command says so. */
export function keptBy(options: KeepOptions): Kept {
  const found = needsOf(options).map((need) => {
    try {
      return keptFor(need, options);
    } catch (thrown) {
      if (thrown instanceof Problem) return {};
      throw thrown;
    }
  });
  const { record, "server-info": info } = options.flags;
  if (typeof record === "string") found.push(files([record]));
  if (typeof info === "string") found.push(files([info, temporaryInfo(info)]));
  return {
    read: merged(found.flatMap(({ read }) => read ?? [])),
    write: merged(found.flatMap(({ write }) => write ?? [])),
    net: [...new Set(found.flatMap(({ net }) => net ?? []))],
    run: found.some(({ run }) => run === true),
  };
}

/** Whether a command has its row in the table. */
export function hasKeeps(command: readonly string[]): boolean {
  return Object.hasOwn(KEEPS, command.join(" "));
}

function keptFor(need: Need, options: KeepOptions): Partial<Kept> {
  const { place, settings, flags, program, clients } = options;
  const config = typeof flags["config"] === "string" ? flags["config"] : undefined;
  switch (need) {
    case "settings":
      return settingsFiles(place, config, settings);
    case "change":
      return files(around(settingsFile(place, config)));
    case "login":
      return loginPlace(place, settings);
    case "state":
      return files([stateDirectory(place)]);
    case "cache":
      return files([cacheDirectory(place)]);
    case "login seen":
    case "state seen":
    case "cache seen": {
      const { read, net } = keptFor(SEEN[need], options);
      return { ...read && { read }, ...net && { net } };
    }
    case "store":
      if (settings === undefined) return {};
      if (settings["storage.url"] !== "") return { net: redisHost(settings["storage.url"]) };
      return settings["storage.enabled"] ? files(around(databaseFile(place, settings["storage.path"]))) : {};
    case "backend":
      return settings === undefined ? {} : { net: backendHosts(settings["codex.base_url"], place) };
    case "issuer":
      return settings === undefined ? {} : { net: requestHost(settings["auth.issuer"]) };
    case "server":
      return settings === undefined ? {} : { net: serverUrls(settings).flatMap(hostOf) };
    case "listen":
      return settings === undefined ? {} : { net: [listenHost(settings)] };
    case "browser":
      return { net: CALLBACK_PORTS.map((port) => `127.0.0.1:${port}`), run: true };
    case "descriptors":
      return { net: [ANY_FREE_PORT] };
    case "update":
      return { ...files(around(program)), net: updateHosts(place) };
    case "service":
      return { ...files(serviceFiles(place)), run: true };
    case "editor":
      return { run: true };
    case "client":
      return { ...files([launchDirectory(place)]), run: true };
    case "spans":
      return { net: requestHost(tracesEndpoint(place.env) ?? "") };
    case "own port":
      // The second is a part of the first, and giving it back would take the first along (narrow.ts).
      return { net: ["127.0.0.1", ANY_FREE_PORT] };
    case "clients":
      return clients ?? {};
    default:
      return need satisfies never;
  }
}

function settingsFiles(
  place: Place,
  config: string | undefined,
  settings: Settings | undefined,
): Partial<Kept> {
  const { path, explicit } = configPlace(place, config);
  const prompt = settings?.["codex.instructions"] ?? "";
  const named = prompt.startsWith("file:") ? [expandHome(prompt.slice("file:".length), place)] : [];
  if (path === undefined) return { read: withReal(named) };
  // A directory of our own is read whole. So is that of a link, which leads elsewhere tomorrow: Kubernetes changes the
  // settings of a container that way.
  const read = [explicit && !isLink(path) ? path : directoryUnlessRoot(path), realPlace(path)];
  return { read: withReal([...read, ...named]) };
}

/** The directory of the credentials, and that of the file which the name is a link to. */
function loginFiles(path: string): Partial<Kept> {
  const paths = [...around(path), ...around(realPlace(path))];
  // The Codex CLI's settings are read for where it keeps its login.
  const cli = `${directoryOf(path)}/config.toml`;
  return { read: withReal(isLink(cli) ? [...paths, cli] : paths), write: withReal(paths) };
}

/** The directory of the service file, which `service install` may have to make: the one above it that is there. */
function serviceFiles(place: Place): readonly string[] {
  return around(servicePlace(place).path);
}

/** A free port has its number only once it is taken: until then the whole host is kept, see {@linkcode whileServing}. */
function listenHost(settings: Settings): string {
  const host = urlHost(settings["server.host"]);
  const port = settings["server.port"];
  return port === 0 ? host : `${host}:${port}`;
}

/** Where the environment holds the login itself no file of it is touched; of an access token the issuer is asked. */
function loginPlace(place: Place, settings: Settings | undefined): Partial<Kept> {
  const held = environmentPlace(place.env, settings?.["auth.issuer"]);
  if (held === undefined) return loginFiles(credentialsFile(place, settings?.["auth.file"] ?? ""));
  return held.kind === "token" ? { net: requestHost(held.whoamiUrl) } : {};
}

/**
 * What {@linkcode keptBy} gave to a server, once it listens: it opens no page, and of its own machine it only reaches
 * what the settings name.
 *
 * @param listening `host:port` that is listened on, kept to listen there again
 */
export function whileServing(kept: Kept, settings: Settings, listening: string): Kept {
  const gone = new Set([listenHost(settings), ANY_FREE_PORT, ...serverUrls(settings).flatMap(hostOf)]);
  return { ...kept, run: false, net: [...kept.net.filter((host) => !gone.has(host)), listening] };
}
