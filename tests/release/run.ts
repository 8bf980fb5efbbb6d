/** Starts programs for the release tests and collects what they said. */

/** What an ended program left. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end in the project folder. `env` is added to the inherited environment. */
export async function run(
  program: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const ended = await new Deno.Command(program, {
    args: [...words],
    stdin: "null",
    env: { NO_COLOR: "1", NO_PROXY: "127.0.0.1,localhost", ...env },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: ended.code,
    stdout: decoder.decode(ended.stdout),
    stderr: decoder.decode(ended.stderr),
  };
}

/** Runs the same Deno that runs the tests. */
export function runDeno(words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return run(Deno.execPath(), words, env);
}

/** True when `program` can be started here. */
export async function hasProgram(program: string): Promise<boolean> {
  try {
    await run(program, ["--version"]);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Hands a fresh folder to `use` and removes it afterwards. */
export async function withTempDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "ccproxy-release-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
