import type { ExitCode } from "../../problem.ts";
import { cleanText } from "../../clean_text.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { lineDiff } from "../line_diff.ts";
import { createPaint } from "../output.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";
import { lineText, runLines, tellLeft } from "./run_lines.ts";
import { ownerOf, readUnit, writeUnit } from "./unit_file.ts";
import { servicePlace, serviceProgram } from "./service_place.ts";

/** `ccproxy service install`. */
export const serviceInstallCommand = defineCommand({
  path: ["service", "install"],
  summary: "Run the proxy in the background from login on",
  description:
    "Writes a unit for the systemd of this user, or an agent for launchd on macOS, and starts it. It runs this " +
    "executable with the settings file and the folders that this command uses. Running it again changes nothing, or " +
    "applies what has changed.",
  flags: {
    "dry-run": { kind: "boolean", doc: "Show the file and the commands; change nothing" },
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy service install", doc: "Install and start" },
    { line: "ccproxy service install --dry-run", doc: "See what would be done" },
  ],
  exitCodes: { 0: "Installed, or already so", 1: "Not installed, or not started" },
  run: ({ flags }, world) => install(world, flags, Deno.execPath()),
});

/** {@linkcode serviceInstallCommand} for any executable. @throws Problem */
export async function install(
  world: World,
  flags: { readonly "dry-run"?: boolean; readonly config?: string },
  executable: string,
): Promise<ExitCode> {
  const place = placeOf(world);
  const service = servicePlace(place);
  const program = serviceProgram(place, executable, flags.config);
  const after = service.text(program);
  const before = await readUnit(service.path);
  const changed = before !== undefined && before !== after;
  const paint = createPaint(world);
  world.out(`${paint("bold", cleanText(service.path))}\n`);
  for (const line of lineDiff(before ?? "", after)) {
    world.out(`${paint(line.startsWith("+") ? "green" : "red", cleanText(line))}\n`);
  }
  if (before === after) world.out("  (unchanged)\n");
  if (flags["dry-run"]) {
    const owner = await ownerOf(place.env.get("HOME") ?? "/");
    for (const line of service.start(owner, changed)) world.out(`$ ${lineText(line)}\n`);
    world.err("Nothing was changed: this was a dry run\n");
    return 0;
  }
  if (before !== after) await writeUnit(service.path, after);
  const left = await runLines(world, service.start(await ownerOf(service.path), changed));
  tellLeft(world, left);
  if (left.length > 0) return 1;
  world.err(`Installed: ccproxy runs now and from each login on; its log: ${service.log}\n`);
  if (service.manager === "systemd") {
    world.err('To run it also while nobody is logged in: "loginctl enable-linger"\n');
  }
  return 0;
}
