/**
 * `deno task soak`: a program that serves a modest mixed load with faults for an hour stays as it is.
 *
 *   --minutes N    how long (default 60)
 *   --clients N    clients at once (default 6)
 *   --seed N       of the load (default 1)
 *
 * Prints a line for each minute and a verdict for memory, descriptors and event-loop delay; ends with 1 when one of
 * them is not flat, when a client was forgotten, or when something is left open at the end. The first quarter is
 * warm-up: caches fill, the compiler works. `CCPROXY_BIN` soaks an executable instead of the source. Linux only, with
 * all permissions: Deno gives /proc to nobody else.
 */
import { rssKib } from "../bench/proc_stat.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { createRandom } from "../fuzz/random.ts";
import { type Program, startProgram } from "../program.ts";
import { createSoakAnswer, runClient, type Tally } from "./load.ts";
import { judge, medianOf, type Sample } from "./verdict.ts";

const SAMPLE_MS = 5000;
const WARM_UP = 0.25;
/** Descriptors of idle connections and the like that may be open at the end beyond those of the start. */
const LEFT_OPEN = 16;
const CONFIG = "[limits]\nheader_timeout_seconds = 1\nidle_timeout_seconds = 2\n";

function optionOf(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(name);
  return at === -1 ? otherwise : Number(Deno.args[at + 1]);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function gauge(program: Program, name: string): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

async function descriptorsOf(pid: number): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) count++;
  return count;
}

async function takeSample(program: Program, startMs: number): Promise<Sample> {
  return {
    atMs: performance.now() - startMs,
    rssBytes: await rssKib(program.pid) * 1024,
    descriptors: await descriptorsOf(program.pid),
    loopDelayMs: await gauge(program, "ccproxy_event_loop_delay_seconds") * 1000,
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Samples until the time is over; a line for each minute. */
async function watch(program: Program, minutes: number, tally: Tally): Promise<Sample[]> {
  const startMs = performance.now();
  const samples: Sample[] = [];
  print("| minute | complete | failed | left | memory MB | descriptors | event-loop delay ms |");
  print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (let minute = 1; minute <= Math.ceil(minutes); minute++) {
    const endMs = Math.min(minute, minutes) * 60_000;
    const from = samples.length;
    while (performance.now() - startMs < endMs) {
      await wait(Math.min(SAMPLE_MS, Math.max(1, endMs - (performance.now() - startMs))));
      samples.push(await takeSample(program, startMs));
    }
    const last = samples.slice(from);
    const of = (pick: (sample: Sample) => number) => medianOf(last.map(pick)).toFixed(0);
    const worst = Math.max(...last.map(({ loopDelayMs }) => loopDelayMs)).toFixed(0);
    const { complete, failed, left } = tally;
    print(
      `| ${minute} | ${complete} | ${failed} | ${left} | ${of(({ rssBytes }) => rssBytes / 1e6)} | ` +
        `${of(({ descriptors }) => descriptors)} | ${worst} |`,
    );
  }
  return samples;
}

/** True when everything is flat and nothing is left. */
async function soak(): Promise<boolean> {
  const minutes = optionOf("--minutes", 60);
  const clients = optionOf("--clients", 6);
  const seed = optionOf("--seed", 1);
  await using backend = await startFakeBackend();
  await using program = await startProgram({ backend, config: CONFIG });
  const before = await descriptorsOf(program.pid);
  backend.setDefault(createSoakAnswer(createRandom(seed)));
  const tally: Tally = { complete: 0, failed: 0, left: 0, forgotten: [] };
  const over = new AbortController();
  const running = Array.from(
    { length: clients },
    (_, index) => runClient(program.url, `soak-${index}`, createRandom(seed + 1 + index), tally, over.signal),
  );
  // What the fake has received is of no use here, and an hour of it would fill this process.
  const forget = setInterval(() => void (backend.requests.length = 0), SAMPLE_MS);
  const samples = await watch(program, minutes, tally);
  over.abort();
  await Promise.all(running);
  clearInterval(forget);
  // The program has this long to let go of what the last clients left behind.
  await wait(5000);
  const places = await gauge(program, "ccproxy_requests_running") - 1;
  const open = await descriptorsOf(program.pid) - before;
  const trends = judge(samples.slice(Math.floor(samples.length * WARM_UP)));
  print("");
  for (const { figure, median, growth, tolerance, isFlat } of trends) {
    const sign = growth < 0 ? "" : "+";
    print(
      `${isFlat ? "flat" : "NOT FLAT"}: ${figure}: median ${median.toFixed(1)}, ${sign}${
        growth.toFixed(1)
      } over ` +
        `the time after the warm-up; up to ${tolerance.toFixed(1)} counts as flat`,
    );
  }
  const { code, stderr } = await program.stop();
  const bugs = stderr.split("\n").filter((line) => /internal error|unhandled/.test(line));
  const rest = [
    ...places === 0 ? [] : [`${places} requests are still running`],
    ...open <= LEFT_OPEN ? [] : [`${open} more descriptors are open than at the start`],
    ...tally.forgotten.map((lane) => `a client was forgotten on lane ${lane}`).slice(0, 10),
    ...code === 0 ? [] : [`the program ended with ${code}`],
    ...bugs.slice(0, 3).map((line) => `the log says: ${line}`),
  ];
  rest.forEach((text) => print(`NOT CLEAN: ${text}`));
  const isGood = rest.length === 0 && trends.every(({ isFlat }) => isFlat);
  print(isGood ? "The soak is flat and clean." : "The soak is not flat, or not clean.");
  return isGood;
}

if (!await soak()) Deno.exitCode = 1;
