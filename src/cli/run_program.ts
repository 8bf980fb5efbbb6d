/** What became of a program that was run. */
export interface ProgramRun {
  readonly code: number;
  /** what it printed, on both streams; empty for one that had the terminal */
  readonly output: string;
}

/**
 * Runs another program and waits for its end.
 *
 * @param onTerminal it gets the terminal of this program: an editor
 * @returns undefined when it is not there, or this program may not run it
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  onTerminal = false,
): Promise<ProgramRun | undefined> {
  const stream = onTerminal ? "inherit" : "piped";
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      stdin: onTerminal ? "inherit" : "null",
      stdout: stream,
      stderr: stream,
    });
    if (onTerminal) return { code: (await command.spawn().status).code, output: "" };
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    return { code, output: text.decode(stdout) + text.decode(stderr) };
  } catch (thrown) {
    const isNotOurs = thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotCapable ||
      thrown instanceof Deno.errors.PermissionDenied;
    if (isNotOurs) return undefined;
    throw thrown;
  }
}
