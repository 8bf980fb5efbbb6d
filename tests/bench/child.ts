/** Processes of the benchmark: always the deno binary itself, so that a signal and a process id mean that process. */
import { readLines } from "./lines.ts";

/** A running process that speaks one JSON value per line. */
export interface Child {
  readonly pid: number;
  /** Writes one value to its stdin. */
  send(value: unknown): Promise<void>;
  /** The next value it writes. Rejects when it ends instead. */
  next<T>(): Promise<T>;
  stop(): Promise<void>;
}

/**
 * Environment of every process: its own proxy variables would send loopback requests to a real proxy. An executable
 * needs `PATH` to find itself.
 */
export function childEnv(home: string, denoDir: string): Record<string, string> {
  return {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "",
    DENO_DIR: denoDir,
    NO_PROXY: "127.0.0.1,localhost",
    NO_COLOR: "1",
  };
}

/** Starts a script of this folder that reads commands from stdin. */
export function startChild(script: string, env: Record<string, string>): Child {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-lock",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-read",
      new URL(script, import.meta.url).pathname,
    ],
    clearEnv: true,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  const lines = readLines(process.stdout);
  return {
    pid: process.pid,
    send: (value) => writer.write(new TextEncoder().encode(JSON.stringify(value) + "\n")),
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error(`${script} ended before it answered`);
      return JSON.parse(line.value);
    },
    async stop() {
      await writer.close();
      process.kill("SIGKILL");
      await process.status;
      await lines.return(undefined);
    },
  };
}
