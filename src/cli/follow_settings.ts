import type { LoadedSettings, SettingsSources } from "../config/load.ts";
import type { Place } from "../config/paths.ts";
import { rowOf, type SettingKey } from "../config/settings.ts";
import { type SettingsWatch, watchSettings } from "../config/watch.ts";
import type { Log } from "../log.ts";
import type { Program } from "./assemble.ts";
import { assertReachable, assertUsable, findFaults } from "./check_settings.ts";

/** What {@linkcode followSettings} needs. */
export interface FollowOptions {
  readonly source: SettingsSources;
  /** the settings in force */
  readonly loaded: LoadedSettings;
  readonly place: Place;
  /** the address that is listened on, which no change of the file changes */
  readonly hostInForce: string;
  /** false for the demo, which asks no backend: the file may then name any */
  readonly asksBackend: boolean;
  readonly program: Pick<Program, "settingsChanged">;
  readonly log: Log;
  /** puts new settings in force */
  readonly take: (loaded: LoadedSettings) => void;
}

/**
 * Follows the settings file while the program runs. What cannot be used is refused as a whole: the settings in force
 * stay, and the log says why, once for each state of the file.
 */
export function followSettings(options: FollowOptions): SettingsWatch {
  const { place, hostInForce, log } = options;
  return watchSettings({
    ...options.source,
    loaded: options.loaded,
    check: async (loaded) => {
      await assertUsable(loaded, place, hostInForce);
      if (options.asksBackend) assertReachable(loaded, false);
    },
    onChange: (loaded, changed) => {
      options.take(loaded);
      void tellChange(loaded, changed);
    },
    onError: (problem) => log("error", `${problem.message}; the settings in force stay`),
  });

  /** Says what is now in force, what of it only counts after a restart, and what would stop that restart. */
  async function tellChange(loaded: LoadedSettings, changed: readonly SettingKey[]): Promise<void> {
    const late = changed.filter((key) => !rowOf(key).live);
    const live = changed.filter((key) => rowOf(key).live);
    await options.program.settingsChanged(live);
    log("info", changed.length === 0 ? "configuration file is right again" : "settings changed", {
      keys: live.length === 0 ? undefined : live.join(","),
    });
    if (live.includes("server.api_key") && loaded.settings["server.api_key"] === "") {
      log("warn", "no key is asked for any more: every program of this machine may use the proxy");
    }
    if (late.length > 0) {
      log("warn", "settings changed that need a restart of ccproxy", { keys: late.join(",") });
      for (const { message } of await findFaults(loaded, place)) {
        log("warn", `a restart would fail: ${message}`);
      }
    }
  }
}
