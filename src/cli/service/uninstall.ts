import { cleanText } from "../../clean_text.ts";
import type { ExitCode } from "../../problem.ts";
import { defineCommand } from "../command.ts";
import { placeOf } from "../place.ts";
import { lineText, runLines, tellLeft } from "./run_lines.ts";
import { servicePlace } from "./service_place.ts";
import { ownerOf, readUnit, removeUnit } from "./unit_file.ts";

/** `ccproxy service uninstall`. */
export const serviceUninstallCommand = defineCommand({
  path: ["service", "uninstall"],
  summary: "Stop the background service and remove it",
  description: "Settings, the login and the stored conversations stay.",
  flags: { "dry-run": { kind: "boolean", doc: "Show what would be done; change nothing" } },
  args: {},
  examples: [
    { line: "ccproxy service uninstall", doc: "Stop and remove" },
    { line: "ccproxy service uninstall --dry-run", doc: "See what would be done" },
  ],
  exitCodes: { 0: "Removed, or there was none", 1: "Not removed" },
  async run({ flags }, world): Promise<ExitCode> {
    const service = servicePlace(placeOf(world));
    const shown = cleanText(service.path);
    if (await readUnit(service.path) === undefined) {
      world.err(`There is no service to remove: ${shown} does not exist\n`);
      return 0;
    }
    const stop = service.stop(await ownerOf(service.path));
    if (flags["dry-run"]) {
      for (const line of stop) world.out(`$ ${lineText(line)}\n`);
      world.out(`- ${shown}\n`);
      for (const line of service.forget) world.out(`$ ${lineText(line)}\n`);
      world.err("Nothing was changed: this was a dry run\n");
      return 0;
    }
    const left = await runLines(world, stop, true);
    if (left.length > 0) {
      // Without its file the service manager could no longer be told to end it.
      tellLeft(world, left);
      world.err('Then run "ccproxy service uninstall" again, or remove the file yourself\n');
      return 1;
    }
    await removeUnit(service.path);
    tellLeft(world, await runLines(world, service.forget, true));
    world.err(`Removed ${shown}\n`);
    return 0;
  },
});
