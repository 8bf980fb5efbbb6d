import { type Problem, toProblem } from "../problem.ts";
import { type LoadedSettings, readConfigText, settingsFrom, type SettingsSources } from "./load.ts";
import { SETTING_KEYS, type SettingKey, type Settings } from "./settings.ts";

/** What {@linkcode createSettingsWatch} needs. */
export interface WatchOptions extends SettingsSources {
  /** the settings in force at the beginning */
  readonly loaded: LoadedSettings;
  /**
   * Called with new settings and the names of those that differ; with none when a file that was wrong is right again
   * and says what was in force all along.
   */
  readonly onChange: (loaded: LoadedSettings, changedKeys: readonly SettingKey[]) => void;
  /** Called once for each content that cannot be used; the last good settings stay in force. */
  readonly onError: (problem: Problem) => void;
  /** rejects with a Problem for settings that cannot be used together; they are then refused as a whole */
  readonly check?: (loaded: LoadedSettings) => Promise<void>;
  /** the text of the file, undefined when there is none; {@linkcode readConfigText} unless told */
  readonly readText?: (path: string) => Promise<string | undefined>;
  /** what changes whenever the file may have changed; {@linkcode fileStamp} unless told */
  readonly stamp?: (path: string) => Promise<string>;
}

/** A watch that can be stopped. */
export interface SettingsWatch {
  /** looks once; waiting for it is waiting until callbacks have run */
  look(): Promise<void>;
  /** no callback runs after it */
  stop(): void;
}

/** A change is taken when two looks have seen the same, so one second later at the most. */
const INTERVAL_MS = 500;

/**
 * Watches the configuration file by looking at it twice a second, which works on every file system, through symbolic
 * links, and when the file is replaced, removed or made. The timer does not keep the process alive.
 */
export function watchSettings(options: WatchOptions): SettingsWatch {
  const { path } = options;
  if (path === undefined) return { look: () => Promise.resolve(), stop() {} };
  const watch = createSettingsWatch({ ...options, path });
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      await watch.look();
    } finally {
      looking = false;
    }
  }, INTERVAL_MS);
  Deno.unrefTimer(timer);
  return {
    look: watch.look,
    stop() {
      clearInterval(timer);
      watch.stop();
    },
  };
}

/**
 * The watch without its timer.
 *
 * A stamp is believed at the second look that sees it: editors and copying leave a file empty or missing for a moment,
 * and an empty file would mean all defaults. The first two looks read the file in any case, for it may have changed
 * since it was loaded.
 */
export function createSettingsWatch(options: WatchOptions & { readonly path: string }): SettingsWatch {
  const stampOf = options.stamp ?? fileStamp;
  const readText = options.readText ?? readConfigText;
  let inForce = options.loaded;
  let read: string | undefined;
  let seen: string | undefined;
  let lastFault: string | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const stamp = await stampOf(options.path);
    const steady = stamp === seen;
    seen = stamp;
    if (!steady || stamp === read || stopped) return;
    read = stamp;
    let text: string | undefined;
    try {
      text = await readText(options.path);
      const loaded = settingsFrom(options, text);
      await options.check?.(loaded);
      if (!stopped) take(loaded);
    } catch (thrown) {
      // What was refused may become right without a change of this file: a prompt file that is still to be written.
      read = undefined;
      const problem = toProblem(thrown);
      const fault = `${problem.message}\n${text}`;
      if (!stopped && fault !== lastFault) {
        lastFault = fault;
        options.onError(problem);
      }
    }
  }

  function take(loaded: LoadedSettings): void {
    const changed = changedSettings(inForce.settings, loaded.settings);
    const recovered = lastFault !== undefined;
    lastFault = undefined;
    inForce = loaded;
    if (changed.length > 0 || recovered) options.onChange(loaded, changed);
  }

  return {
    look,
    stop() {
      stopped = true;
    },
  };
}

/** The names of the settings whose values differ. */
function changedSettings(before: Settings, after: Settings): SettingKey[] {
  return SETTING_KEYS.filter((key) => textOf(before[key]) !== textOf(after[key]));
}

/** Lists compare by their order, maps without it. */
function textOf(value: Settings[SettingKey]): string {
  return JSON.stringify(value, (_key, part) => {
    const isMap = typeof part === "object" && part !== null && !Array.isArray(part);
    return isMap ? Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)) : part;
  });
}

/** Time of change, size and identity of the file that a path leads to, as one text. Never throws. */
export async function fileStamp(path: string): Promise<string> {
  try {
    const { mtime, ctime, size, ino, dev } = await Deno.stat(path);
    return `${mtime?.getTime()} ${ctime?.getTime()} ${size} ${ino} ${dev}`;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound ? "missing" : `unreadable ${String(thrown)}`;
  }
}
