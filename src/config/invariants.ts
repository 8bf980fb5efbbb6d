import { Problem } from "../problem.ts";
import type { LoadedSettings } from "./load.ts";
import { isLoopbackHost } from "./loopback_host.ts";

/** What settings have to fit to, beyond the form of each of them. */
export interface Surroundings {
  /** the address that is listened on already; undefined: the one of the settings is still to come */
  readonly hostInForce: string | undefined;
  /** why the prompt file that `codex.instructions` names cannot be used; undefined when it can, or none is named */
  readonly promptProblem: Problem | undefined;
  /** whether the permissions of this program let it listen on an address */
  readonly mayListen: (host: string) => boolean;
}

/**
 * What is wrong with settings whose values are right one by one: nothing else decides whether `serve` may run with
 * them. It counts at a start, at every reload, before a file is written and in `doctor`.
 *
 * A server that is running keeps its address whatever the file says, so a reload is judged by that address: a listener
 * that other machines reach never loses its key. Named keys do not count: they are in a store, which may be empty or out
 * of reach, and the owner needs a key that is not.
 *
 * @returns Problems "config", none for settings that can be used
 */
export function settingsFaults(
  { settings, origins }: Pick<LoadedSettings, "settings" | "origins">,
  { hostInForce, promptProblem, mayListen }: Surroundings,
): Problem[] {
  const faults: Problem[] = [];
  const host = hostInForce ?? settings["server.host"];
  if (!isLoopbackHost(host) && settings["server.api_key"] === "") {
    const address = hostInForce === undefined
      ? `"server.host" is ${JSON.stringify(host)} (${origins["server.host"].kind})`
      : `ccproxy listens on ${JSON.stringify(host)}`;
    faults.push(
      new Problem("config", `${address}, which other machines can reach, and "server.api_key" is empty`, {
        param: "server.api_key",
        hint:
          'Set a key with "ccproxy codex set --set server.api_key=KEY" (or CCPROXY_SERVER__API_KEY), or listen on 127.0.0.1',
      }),
    );
  }
  if (hostInForce === undefined && !mayListen(host)) faults.push(mayNotListen(host));
  if (promptProblem !== undefined) faults.push(promptProblem);
  return faults;
}

/** The problem of an address that the permissions of this program do not hold. */
export function mayNotListen(host: string, cause?: unknown): Problem {
  return new Problem("config", `"server.host" is ${JSON.stringify(host)}, on which ccproxy may not listen`, {
    param: "server.host",
    hint: 'Use "127.0.0.1", "localhost", "::1", or "0.0.0.0" together with server.api_key',
    cause,
  });
}
