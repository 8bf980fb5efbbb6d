import type { LoadedSettings } from "../../config/load.ts";
import { SETTING_KEYS } from "../../config/settings.ts";
import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { fittedTable, writeJson } from "../output.ts";
import { originJson, settingJson, settingText, shortOrigin } from "../setting_text.ts";

/** `ccproxy config show`. */
export const configShowCommand = defineCommand({
  path: ["config", "show"],
  summary: "Show all settings in force and where each comes from",
  description:
    "A flag wins over the environment (CCPROXY_<SECTION>__<KEY>), the environment over the file, the file over the " +
    "default. Secrets are masked.",
  flags: {
    changed: { kind: "boolean", doc: "Leave out what is at its default" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy config show", doc: "All of them" },
    { line: "ccproxy config show --changed", doc: "Only what you have set" },
    { line: "ccproxy config show --json", doc: "For programs" },
  ],
  exitCodes: { 0: "Shown", 2: "The settings are not valid, or wrong usage" },
  async run({ flags }, world): Promise<ExitCode> {
    const { loaded } = await openContext(world, flags.config);
    const keys = SETTING_KEYS.filter((key) => !flags.changed || loaded.origins[key].kind !== "default");
    if (flags.json) {
      writeJson(world, {
        path: loaded.path ?? null,
        exists: loaded.exists,
        settings: Object.fromEntries(keys.map((key) => [key, {
          value: settingJson(key, loaded.settings[key]),
          origin: originJson(loaded.origins[key]),
        }])),
      });
      return 0;
    }
    world.err(`${fileText(loaded)}\n\n`);
    const rows = keys.map((
      key,
    ) => [key, settingText(key, loaded.settings[key]), shortOrigin(loaded.origins[key])]);
    world.out(fittedTable(world, ["SETTING", "VALUE", "ORIGIN"], rows));
    return 0;
  },
});

function fileText({ path, exists }: LoadedSettings): string {
  if (path === undefined) return "No settings file (no home directory is known): defaults and environment";
  return `${cleanText(path)}${exists ? "" : " (does not exist: defaults and environment)"}`;
}
