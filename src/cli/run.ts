/** From the words of the command line to an exit code. Nothing is thrown: every error ends here, in the house form. */
import { errorText } from "../error_text.ts";
import { type ExitCode, Problem, toProblem } from "../problem.ts";
import { TABLE } from "./commands.ts";
import { INTERRUPTED } from "./context.ts";
import { moreAbout } from "./help_topics/explained.ts";
import { helpText } from "./help.ts";
import { cleanJson, cleanText } from "../clean_text.ts";
import { keptByLine } from "./keep.ts";
import { type CommandTable, nextWords, parseLine } from "./parse.ts";
import { guardOutput, type World } from "./world.ts";

/** Runs one command line. */
export async function run(
  args: readonly string[],
  outside: World,
  table: CommandTable = TABLE,
): Promise<number> {
  const world = guardOutput(outside);
  try {
    const parsed = parseLine(args, table);
    world.keepOnly?.(await keptByLine(parsed, world));
    if (parsed.kind === "version") {
      world.out(`${world.version}\n`);
      return 0;
    }
    if (parsed.kind === "help") {
      world.out(helpText(table, parsed.path, { columns: world.columns, colour: world.colour.stdout }));
      return 0;
    }
    if (parsed.kind === "topic") {
      const { helpPage } = await import("./help_topics/help_page.ts");
      const style = { columns: world.columns, colour: world.colour.stdout };
      world.out(helpPage(parsed.word, style, nextWords(table, [])));
      return 0;
    }
    const code = await parsed.command.run(parsed.input, world);
    return typeof code === "object" ? code.foreign : code;
  } catch (thrown) {
    if (thrown === INTERRUPTED) return 1;
    return report(thrown, args.includes("--json"), world);
  }
}

/** Writes an error to standard error, as text or, for `--json`, as one JSON envelope. */
function report(thrown: unknown, asJson: boolean, world: World): ExitCode {
  const problem = toProblem(thrown);
  const bug = !(thrown instanceof Problem);
  const message = bug ? `${problem.message}: ${bugText(thrown)}` : problem.message;
  const hint = bug ? BUG_HINT : problem.hint;
  if (asJson) {
    const { code, param, exitCode } = problem;
    world.err(
      `${
        cleanJson(
          JSON.stringify({ error: { code, message, hint, param: param ?? null, exit_code: exitCode } }),
        )
      }\n`,
    );
    return exitCode;
  }
  const paint = (code: number, text: string) => world.colour.stderr ? `\x1b[${code}m${text}\x1b[39m` : text;
  const more = moreAbout(problem.code);
  world.err(`${paint(31, cleanText(message))}\n${paint(36, "hint:")} ${cleanText(hint)}\n`);
  if (more !== undefined) world.err(`${paint(36, "more:")} ${more}\n`);
  if (bug && world.env("CCPROXY_DEBUG") !== undefined && thrown instanceof Error) {
    world.err(`${thrown.stack ?? ""}\n`);
  }
  return problem.exitCode;
}

const BUG_HINT =
  'This is a bug in ccproxy: please report it with the command line and the output of "CCPROXY_DEBUG=1" before it';

function bugText(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${errorText(thrown)}` : String(thrown);
}
