// deno-lint-ignore-file no-console -- what it prints is what it is for
/**
 * `deno task mutate [N] [--seed S] [--only PATH] [--list]`: makes N small changes in `src` (default 20), one after
 * the other, in a copy of the checkout, and runs the tests that reach the changed file on each. A change that no
 * test notices survives and is listed: either it changes nothing that matters, or a test is missing.
 *
 * A run is told by its seed: the same seed on the same source makes the same changes. Exit code 1 when more than
 * one in twenty survives.
 */
import { type Change, findChanges } from "./mutate/find_changes.ts";
import { importsOf, orderTests } from "./mutate/order_tests.ts";

/** Nearest test files first, then more at once: most changes are noticed by the first few. */
const BATCHES = [3, 12, Infinity] as const;
/** A change may make a loop that never ends; the slowest batch of an unchanged source takes half of this. */
const BATCH_SECONDS = 900;

interface Mutant extends Change {
  readonly file: string;
  readonly line: number;
}

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly only: string;
  readonly list: boolean;
}

function readOptions(args: readonly string[]): Options {
  const value = (name: string) => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : args[at + 1];
  };
  return {
    count: Number(args.find((word, at) => /^\d+$/.test(word) && args[at - 1] !== "--seed") ?? 20),
    seed: Number(value("--seed") ?? Date.now() % 1_000_000),
    only: value("--only") ?? "src/",
    list: args.includes("--list"),
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
    if (!file.startsWith(options.only)) continue;
    for (const change of findChanges(source)) {
      const line = source.slice(0, change.at).split("\n").length;
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

/** The first test file that fails, or undefined when all pass. */
async function firstFailure(
  copy: string,
  flags: readonly string[],
  files: readonly string[],
): Promise<string | undefined> {
  const child = new Deno.Command(Deno.execPath(), {
    cwd: copy,
    args: ["test", "--no-check", "--fail-fast", "--parallel", ...flags, ...files],
    env: { NO_COLOR: "1", CCPROXY_STD: Deno.env.get("CCPROXY_STD") ?? "npm" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGTERM");
  }, BATCH_SECONDS * 1000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  if (late) return "(no end)";
  if (success) return undefined;
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return /=> \.\/(tests\/[^:]+)/.exec(text)?.[1] ?? /(tests\/[\w/]+_test\.ts) \(uncaught/.exec(text)?.[1] ??
    "(did not load)";
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
    return await run(chosen, { copy, flags: await testFlags(), sources, imports });
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** The flags of `deno task test`: changed code runs with the tests' own rights. */
async function testFlags(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  const args = ["run", "-q", "--no-config", "--allow-net=jsr.io", "--allow-env", "tools/flags.ts", "std"];
  const std = (await lines(Deno.execPath(), args)).join(" ");
  return String(tasks.test.command).replace(/\$\([^)]*\)/, std).split(" ").filter((word) =>
    word.startsWith("--")
  );
}

interface Bench {
  readonly copy: string;
  readonly flags: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

async function run(chosen: readonly Mutant[], bench: Bench): Promise<number> {
  const { copy, flags, sources, imports } = bench;
  const killers = new Map<Mutant, string>();
  const survivors: Mutant[] = [];
  for (const mutant of chosen) {
    const source = sources.get(mutant.file) ?? "";
    const changed = source.slice(0, mutant.at) + mutant.instead +
      source.slice(mutant.at + mutant.found.length);
    await Deno.writeTextFile(`${copy}/${mutant.file}`, changed);
    let killer: string | undefined;
    let rest = orderTests(mutant.file, imports);
    for (const size of BATCHES) {
      if (rest.length === 0 || killer !== undefined) break;
      killer = await firstFailure(copy, flags, rest.slice(0, size));
      rest = rest.slice(size);
    }
    await Deno.writeTextFile(`${copy}/${mutant.file}`, source);
    if (killer === undefined) survivors.push(mutant);
    else killers.set(mutant, killer);
    console.log(`${killer === undefined ? "SURVIVED" : "killed  "} ${lineOf(mutant)}  ${killer ?? ""}`);
  }
  // A test that also fails on the unchanged source has killed nothing.
  for (const killer of new Set(killers.values())) {
    if (killer.startsWith("(") || await firstFailure(copy, flags, [killer]) === undefined) continue;
    for (const [mutant, file] of killers) {
      if (file !== killer) continue;
      killers.delete(mutant);
      console.log(`NOT COUNTED ${lineOf(mutant)}: ${killer} also fails on the unchanged source`);
    }
  }
  const counted = killers.size + survivors.length;
  console.log(`${killers.size} of ${counted} changes noticed`);
  for (const mutant of survivors) console.log(`survived: ${lineOf(mutant)}`);
  return survivors.length * 20 > counted ? 1 : 0;
}

function lineOf({ file, line, kind, found, instead }: Mutant): string {
  const short = found.length > 60 ? `${found.slice(0, 57)}...` : found;
  return `${file}:${line} ${kind}: ${short.replaceAll(/\s+/g, " ")} -> ${
    instead === "" ? "nothing" : instead
  }`;
}

Deno.exit(await main());
