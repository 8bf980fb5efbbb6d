import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { settingsFaults } from "../config/invariants.ts";
import { type LoadedSettings, settingsFrom } from "../config/load.ts";
import { urlHost } from "../config/loopback_host.ts";
import type { Place } from "../config/paths.ts";
import { Problem } from "../problem.ts";
import { hostOf } from "./host_of.ts";
import { LOCAL_HOSTS, OPENAI_HOSTS } from "./baked.ts";
import { readPromptFile } from "./prompt.ts";

/**
 * What is wrong with settings beyond their single values, by the files and permissions of this machine
 * ({@linkcode settingsFaults}).
 *
 * @param hostInForce the address of the server that runs; undefined before a start
 */
export async function findFaults(
  loaded: LoadedSettings,
  place: Place,
  hostInForce?: string,
): Promise<Problem[]> {
  const promptProblem = await readPromptFile(
    loaded.settings["codex.instructions"],
    place,
    (path) => readTextFileLimited(path, BOUNDS.prompt),
  )
    .then(() => undefined, problemOf);
  return settingsFaults(loaded, { hostInForce, promptProblem, mayListen });
}

/** Lets settings through that `serve` can run with. @throws Problem config, the first of {@linkcode findFaults} */
export async function assertUsable(
  loaded: LoadedSettings,
  place: Place,
  hostInForce?: string,
): Promise<void> {
  const [fault] = await findFaults(loaded, place, hostInForce);
  if (fault !== undefined) throw fault;
}

/**
 * Lets a change of the file through unless `serve` would refuse to start with what it leaves. What was wrong before
 * the change is not its fault.
 *
 * @param before the text of the file, undefined for none; likewise `after`
 * @throws Problem config
 */
export async function assertHarmless(
  path: string,
  place: Place,
  before: string | undefined,
  after: string,
): Promise<void> {
  const faultsOf = async (text: string | undefined): Promise<Problem[]> => {
    try {
      return await findFaults(settingsFrom({ path, explicit: false, env: place.env }, text), place);
    } catch (thrown) {
      return [problemOf(thrown)];
    }
  };
  const known = new Set((await faultsOf(before)).map(({ message }) => message));
  const fault = (await faultsOf(after)).find(({ message }) => !known.has(message));
  if (fault !== undefined) throw fault;
}

function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}

/**
 * Refuses a backend that this run may not connect to: what the program is built with holds few hosts, and at the start
 * those are given back, for good, that no setting names.
 *
 * @param isStart false for a change while running
 * @throws Problem config
 */
export function assertReachable(loaded: LoadedSettings, isStart: boolean): void {
  for (const host of hostOf(loaded.settings["codex.base_url"])) {
    if (Deno.permissions.querySync({ name: "net", host }).state === "granted") continue;
    const isBuiltIn = [...OPENAI_HOSTS, ...LOCAL_HOSTS].some((known) =>
      host === known || host.startsWith(`${known}:`)
    );
    const [reason, hint] = isBuiltIn && !isStart
      ? [
        "this process can only reach the hosts that were named when it started",
        "Start ccproxy again to use it",
      ]
      : [
        "ccproxy may connect only to the OpenAI hosts and this machine",
        `Run it from source with CCPROXY_ALLOW_NET=${host} deno task serve, or name a gateway on this machine`,
      ];
    throw new Problem("config", `codex.base_url names ${host}, and ${reason}`, {
      param: "codex.base_url",
      hint,
    });
  }
}

/** By what the program is built with: a command that does not listen has given the permission back. */
function mayListen(host: string): boolean {
  if (LOCAL_HOSTS.some((local) => local === urlHost(host))) return true;
  return Deno.permissions.querySync({ name: "net", host: urlHost(host) }).state === "granted";
}
