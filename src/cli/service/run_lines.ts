import { Problem } from "../../problem.ts";
import { wordSh } from "../../quote.ts";
import type { World } from "../world.ts";
import type { CommandLine } from "./service_place.ts";

/** A command line as a person types it. */
export function lineText(line: CommandLine): string {
  return line.map(wordSh).join(" ");
}

/**
 * Runs command lines one after the other.
 *
 * @param lenient goes on after one that fails: what it was to end may have ended already
 * @returns those that are left for the person, where this program may not run them or they are not there
 * @throws Problem file for one that failed, with what it said
 */
export async function runLines(
  world: World,
  lines: readonly CommandLine[],
  lenient = false,
): Promise<readonly CommandLine[]> {
  for (const [at, line] of lines.entries()) {
    const [program, ...args] = line;
    const ran = await world.runProgram(program, args);
    if (ran === undefined) return lines.slice(at);
    if (ran.code === 0 || lenient) continue;
    throw new Problem("service_failed", `"${lineText(line)}" ended with ${ran.code}: ${ran.output.trim()}`);
  }
  return [];
}

/** Says what is left to do, when this program could not do it. */
export function tellLeft(world: World, left: readonly CommandLine[]): void {
  if (left.length === 0) return;
  world.err("This program may not run these here; run them yourself:\n");
  for (const line of left) world.err(`  ${lineText(line)}\n`);
}
