import { type ExitCode, Problem } from "../../problem.ts";
import { changeSettings } from "../change_settings.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";

/** `ccproxy config codex --enable | --disable`. */
export const configCodexCommand = defineCommand({
  path: ["config", "codex"],
  summary: "Switch the Codex provider on or off",
  description: "While it is off, its routes answer 503 and name the command that switches it on.",
  flags: {
    enable: { kind: "boolean", off: "disable", doc: "Answer requests, or refuse them" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy config codex --enable", doc: "Switch it on" },
    { line: "ccproxy config codex --disable", doc: "Switch it off; a running server follows at once" },
  ],
  exitCodes: { 0: "Written, or already so", 1: "The file cannot be written" },
  async run({ flags }, world): Promise<ExitCode> {
    if (flags.enable === undefined) {
      throw new Problem("usage", 'one of "--enable" and "--disable" must be given', {
        hint: 'Run "ccproxy config codex --enable", or "ccproxy config show" to see the settings',
      });
    }
    await changeSettings(world, flags, [{ key: "codex.enabled", value: flags.enable }]);
    return 0;
  },
});
