/** Real clients that are programs of their own: run in a home of their own, with nothing of this machine's. */
import type { CaseResult, Stage } from "./client.ts";

/** How a client's process ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface ProcessOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** Runs a program to its end, with `HOME` as its folder; the network beyond loopback is a closed door. */
export async function runProcess(
  file: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<Ended> {
  const child = new Deno.Command(file, {
    args: [...args],
    cwd: options.home,
    clearEnv: true,
    env: {
      HOME: options.home,
      PATH: Deno.env.get("PATH") ?? "",
      TERM: "dumb",
      NO_COLOR: "1",
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
      HTTPS_PROXY: "http://127.0.0.1:9",
      https_proxy: "http://127.0.0.1:9",
      ...options.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.limitMs ?? 60_000);
  try {
    const { code, stdout, stderr } = await child.output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

/** A case that is written here rather than in a script of the client. */
export interface OwnCase {
  readonly name: string;
  /** throws when it fails; gives a reason when it cannot be run here */
  run(home: string): Promise<string | undefined | void>;
}

/** Runs such cases, each in a fresh home. */
export async function* runCases(
  client: string,
  cases: readonly OwnCase[],
  stage: Stage,
): AsyncGenerator<CaseResult> {
  for (const { name, run } of cases) {
    if (!new RegExp(stage.cases).test(name)) continue;
    const label = `${client}: ${name}`;
    const home = await Deno.makeTempDir({ prefix: "ccproxy-client-" });
    try {
      const reason = await run(home);
      yield typeof reason === "string"
        ? { name: label, result: "skipped", detail: reason }
        : { name: label, result: "passed" };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      yield { name: label, result: "failed", detail: detail.slice(0, 3000) };
    } finally {
      await Deno.remove(home, { recursive: true }).catch(() => {});
    }
  }
}
