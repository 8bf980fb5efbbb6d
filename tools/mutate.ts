// deno-lint-ignore-file no-console -- what it prints is what it is for
/**
 * `deno task mutate [N] [--seed S] [--only PATH] [--nearest FILES] [--list]`: makes N small changes in `src` (default
 * 20), one after the other, in a copy of the checkout, and runs the tests that reach the changed file on each. A
 * change that no test notices survives and is listed: either it changes nothing that matters, or a test is missing.
 *
 * - `--only PATH`: only in files whose path begins so, such as `src/sse/`; or in one line, `src/sse/encode.ts:12`
 * - `--nearest FILES`: runs no more than that many test files on a change, the nearest; quick, and never too kind
 * - `--list`: shows the changes without running a test
 * - `--seed S`: the same seed on the same source makes the same changes
 *
 * Exit code 1 when more than one in twenty survives.
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Change, findChanges } from "./mutate/find_changes.ts";
import { importsOf, orderTests } from "./mutate/order_tests.ts";

/**
 * Nearest test files first, then more at once: most changes are noticed by the first few. A change may make a loop
 * that never ends, so that each batch has a limit, several times what it takes on an unchanged source.
 */
const BATCHES = [
  { files: 3, seconds: 120 },
  { files: 12, seconds: 300 },
  { files: Infinity, seconds: 1200 },
] as const;

interface Mutant extends Change {
  readonly file: string;
  readonly line: number;
}

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly only: string;
  readonly nearest: number;
  readonly list: boolean;
}

/** What came of a change. */
type Outcome =
  | { readonly kind: "noticed"; readonly by: string }
  | { readonly kind: "survived" }
  /** no program any more, or one that the type checker refuses: nobody could make this change by mistake */
  | { readonly kind: "refused"; readonly by: string };

function readOptions(args: string[]): Options {
  const found = parseArgs(args, {
    string: ["seed", "only", "nearest"],
    boolean: ["list"],
    unknown: (word, key) => {
      if (key !== undefined) throw new Error(`unknown flag ${word}`);
      return true;
    },
  });
  const number = (name: string, text: unknown, otherwise: number) => {
    if (text === undefined) return otherwise;
    if (/^\d+$/.test(String(text))) return Number(text);
    throw new Error(`${name} is "${text}", not a whole number`);
  };
  return {
    count: number("N", found._[0], 20),
    seed: number("--seed", found["seed"], Date.now() % 1_000_000),
    only: String(found["only"] ?? "src/"),
    nearest: number("--nearest", found["nearest"], Infinity),
    list: found["list"] === true,
  };
}

async function lines(command: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command(command, { args: [...args], stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32, public domain). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** N changes, as many of each kind as the numbers give, and never the same place twice. */
function choose(sources: ReadonlyMap<string, string>, options: Options): Mutant[] {
  const byKind = new Map<string, Mutant[]>();
  for (const [file, source] of sources) {
    const [, path = options.only, onlyLine] = /^(.*\.ts):(\d+)$/.exec(options.only) ?? [];
    if (!file.startsWith(path)) continue;
    for (const change of findChanges(source)) {
      const line = source.slice(0, change.at).split("\n").length;
      if (onlyLine !== undefined && line !== Number(onlyLine)) continue;
      const mutants = byKind.get(change.kind);
      const mutant = { ...change, file, line };
      if (mutants === undefined) byKind.set(change.kind, [mutant]);
      else mutants.push(mutant);
    }
  }
  const kinds = [...byKind.values()];
  const next = numbersFrom(options.seed);
  const chosen: Mutant[] = [];
  while (chosen.length < options.count && kinds.some((mutants) => mutants.length > 0)) {
    const mutants = kinds[Math.floor(next() * kinds.length)] ?? [];
    if (mutants.length === 0) continue;
    chosen.push(...mutants.splice(Math.floor(next() * mutants.length), 1));
  }
  return chosen;
}

/** The copy of the checkout that is changed, and what is known about the checkout. */
interface Bench {
  readonly copy: string;
  readonly testFlags: readonly string[];
  readonly checkFlags: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

async function runDeno(
  { copy }: Bench,
  args: readonly string[],
  seconds: number,
): Promise<{ readonly success: boolean; readonly isLate: boolean; readonly text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    cwd: copy,
    args: [...args],
    env: { NO_COLOR: "1", CCPROXY_STD: Deno.env.get("CCPROXY_STD") ?? "npm" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGTERM");
  }, seconds * 1000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  return { success, isLate, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** The first test file that fails. */
async function runTests(bench: Bench, files: readonly string[], seconds: number): Promise<Outcome> {
  const args = ["test", "--no-check", "--fail-fast", "--parallel", ...bench.testFlags, ...files];
  const { success, isLate, text } = await runDeno(bench, args, seconds);
  if (isLate) return { kind: "noticed", by: "(no end)" };
  if (success) return { kind: "survived" };
  const test = /=> \.\/(tests\/[^:]+)/.exec(text)?.[1] ??
    /(tests\/[\w/]+_test\.ts) \(uncaught/.exec(text)?.[1];
  if (test !== undefined && !/SyntaxError: .*\n\s+at file:/.test(text)) return { kind: "noticed", by: test };
  if (/could not be parsed|SyntaxError: /.test(text)) return { kind: "refused", by: "(no program)" };
  return { kind: "noticed", by: test ?? `(${/^error: (.*)/m.exec(text)?.[1] ?? "did not load"})` };
}

async function tryMutant(mutant: Mutant, bench: Bench, nearest: number): Promise<Outcome> {
  let rest = orderTests(mutant.file, bench.imports).slice(0, nearest);
  for (const { files, seconds } of BATCHES) {
    if (rest.length === 0) break;
    const outcome = await runTests(bench, rest.slice(0, files), seconds);
    if (outcome.kind !== "survived") return outcome;
    rest = rest.slice(files);
  }
  const { success } = await runDeno(bench, ["check", ...bench.checkFlags, mutant.file], 600);
  return success ? { kind: "survived" } : { kind: "refused", by: "(types)" };
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  const tracked = await lines("git", ["ls-files", "-co", "--exclude-standard"]);
  const sources = new Map<string, string>();
  for (const path of tracked) {
    if (/^(src|tests|tools)\/.*\.ts$|^main\.ts$/.test(path)) sources.set(path, await Deno.readTextFile(path));
  }
  const chosen = choose(new Map([...sources].filter(([path]) => path.startsWith("src/"))), options);
  console.log(`${chosen.length} changes, seed ${options.seed}`);
  if (options.list) {
    for (const mutant of chosen) console.log(lineOf(mutant));
    return 0;
  }
  const imports = new Map([...sources].map(([path, source]) => [path, importsOf(path, source)]));
  const copy = await Deno.makeTempDir({ prefix: "ccproxy-mutate-" });
  try {
    for (const path of tracked) {
      await Deno.mkdir(`${copy}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(path, `${copy}/${path}`);
    }
    return await run(chosen, options, { copy, ...await flagsOf(), sources, imports });
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** The flags of `deno task test`, so that changed code runs with the tests' own rights, and those for the checker. */
async function flagsOf(): Promise<Pick<Bench, "testFlags" | "checkFlags">> {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  const args = ["run", "-q", "--no-config", "--allow-net=jsr.io", "--allow-env", "tools/flags.ts", "std"];
  const std = (await lines(Deno.execPath(), args)).join(" ").split(" ").filter((word) => word !== "");
  const rights = String(tasks.test.command).replace(/\$\([^)]*\)/, "").split(" ");
  return { testFlags: [...std, ...rights.filter((word) => word.startsWith("--"))], checkFlags: std };
}

async function run(chosen: readonly Mutant[], options: Options, bench: Bench): Promise<number> {
  const outcomes = new Map<Mutant, Outcome>();
  for (const mutant of chosen) {
    const source = bench.sources.get(mutant.file) ?? "";
    const path = `${bench.copy}/${mutant.file}`;
    await Deno.writeTextFile(
      path,
      source.slice(0, mutant.at) + mutant.instead + source.slice(mutant.at + mutant.found.length),
    );
    const outcome = await tryMutant(mutant, bench, options.nearest);
    await Deno.writeTextFile(path, source);
    outcomes.set(mutant, outcome);
    const by = outcome.kind === "survived" ? "" : `  ${outcome.by}`;
    console.log(
      `${outcomes.size}/${chosen.length} ${outcome.kind.toUpperCase().padEnd(8)} ${lineOf(mutant)}${by}`,
    );
  }
  await takeBack(outcomes, bench);
  const survivors = [...outcomes].filter(([, { kind }]) => kind === "survived").map(([mutant]) => mutant);
  const counted = [...outcomes.values()].filter(({ kind }) => kind !== "refused").length;
  console.log(`${counted - survivors.length} of ${counted} changes noticed, seed ${options.seed}`);
  for (const mutant of survivors) console.log(`survived: ${lineOf(mutant)}`);
  return survivors.length * 20 > counted ? 1 : 0;
}

/** Takes changes out of the count whose test also fails on the unchanged source: it has noticed nothing. */
async function takeBack(outcomes: Map<Mutant, Outcome>, bench: Bench): Promise<void> {
  const noticed = [...outcomes].flatMap(([mutant, outcome]) =>
    outcome.kind === "noticed" && !outcome.by.startsWith("(") ? [{ mutant, by: outcome.by }] : []
  );
  for (const test of new Set(noticed.map(({ by }) => by))) {
    if ((await runTests(bench, [test], BATCHES[2].seconds)).kind === "survived") continue;
    for (const { mutant, by } of noticed) {
      if (by !== test) continue;
      outcomes.set(mutant, { kind: "refused", by });
      console.log(`not counted: ${lineOf(mutant)}: ${by} also fails on the unchanged source`);
    }
  }
}

function lineOf({ file, line, kind, found, instead }: Mutant): string {
  const short = found.length > 60 ? `${found.slice(0, 57)}...` : found;
  return `${file}:${line} ${kind}: ${short.replaceAll(/\s+/g, " ")} -> ${
    instead === "" ? "nothing" : instead
  }`;
}

Deno.exit(await main());
