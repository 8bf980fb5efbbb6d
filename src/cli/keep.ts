/** The first thing that happens to a command line: everything is given back that its command does not need. */
import { loadSettings, settingsWithoutFile } from "../config/load.ts";
import { configPlace, type Place } from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import { filesToChange, filesToCheck } from "./connect/client_files.ts";
import { type Kept, keptBy, NOTHING } from "./keeps.ts";
import type { Parsed } from "./parse.ts";
import { placeOf } from "./place.ts";
import type { World } from "./world.ts";

/**
 * What a command line keeps ({@linkcode keptBy}). For it the settings are read, since they name files and hosts; where
 * they cannot be, the command itself says why, and works with the defaults if it works at all.
 */
export async function keptByLine(parsed: Parsed, world: World): Promise<Kept> {
  if (parsed.kind !== "command") return NOTHING;
  const place = placeOf(world);
  const { flags, args } = parsed.input;
  const command = parsed.command.path;
  const settings = await settingsOf(world, command, flags);
  const clients = await clientFilesOf(command, place, flags, args["client"]);
  return keptBy({ command, place, settings, flags, program: Deno.execPath(), clients });
}

/** What a command keeps of clients' files. */
export async function clientFilesOf(
  command: readonly string[],
  place: Place,
  flags: Readonly<Record<string, unknown>>,
  client: unknown,
): Promise<Partial<Kept> | undefined> {
  try {
    if (command[0] === "connect") return await filesToChange(place, client, flags);
    return command[0] === "doctor" ? await filesToCheck(place) : undefined;
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  }
}

async function settingsOf(
  world: World,
  command: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<Settings | undefined> {
  const { env, os } = placeOf(world);
  try {
    const config = typeof flags["config"] === "string" ? flags["config"] : undefined;
    const where = configPlace({ env, os }, config);
    // Flags of the same names mean settings at `serve` alone.
    const texts = command.join(" ") === "serve" ? flagTexts(flags) : {};
    const loaded = await loadSettings({ ...where, env, flags: texts }).catch((thrown) => {
      if (thrown instanceof Problem) return settingsWithoutFile(env, where.path);
      throw thrown;
    });
    return loaded.settings;
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  }
}

function flagTexts(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(flags).filter(([, value]) => ["string", "number"].includes(typeof value));
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}
