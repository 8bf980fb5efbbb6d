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
    if (isNotOurs(thrown)) return undefined;
    throw thrown;
  }
}

/** A program that has the terminal of this one. */
export interface StartedProgram {
  /** its exit code; 128 and the number of the signal where one ended it, as a shell tells it */
  readonly ended: Promise<number>;
}

/**
 * Starts a program with the three streams of this one, and hands signals on to it until it ends.
 *
 * The keys of a terminal send theirs to both, so that an interrupt is handed on only where there is none.
 *
 * @param env is added to the environment
 * @returns undefined when it is not there, or this program may not run it
 */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): StartedProgram | undefined {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (thrown) {
    if (isNotOurs(thrown)) return undefined;
    throw thrown;
  }
  const fromKeys = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"] as const
    : ["SIGINT", "SIGQUIT"] as const;
  const asked = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"] as const;
  const release = [...fromKeys, ...asked].map((signal) => {
    const handOn = () => {
      if (Deno.stdin.isTerminal() && fromKeys.some((known) => known === signal)) return;
      try {
        child.kill(signal);
      } catch {
        // It has just ended.
      }
    };
    Deno.addSignalListener(signal, handOn);
    return () => Deno.removeSignalListener(signal, handOn);
  });
  const ended = child.status.then(({ code }) => code).finally(() => {
    for (const give of release) give();
  });
  return { ended };
}

function isNotOurs(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotCapable ||
    thrown instanceof Deno.errors.PermissionDenied;
}
