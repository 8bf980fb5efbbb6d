/** What the commands that change settings share: write, then tell old and new values. */
import { envName, envText } from "../config/environment.ts";
import { settingsFile } from "../config/paths.ts";
import { rowOf, type SettingKey, type SettingValue } from "../config/settings.ts";
import { type ConfigChange, type ConfigEdit, writeConfig } from "../config/write_config.ts";
import { cleanText } from "../clean_text.ts";
import { assertHarmless } from "./check_settings.ts";
import { createPaint, writeJson } from "./output.ts";
import { placeOf } from "./place.ts";
import { settingJson, settingText } from "./setting_text.ts";
import { wrapLines } from "./text_width.ts";
import type { World } from "./world.ts";

/**
 * Writes settings into the configuration file and prints what changed: the file and the values to standard output,
 * what else matters to standard error.
 *
 * @param flags `--config` and `--json`
 * @throws Problem "config" or "file"; nothing is then changed
 */
export async function changeSettings(
  world: World,
  flags: { readonly config?: string; readonly json?: boolean },
  edits: readonly ConfigEdit[],
): Promise<void> {
  const place = placeOf(world);
  const path = settingsFile(place, flags.config);
  const result = await writeConfig(
    path,
    edits,
    (before, after) => assertHarmless(path, place, before, after),
  );
  const overridden = result.changes
    .map(({ key }) => envName(key))
    .filter((name) => envText(place.env, name) !== undefined);
  if (flags.json) {
    writeJson(world, {
      path: result.path,
      created: result.created,
      written: result.written,
      changes: result.changes.map(({ key, before, after }) => ({
        key,
        before: before === undefined ? null : settingJson(key, before),
        after: after === undefined ? null : settingJson(key, after),
      })),
      overridden_by: overridden,
    });
    return;
  }
  const paint = createPaint(world);
  for (const change of result.changes) {
    const text = `${changeText(change, paint("dim", "->"))}\n`;
    world.out(world.isTty.stdout ? wrapLines(text, world.columns) : text);
  }
  const done = result.created ? "Created" : result.written ? "Changed" : "Nothing to change in";
  world.err(`${done} ${cleanText(result.path)}\n`);
  for (const name of overridden) {
    world.err(`Warning: the environment variable ${name} is set and wins over the file\n`);
  }
  const restart = result.changes.filter(({ key }) => !rowOf(key).live).map(({ key }) => key);
  if (result.written && restart.length > 0) {
    world.err(`A running server must be restarted for ${restart.join(", ")}\n`);
  }
}

function changeText({ key, before, after }: ConfigChange, arrow: string): string {
  if (sameValue(before, after)) return cleanText(`${key}: ${valueOrDefault(key, after)} (unchanged)`);
  return `${cleanText(`${key}: ${valueOrDefault(key, before)}`)} ${arrow} ${
    cleanText(valueOrDefault(key, after))
  }`;
}

function valueOrDefault(key: SettingKey, value: SettingValue | undefined): string {
  return value === undefined ? `${settingText(key, rowOf(key).default)} (default)` : settingText(key, value);
}

function sameValue(a: SettingValue | undefined, b: SettingValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
