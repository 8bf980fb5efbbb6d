/** The process behind tests/program.ts: command line, packages, output. */
import { hostTarget, permissionFlags } from "../tools/permissions.ts";
import { record } from "./transcript.ts";

/** How a run ended. */
export interface RunResult {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL("../", import.meta.url);

/** Where this Deno keeps its packages: the fresh home has none. */
export function denoDir(): string | undefined {
  const given = Deno.env.get("DENO_DIR");
  if (given !== undefined) return given;
  const home = Deno.env.get("HOME") ?? "";
  if (Deno.build.os === "windows") return `${Deno.env.get("LOCALAPPDATA")}\\deno`;
  if (Deno.build.os === "darwin") return `${home}/Library/Caches/deno`;
  return `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/deno`;
}

/** The command line before the program's own arguments. */
export function programCommand(): { readonly file: string; readonly args: readonly string[] } {
  const bin = Deno.env.get("CCPROXY_BIN");
  if (bin !== undefined) return { file: bin, args: [] };
  return {
    file: Deno.execPath(),
    args: [
      "run",
      "--cached-only",
      ...stdFlags(),
      ...permissionFlags(hostTarget()),
      new URL("main.ts", root).href,
    ],
  };
}

/** The same route to @std as the tests themselves run with: the import map, or none. */
function stdFlags(): string[] {
  const viaMap = import.meta.resolve("@std/toml/parse").startsWith("file:");
  return viaMap ? ["--no-lock", `--import-map=${new URL("tools/std/import_map.json", root).href}`] : [];
}

let cached: Promise<void> | undefined;

/** Fetches the program's packages once, in the caller's environment: the program's own has no way to a registry. */
function cachePackages(): Promise<void> {
  if (Deno.env.get("CCPROXY_BIN") !== undefined) return Promise.resolve();
  return cached ??= (async () => {
    const args = ["cache", "-q", ...stdFlags(), new URL("main.ts", root).href];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output();
    if (!success) throw new Error(`deno cache main.ts failed:\n${new TextDecoder().decode(stderr)}`);
  })();
}

/** A process of the program. */
export interface Running {
  readonly pid: number;
  readonly status: Promise<RunResult>;
  stdout(): string;
  stderr(): string;
  stderrUntil(pattern: RegExp): Promise<string>;
  kill(signal?: Deno.Signal): void;
  stop(): Promise<RunResult>;
}

/** Starts the program in exactly this environment and gathers what it prints. */
export async function spawn(
  args: readonly string[],
  env: Record<string, string>,
  stdin?: string,
  descriptors?: number,
): Promise<Running> {
  await cachePackages();
  const command = descriptors === undefined ? programCommand() : limited(programCommand(), descriptors);
  const child = new Deno.Command(command.file, {
    args: [...command.args, ...args],
    clearEnv: true,
    env,
    stdin: stdin === undefined || stdin === "" ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const label = args.filter((arg) => !arg.startsWith("/")).join(" ");
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  if (stdin !== undefined && stdin !== "") {
    const writer = child.stdin.getWriter();
    // A program that ends without reading its input breaks the pipe; that is its right.
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const status = (async () => {
    const { code, signal } = await child.status;
    const [stdout, stderr] = await Promise.all([out.whole, err.whole]);
    record(`${label} stdout`, stdout);
    record(`${label} stderr`, stderr);
    return { code, signal, stdout, stderr };
  })();
  let over = false;
  status.then(() => over = true);
  const kill = (signal: Deno.Signal = "SIGTERM") => {
    if (!over) child.kill(signal);
  };
  return {
    pid: child.pid,
    status,
    stdout: out.text,
    stderr: err.text,
    stderrUntil: err.until,
    kill,
    async stop() {
      kill("SIGTERM");
      const timer = setTimeout(() => kill("SIGKILL"), 10_000);
      try {
        return await status;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** The same command in a shell that may open so many files: Deno raises the soft limit to the hard one. */
function limited(command: ReturnType<typeof programCommand>, descriptors: number) {
  const script = `ulimit -n ${descriptors} && exec "$0" "$@"`;
  return { file: "/bin/sh", args: ["-c", script, command.file, ...command.args] };
}

/** Gathers a stream as text. */
function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let text = "";
  let over = false;
  let more = Promise.withResolvers<void>();
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers<void>();
  };
  const whole = (async () => {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text += piece;
      wake();
    }
    over = true;
    wake();
    return text;
  })();
  return {
    whole,
    text: () => text,
    async until(pattern: RegExp) {
      for (;;) {
        if (pattern.test(text)) return text;
        if (over) throw new Error(`The program ended without ${pattern} in its output:\n${text}`);
        await more.promise;
      }
    },
  };
}
