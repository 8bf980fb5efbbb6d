/**
 * `deno task compile`: builds executables with exactly the permissions of tools/permissions.ts.
 *
 *     deno task compile                      dist/ccproxy for this machine
 *     deno task compile --target TARGET      dist/ccproxy-TARGET
 *     deno task compile --all                one file for every target of a release
 *     deno task compile --out DIR            another folder than dist
 *
 * The program is bundled first, for every route to the @std packages: `deno compile` would embed all 1.4 MB of the npm
 * re-publication where the bundle holds the modules that are used (46 KB against 1.41 MB, measured with Deno 2.9.6),
 * and the bundle is one text in which the commit can be baked.
 *
 * The task hands over `--no-lock --import-map=…` from tools/flags.ts; they go on to `deno bundle`.
 */
import { isRecord, parseJson, textAt } from "../src/wire/json.ts";
import { hostTarget, permissionFlags, systemOf, type Target, TARGETS } from "./permissions.ts";

/** What the command line asks for. */
export interface CompileOptions {
  /** undefined: this machine, under the plain name `ccproxy` */
  readonly targets: readonly Target[] | undefined;
  readonly out: string;
  /** flags for `deno bundle` that choose the route to the @std packages */
  readonly routeFlags: readonly string[];
}

/** What a build knows and the source does not. */
export interface BuildFacts {
  /** value for `COMMIT` in src/version.ts */
  readonly COMMIT: string;
  /** value for `REPOSITORY` in src/version.ts */
  readonly REPOSITORY: string;
  /** when the commit was made; it dates the embedded file, so that the same commit gives the same bytes */
  readonly committedAtMs?: number;
}

const USAGE = `usage: deno task compile [--target TARGET]... [--all] [--out DIR]\ntargets: ${
  TARGETS.join(", ")
}`;

/** Reads the words of the command line. Throws an Error whose message is for the user. */
export function readOptions(words: readonly string[]): CompileOptions {
  const targets: Target[] = [];
  const routeFlags: string[] = [];
  let out = "dist";
  let all = false;
  for (let at = 0; at < words.length; at++) {
    const [word = "", inline] = splitOnce(words[at] ?? "", "=");
    const value = () => {
      const text = inline ?? words[++at];
      if (text === undefined || text === "") throw new Error(`"${word}" needs a value\n${USAGE}`);
      return text;
    };
    if (word === "--all") all = true;
    else if (word === "--out") out = value();
    else if (word === "--target") targets.push(readTarget(value()));
    else if (word === "--no-lock") routeFlags.push(word);
    else if (word === "--import-map") routeFlags.push(`${word}=${value()}`);
    else throw new Error(`Unknown word "${words[at]}"\n${USAGE}`);
  }
  return { targets: all ? TARGETS : targets.length > 0 ? targets : undefined, out, routeFlags };
}

function readTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) throw new Error(`Unknown target "${name}"\n${USAGE}`);
  return target;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * Writes the facts of a build over the constants of src/version.ts in the bundled program, and takes the paths of the
 * building machine out of its comments.
 *
 * Throws when a constant that the program uses is not declared exactly once: a build that silently kept the defaults
 * would call itself "from source".
 */
export function bakeFacts(bundle: string, facts: BuildFacts): string {
  const defaults = { COMMIT: "source", REPOSITORY: "" };
  // The bundler names each module by its way from the output folder, through the cache of the building machine.
  let text = bundle.replace(/^\/\/ (?:\.\.\/)+.*\/(?=deno-std\/)/gm, "// ");
  for (const name of ["COMMIT", "REPOSITORY"] as const) {
    const parts = text.split(`\nvar ${name} = ${JSON.stringify(defaults[name])};\n`);
    // The bundler leaves out what the program does not use.
    if (parts.length === 1 && !new RegExp(`\\b${name}\\d*\\b`).test(text)) continue;
    if (parts.length !== 2) {
      throw new Error(`The bundle declares ${name} ${parts.length - 1} times where once was needed`);
    }
    text = parts.join(`\nvar ${name} = ${JSON.stringify(facts[name])};\n`);
  }
  return toAscii(text);
}

/**
 * The same program in ASCII. One letter beyond Latin-1 makes the engine keep two bytes for each letter of the program,
 * and one beyond ASCII a copy of it all (3 MB at rest, deno.md#ascii-program). Outside of strings, templates and
 * expressions such letters stand in comments alone.
 */
function toAscii(text: string): string {
  // deno-lint-ignore no-control-regex -- all that is not ASCII
  const [escaped] = /\\[^\x00-\x7f]/.exec(text) ?? [];
  if (escaped !== undefined) throw new Error(`The bundle has "${escaped}", which no escape can stand for`);
  // deno-lint-ignore no-control-regex -- all that is not ASCII
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * The arguments for `deno` that compile one executable. `--target` is left out for the machine at hand, because Deno
 * honours `DENORT_BIN` only then.
 */
export function compileArguments(target: Target, host: Target, entry: string, output: string): string[] {
  return [
    "compile",
    ...permissionFlags(target),
    "--no-config",
    "--no-lock",
    ...(target === host ? [] : ["--target", target]),
    "-o",
    output,
    entry,
  ];
}

/** File name of the executable. Without a target it is the name that people type. */
export function executableName(target: Target, named: boolean): string {
  return `ccproxy${named ? `-${target}` : ""}${systemOf(target) === "windows" ? ".exe" : ""}`;
}

/** What to tell a person whose machine cannot fetch Deno's runtime; undefined for any other failure. */
export function runtimeAdvice(stderr: string, target: Target, denoDir: string): string | undefined {
  if (!stderr.includes("dl.deno.land")) return undefined;
  return [
    `Deno's runtime for ${target} could not be downloaded from dl.deno.land. One of these is needed:`,
    `- a network that reaches dl.deno.land (HTTPS_PROXY is honoured)`,
    `- the downloaded file at ${denoDir}/dl/release/v${Deno.version.deno}/denort-${target}.zip`,
    `- when building for this machine: DENORT_BIN=FILE, the unpacked "denort" executable`,
  ].join("\n");
}

interface Ended {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function runCommand(program: string, words: readonly string[]): Promise<Ended> {
  try {
    const ended = await new Deno.Command(program, {
      args: [...words],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { ok: ended.success, stdout: decoder.decode(ended.stdout), stderr: decoder.decode(ended.stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { ok: false, stdout: "", stderr: `"${program}" was not found` };
  }
}

/** `owner/name` of a GitHub remote, else "". */
export function repositoryOf(remoteUrl: string): string {
  return /github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remoteUrl.trim())?.[1] ?? "";
}

async function readFacts(): Promise<BuildFacts> {
  const head = await runCommand("git", ["rev-parse", "--short=7", "HEAD"]);
  const same = await runCommand("git", ["diff", "--quiet", "HEAD"]);
  const remote = await runCommand("git", ["remote", "get-url", "origin"]);
  const seconds = await runCommand("git", ["log", "-1", "--format=%ct"]);
  return {
    COMMIT: head.ok ? head.stdout.trim() + (same.ok ? "" : "-dirty") : "unknown",
    REPOSITORY: Deno.env.get("GITHUB_REPOSITORY") ?? repositoryOf(remote.stdout),
    committedAtMs: Number(seconds.stdout) * 1000,
  };
}

async function bundleProgram(options: CompileOptions, facts: BuildFacts): Promise<string> {
  const entry = `${options.out}/main.js`;
  const bundled = await runCommand(Deno.execPath(), [
    "bundle",
    "--check",
    ...options.routeFlags,
    "-o",
    entry,
    "main.ts",
  ]);
  if (!bundled.ok) throw new Error(`deno bundle failed:\n${bundled.stderr}`);
  await Deno.writeTextFile(entry, bakeFacts(await Deno.readTextFile(entry), facts));
  const date = new Date(facts.committedAtMs ?? 0);
  await Deno.utime(entry, date, date);
  return entry;
}

/** Runs what was built, because a wrong `DENORT_BIN` gives a file that is a plain Deno. */
async function tryExecutable(path: string, facts: BuildFacts): Promise<void> {
  const tried = await runCommand(await Deno.realPath(path), ["--version"]);
  if (tried.stdout.startsWith("ccproxy ") && tried.stdout.includes(facts.COMMIT)) return;
  const found = (tried.stdout + tried.stderr).trim().split("\n")[0] ?? "";
  throw new Error(
    `"${path}" was built, but it answers "--version" with "${found}". ` +
      `Where DENORT_BIN is set it must name "denort", the runtime for executables, and not "deno"`,
  );
}

async function say(to: { write(bytes: Uint8Array): Promise<number> }, line: string): Promise<void> {
  await to.write(new TextEncoder().encode(`${line}\n`));
}

async function compile(options: CompileOptions): Promise<void> {
  const host = hostTarget();
  // Where only the runtime of another version is at hand (tools/real_executable.sh), that version must compile.
  const compiler = Deno.env.get("CCPROXY_DENO_COMPILER") ?? Deno.execPath();
  await Deno.mkdir(options.out, { recursive: true });
  const facts = await readFacts();
  const entry = await bundleProgram(options, facts);
  try {
    for (const target of options.targets ?? [host]) {
      const path = `${options.out}/${executableName(target, options.targets !== undefined)}`;
      const compiled = await runCommand(compiler, compileArguments(target, host, entry, path));
      if (!compiled.ok) {
        const info = await runCommand(Deno.execPath(), ["info", "--json", "--no-config"]);
        const found = parseJson(info.stdout);
        const denoDir = isRecord(found) ? textAt(found, "denoDir") : undefined;
        throw new Error(
          runtimeAdvice(compiled.stderr, target, denoDir ?? "$DENO_DIR") ??
            `deno compile failed:\n${compiled.stderr}`,
        );
      }
      if (target === host) await tryExecutable(path, facts);
      await say(Deno.stdout, path);
    }
  } finally {
    await Deno.remove(entry);
  }
}

if (import.meta.main) {
  try {
    await compile(readOptions(Deno.args));
  } catch (error) {
    await say(Deno.stderr, `compile: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
