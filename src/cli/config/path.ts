import { configPlace, settingsFile } from "../../config/paths.ts";
import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { writeJson } from "../output.ts";
import { placeOf } from "../place.ts";

/** `ccproxy config path`. */
export const configPathCommand = defineCommand({
  path: ["config", "path"],
  summary: "Print where the settings file is",
  description: "The file need not exist: without it the defaults and the environment count.",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy config path", doc: "The path alone" },
    { line: 'cat "$(ccproxy config path)"', doc: "Read it" },
  ],
  exitCodes: { 0: "Printed" },
  async run({ flags }, world): Promise<ExitCode> {
    const place = placeOf(world);
    const { explicit } = configPlace(place, flags.config);
    const path = settingsFile(place, flags.config);
    const exists = await Deno.stat(path).then(() => true, () => false);
    if (flags.json) writeJson(world, { path, exists, explicit });
    else {
      world.out(`${path}\n`);
      if (!exists && world.isTty.stdout) world.err("The file does not exist yet\n");
    }
    return 0;
  },
});
