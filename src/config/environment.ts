/** The environment of the process, as far as the settings use it. */
export interface Environment {
  /** the variable's value; undefined when it is not set */
  get(name: string): string | undefined;
  /**
   * Names of variables that are set, all of them or those that were found; without it a mistyped name cannot be
   * noticed.
   */
  names?(): Iterable<string>;
}

/** Names the configuration file. */
export const CONFIG_VARIABLE = "CCPROXY_CONFIG";

/** What every environment name of a setting begins with. */
export const ENV_PREFIX = "CCPROXY_";

/**
 * The environment variable of a setting.
 *
 * @example
 * ```ts
 * import { envName } from "./environment.ts";
 * if (envName("server.port") !== "CCPROXY_SERVER__PORT") throw new Error();
 * ```
 */
export function envName(key: string): string {
  return ENV_PREFIX + key.replace(".", "__").toUpperCase();
}

/** The value of a variable; undefined also when it is empty, as the XDG specification and containers mean it. */
export function envText(env: Environment, name: string): string | undefined {
  const value = env.get(name);
  return value === "" ? undefined : value;
}
