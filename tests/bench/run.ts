/**
 * `deno task bench`: every lane of the program against a raw pass-through, all ratios in one run.
 *
 *   --rounds N     rounds over all lanes (default 5); medians and ranges are over rounds
 *   --quick        2 rounds of a fifth of the events: to see that it works, not to quote
 *   --only A,B     some of: steady short packed first length image large session start memory websocket held
 *   --lanes A,B    some of: raw identity opaque filtered translated aggregated (raw is always there)
 *   --json         every figure by round, as one JSON value
 *   --peers        programs of others in place of the lanes (peer_bench.ts); --rounds, --quick and --only PEER,PEER hold;
 *                  writes the table into .github/docs/performance.md unless --quick or --only leaves something out
 *
 * Lanes are measured in turn A B C A B C, because one shared machine can double any single figure while the ratios
 * of neighbours hold. Runs with all permissions: Deno gives /proc to nobody else. `CCPROXY_BIN` measures an executable in place of the source.
 */
import { createBook } from "./book.ts";
import { type LaneName, LANES, type Places, startPassThrough, startProgram } from "./candidates.ts";
import { childEnv, startChild } from "./child.ts";
import { checkAnswer } from "./check_answer.ts";
import {
  clientSocketTable,
  firstTokenTable,
  judge,
  laneTable,
  lengthTable,
  targetTable,
  trafficTable,
  transportTable,
} from "./report.ts";
import { CLIENT_NAMES } from "./socket_clients.ts";
import { ALL, LENGTHS, scenarios } from "./measurements.ts";
import { runPeers } from "./peer_bench.ts";
import { type Bench, sampleAnswer, settle, warmUp } from "./scenarios.ts";

interface Options {
  readonly rounds: number;
  /** parts of the full number of events */
  readonly size: number;
  readonly only: readonly string[] | undefined;
  readonly lanes: readonly string[] | undefined;
  readonly json: boolean;
  readonly peers: boolean;
}

function readOptions(args: readonly string[]): Options {
  const value = (name: string) => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : args[at + 1];
  };
  const quick = args.includes("--quick");
  return {
    rounds: Number(value("--rounds") ?? (quick ? 2 : 5)),
    size: quick ? 0.2 : 1,
    only: value("--only")?.split(","),
    lanes: value("--lanes")?.split(","),
    json: args.includes("--json"),
    peers: args.includes("--peers"),
  };
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

async function output(args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout);
}

/** Flags for the @std packages, and where this machine's Deno keeps what it has fetched. */
async function findPlaces(temp: string): Promise<Omit<Places, "upstreamPort">> {
  const flagsScript = new URL("../../tools/flags.ts", import.meta.url).pathname;
  const flags = await output([
    "run",
    "-q",
    "--no-config",
    "--allow-net=jsr.io",
    "--allow-env",
    flagsScript,
    "std",
  ]);
  const root = new URL("../../", import.meta.url).pathname;
  const stdFlags = flags.trim().split(" ").filter((flag) => flag !== "")
    .map((flag) => flag.replace("--import-map=", `--import-map=${root}`));
  const { denoDir }: { denoDir: string } = JSON.parse(await output(["info", "--json"]));
  return { temp, denoDir, stdFlags };
}

/** Lanes that give the right answer; the others are named with what was wrong, and left out. */
async function workingLanes(bench: Bench, wanted: readonly LaneName[]): Promise<LaneName[]> {
  const working: LaneName[] = [];
  const direct = (await sampleAnswer(bench, "direct")).body;
  for (const lane of wanted) {
    try {
      const { body, text } = await sampleAnswer(bench, lane);
      checkAnswer(lane, body, text, direct);
      working.push(lane);
    } catch (error) {
      say(`not measured: ${lane}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return working;
}

/** @returns the exit code: 1 when a lane could not be measured; a missed target is no failure of the run */
async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  if (Deno.build.os !== "linux") {
    say("The benchmark reads CPU time and memory of its servers from /proc and so runs on Linux only.\n");
    return 1;
  }
  const temp = await Deno.makeTempDir({ prefix: "ccproxy-bench-" });
  const found = await findPlaces(temp);
  const env = childEnv(temp, found.denoDir);
  const upstream = startChild("upstream.ts", env);
  const load = startChild("load.ts", env);
  const stops = [() => upstream.stop(), () => load.stop()];
  try {
    const { port } = await upstream.next<{ port: number }>();
    const places: Places = { ...found, upstreamPort: port };
    if (options.peers) {
      const { rounds, size, only } = options;
      const write = size === 1 && only === undefined;
      const part = await runPeers(upstream, places, { rounds, size, only, write, args: Deno.args }, say);
      await Deno.stdout.write(new TextEncoder().encode(part + "\n"));
      return 0;
    }
    const wanted = ALL.filter((lane) =>
      options.lanes === undefined || lane === "raw" || options.lanes.includes(lane)
    );
    const servers: Record<string, { port: number; pid: number }> = { upstream: { port, pid: upstream.pid } };
    for (const kind of new Set(wanted.map((lane) => LANES[lane].server))) {
      const server = kind === "program" ? await startProgram(places) : await startPassThrough(kind, places);
      servers[kind] = server;
      stops.push(server.stop);
    }
    const bench: Bench = { upstream, load, places, servers };
    const lanes = await workingLanes(
      bench,
      wanted.filter((lane) => servers[LANES[lane].server] !== undefined),
    );
    for (const lane of lanes) await warmUp(bench, lane, 8000 * options.size);

    const book = createBook();
    const startedMs = performance.now();
    for (const scenario of scenarios(options.size)) {
      if (options.only !== undefined && !options.only.includes(scenario.name)) continue;
      const rounds = Math.min(options.rounds, scenario.maxRounds ?? options.rounds);
      for (let round = 0; round < rounds; round++) {
        for (const lane of scenario.lanes) {
          if (lane !== "direct" && !lanes.includes(lane)) continue;
          if (Deno.stderr.isTerminal()) {
            const seconds = Math.round((performance.now() - startedMs) / 1000);
            say(`\r\x1b[K${seconds} s  ${scenario.name}  round ${round + 1} of ${rounds}  ${lane}`);
          }
          await scenario.run(bench, lane, book);
          await settle(30);
        }
      }
    }
    if (Deno.stderr.isTerminal()) say("\r\x1b[K");
    const verdicts = judge(book);
    const machine = `${navigator.hardwareConcurrency} cores, ${Deno.build.target}, Deno ${Deno.version.deno}`;
    const lengths = lanes.filter((lane) => book.values("length.100", lane).length > 0);
    const text = options.json
      ? JSON.stringify({ machine, rounds: options.rounds, figures: book.toJson(), verdicts })
      : [
        `${machine}; ${options.rounds} rounds; median (least..greatest)`,
        laneTable(book, lanes),
        trafficTable(book, lanes),
        ...lengths.length > 0 ? [lengthTable(book, lengths, LENGTHS)] : [],
        ...book.values("chain ms", "sse").length > 0
          ? [firstTokenTable(book, CLIENT_NAMES), transportTable(book), clientSocketTable(book)]
          : [],
        ...verdicts.length > 0 ? [targetTable(verdicts)] : [],
      ].join("\n\n");
    await Deno.stdout.write(new TextEncoder().encode(text + "\n"));
    return lanes.length === wanted.length ? 0 : 1;
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const stop of stops) await stop().catch(() => {});
    await Deno.remove(temp, { recursive: true }).catch(() => {});
  }
}

if (import.meta.main) Deno.exit(await main());
