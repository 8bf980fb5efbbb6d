/** Checks that need no network but loopback: settings, files, login, address and port. */
import { errorText } from "../../error_text.ts";
import { directoryOf } from "../../directory_of.ts";
import type { CredentialState } from "../../auth/credential_state.ts";
import { unsavableText } from "../../auth/save_fault.ts";
import { type LoadedSettings, loadSettings, settingsWithoutFile } from "../../config/load.ts";
import { urlHost } from "../../config/loopback_host.ts";
import { configPlace, databaseFile, type Place, whereKnown } from "../../config/paths.ts";
import type { Settings } from "../../config/settings.ts";
import { Problem } from "../../problem.ts";
import { wordSh } from "../../quote.ts";
import { type FoundStore, inspectStore } from "../../store/inspect_store.ts";
import { expiryText, loginExitCode, planText, problemText } from "../auth/account_facts.ts";
import { canLock, NO_LOCKS } from "../../can_lock.ts";
import { findFaults } from "../check_settings.ts";
import type { Granted } from "../narrow.ts";
import { DESCRIPTORS_FIX, lackOfDescriptors } from "../descriptors.ts";
import { otherPort } from "../../server/listen.ts";
import { findServer, pidText, unprovenText } from "../running_server.ts";
import type { World } from "../world.ts";
import type { Finding } from "./finding.ts";

/**
 * Reads the settings; where that fails, the defaults serve for the other checks.
 *
 * @throws Problem when not even the place of the file is known
 */
export async function checkSettings(
  place: Place,
  flag: string | undefined,
): Promise<{ readonly loaded: LoadedSettings; readonly findings: readonly Finding[] }> {
  const where = configPlace(place, flag);
  const common = { check: "settings", title: "Settings" } as const;
  try {
    const loaded = await loadSettings({ ...where, env: place.env });
    const faults = (await findFaults(loaded, place)).map((fault): Finding => ({
      ...common,
      status: "fail",
      detail: fault.message,
      fix: fault.hint,
      exitCode: 2,
    }));
    const count = Object.values(loaded.origins).filter(({ kind }) => kind !== "default").length;
    const detail = loaded.exists
      ? `${loaded.path}, ${count} set`
      : `defaults and environment, ${count} set (there is no ${loaded.path ?? "home directory for a file"})`;
    return {
      loaded,
      findings: [
        ...faults.length > 0 ? faults : [{ ...common, status: "ok", detail } as const],
        ...await checkConfigMode(loaded, place.os),
      ],
    };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const loaded = settingsWithoutFile(place.env, where.path);
    const fix = thrown.hint;
    return { loaded, findings: [{ ...common, status: "fail", detail: thrown.message, fix, exitCode: 2 }] };
  }
}

/** Whoever may write the file may send the login's token elsewhere; whoever may read it knows the key. */
async function checkConfigMode(loaded: LoadedSettings, os: string): Promise<Finding[]> {
  if (!loaded.exists || loaded.path === undefined || os === "windows") return [];
  const mode = await Deno.stat(loaded.path).then((info) => info.mode, () => null);
  if (mode === null) return [];
  const secret = [loaded.origins["server.api_key"], loaded.origins["storage.url"]].some(({ kind }) =>
    kind === "file"
  );
  const fault = (mode & 0o022) !== 0
    ? "other users may change the settings file"
    : secret && (mode & 0o044) !== 0
    ? "other users may read the settings file, which holds a secret"
    : undefined;
  return fault === undefined ? [] : [{
    check: "settings_mode",
    title: "Settings file",
    status: "warn",
    detail: `${fault} (mode ${(mode & 0o777).toString(8).padStart(4, "0")})`,
    fix: `chmod 600 ${wordSh(loaded.path)}`,
  }];
}

/** Whether the provider is on. */
export function checkProvider({ settings, origins }: LoadedSettings): Finding[] {
  if (settings["codex.enabled"]) return [];
  const origin = origins["codex.enabled"];
  return [{
    check: "provider",
    title: "Provider",
    status: "fail",
    detail: "the Codex provider is switched off, so all requests are answered 503",
    // The environment wins over the file that the command would change.
    fix: origin.kind === "env" ? `unset ${origin.name}` : "ccproxy config codex --enable",
  }];
}

/** The login and its file. */
export function checkLogin(state: CredentialState, world: Pick<World, "now" | "utcOffset">): Finding[] {
  const common = { check: "login", title: "Login" } as const;
  const login: Finding = state.usable
    ? {
      ...common,
      status: "ok",
      detail: `${state.email ?? state.accountId ?? "signed in"}, plan ${planText(state.plan)}, ${
        state.kind === "signed_in" ? "expires " : ""
      }${expiryText(state, world)}`,
    }
    : {
      ...common,
      status: "fail",
      detail: problemText(state) ?? "not signed in",
      fix: state.command ?? "ccproxy auth login-openai",
      exitCode: loginExitCode(state),
    };
  const { unsavable } = state;
  const saving: Finding[] = unsavable === undefined ? [] : [{
    check: "login_save",
    title: "Login file",
    status: "warn",
    detail: unsavableText(unsavable),
    fix: unsavable.fix,
  }];
  const others = state.warnings.filter((warning) => warning !== saving[0]?.detail);
  const warnings = others.map((warning): Finding => {
    const command = /^(.*); run "(chmod .*)"$/.exec(warning);
    return {
      check: "login_file",
      title: "Login file",
      status: "warn",
      detail: command?.[1] ?? warning,
      ...(command?.[2] === undefined ? {} : { fix: command[2] }),
    };
  });
  return [login, ...saving, ...warnings];
}

/** Whether the address may be listened on, and is free or ours. */
export async function checkAddress(world: World, settings: Settings): Promise<Finding[]> {
  const host = settings["server.host"];
  const port = settings["server.port"];
  const common = { check: "port", title: "Address" } as const;
  const name = urlHost(host);
  if (port === 0) return [{ ...common, status: "ok", detail: `${name}, a free port each time` }];
  const found = await findServer(world, settings);
  if (found.kind === "ours") {
    return [{ ...common, status: "ok", detail: `${found.version} runs on ${name}:${port}${pidText(found)}` }];
  }
  if (found.kind === "unproven") {
    return [{
      ...common,
      status: "warn",
      detail: unprovenText(found),
      fix: "Start your own again with this version, or name another port in server.port",
    }];
  }
  const fault = found.kind === "other" ? "in use by another program" : tryListen(host, port);
  if (fault === undefined) return [{ ...common, status: "ok", detail: `${name}:${port} is free` }];
  return [{
    ...common,
    status: "fail",
    detail: `${name}:${port} is ${fault}`,
    fix: `Stop that program, or choose another port: ccproxy codex set --set server.port=${otherPort(port)}`,
  }];
}

/** What is said when this process may not open as many files and connections as its requests need. */
export function checkDescriptors(world: World, settings: Settings): Finding[] {
  const detail = lackOfDescriptors(settings["limits.concurrent_requests"], world.os);
  if (detail === undefined) return [];
  return [{ check: "descriptors", title: "Descriptors", status: "warn", detail, fix: DESCRIPTORS_FIX }];
}

/** Why the address cannot be had; undefined when it can. */
function tryListen(hostname: string, port: number): string | undefined {
  try {
    Deno.listen({ hostname: hostname.replace(/^\[|\]$/g, ""), port }).close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AddrInUse) return "in use by another program";
    if (thrown instanceof Deno.errors.AddrNotAvailable) return "no address of this machine";
    return `not to be had: ${errorText(thrown)}`;
  }
}

/** Whether conversations can be stored. Nothing is made: a directory that is missing is judged by the one above. */
export async function checkStorage(world: World, place: Place, settings: Settings): Promise<Finding[]> {
  const common = { check: "storage", title: "Storage" } as const;
  if (!settings["storage.enabled"]) {
    return [{ ...common, status: "ok", detail: "off: conversations are kept in memory" }];
  }
  const url = settings["storage.url"];
  const path = url === "" ? whereKnown(() => databaseFile(place, settings["storage.path"])) : "";
  if (path === undefined) {
    const detail = "no home directory is known: conversations are kept in memory until the server ends";
    return [{ ...common, status: "warn", detail, fix: "Set HOME, or CCPROXY_STORAGE__PATH to a file" }];
  }
  const fault = url === "" ? await writeFault(path) : undefined;
  if (fault === undefined) return [{ ...common, ...await storeFinding({ path, url }, world) }];
  return [{
    ...common,
    status: "fail",
    detail: `${path} cannot be written: ${fault}`,
    fix:
      "Give this user the right to write there, or name another file: ccproxy codex set --set storage.path=FILE",
  }];
}

/** What the store itself says; nothing is changed in it. */
async function storeFinding(
  store: FoundStore,
  world: World,
): Promise<Pick<Finding, "status" | "detail" | "fix">> {
  const isThere = store.url !== "" || await Deno.stat(store.path).then(() => true, () => false);
  if (!isThere) return { status: "ok", detail: store.path };
  try {
    const found = await inspectStore(store, () => world.now());
    return { status: "ok", detail: store.url === "" ? `${store.path} (${found})` : found };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return {
      status: "fail",
      detail: thrown.message,
      fix: store.url === ""
        ? "Move the file away, name another one in storage.path, or install the newest ccproxy"
        : thrown.hint,
    };
  }
}

async function writeFault(path: string): Promise<string | undefined> {
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) return "it is a directory";
    (await Deno.open(path, { write: true })).close();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) {
      return thrown instanceof Deno.errors.NotADirectory ? "a part of the path is a file" : reason(thrown);
    }
  }
  for (let above = directoryOf(path);; above = directoryOf(above)) {
    try {
      if (!(await Deno.stat(above)).isDirectory) return `${above} is no directory`;
      await Deno.remove(await Deno.makeTempFile({ dir: above, prefix: ".ccproxy-doctor-" }));
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotADirectory) continue;
      // What lies above our own directory is not ours to look at: only making it can tell.
      if (thrown instanceof Deno.errors.NotCapable) return await makeFault(directoryOf(path));
      if (!(thrown instanceof Deno.errors.NotFound) || directoryOf(above) === above) {
        return reason(thrown);
      }
    }
  }
}

/** Why a directory cannot be made; one that was made is removed, what was made above it stays. */
async function makeFault(directory: string): Promise<string | undefined> {
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    await Deno.remove(directory);
    return undefined;
  } catch (thrown) {
    return reason(thrown);
  }
}

/** What is said where two processes of ccproxy cannot keep out of each other's way. */
export function checkLocks(): Finding[] {
  if (canLock()) return [];
  return [{
    check: "locks",
    title: "File locks",
    status: "warn",
    detail: `${NO_LOCKS}: two programs may refresh the login at the same time`,
    fix: "Install a release of ccproxy, or build with the Deno that deno.json is tested with",
  }];
}

/** What this process may touch: everything else it gave back before it began. */
export function checkPermissions(granted: Granted | undefined): Finding[] {
  if (granted === undefined) return [];
  const listOf = (kind: "read" | "write" | "net", entries: readonly string[]) =>
    granted.whole.includes(kind) ? "everything" : entries.length === 0 ? "nothing" : entries.join(", ");
  const readOnly = granted.read.filter((path) => !granted.write.includes(path));
  const detail = `reads and writes ${listOf("write", granted.write)}; only reads ${
    listOf("read", readOnly)
  }; connects to ${listOf("net", granted.net)}; runs ${granted.run ? "the browser's opener" : "nothing"}`;
  return [{ check: "permissions", title: "Permissions", status: "ok", detail }];
}

function reason(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return "this program has no permission for that place";
  if (thrown instanceof Deno.errors.PermissionDenied) return "permission denied";
  return errorText(thrown);
}
