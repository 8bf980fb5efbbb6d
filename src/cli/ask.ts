import type { World } from "./world.ts";

/**
 * Asks a question on the terminal; only "y" and "yes" mean yes. The question goes to standard error, since standard
 * output may be read by a program.
 *
 * @returns undefined where nobody can be asked: standard input or standard error is not a terminal
 */
export async function confirm(world: World, question: string): Promise<boolean | undefined> {
  if (!world.isTty.stdin || !world.isTty.stderr) return undefined;
  world.err(`${question} [y/N] `);
  const answer = await world.readLine();
  if (answer === undefined) world.err("\n");
  return /^\s*y(es)?\s*$/i.test(answer ?? "");
}
