/**
 * What is measured, one function for each kind of figure. Every function makes one measurement of one lane; run.ts
 * calls them in turn, lane after lane, round after round.
 */
import type { Child } from "./child.ts";
import {
  type LaneName,
  LANES,
  type Places,
  type Server,
  startPassThrough,
  startProgram,
} from "./candidates.ts";
import type { Load, LoadResult } from "./load.ts";
import { cpuMs, rssKib } from "./proc_stat.ts";
import { type Plan, SHORT_ANSWER } from "./script.ts";

/** The processes of a run. */
export interface Bench {
  readonly upstream: Child;
  readonly load: Child;
  readonly places: Places;
  /** the long-lived servers, by {@linkcode LANES} `server`; `upstream` itself has only a port */
  readonly servers: Readonly<Record<string, { port: number; pid: number }>>;
}

/** CPU and time of one measured window. */
export interface Window {
  /** CPU of the server, in microseconds for each upstream event */
  readonly cpuUs: number;
  readonly wallMs: number;
}

const SAY = ["Say something about proxies"];

/**
 * Says how the upstream answers from now on.
 *
 * @returns what it will answer, and the size of the last request's body that it took
 */
export async function setPlan(
  bench: Bench,
  plan: Plan,
): Promise<{ events: number; text: string; lastAskBytes: number }> {
  await bench.upstream.send({ plan });
  return await bench.upstream.next();
}

function loadOf(lane: LaneName, port: number, connections: number, requests: number): Load {
  const { path, headers, body } = LANES[lane];
  return { port, path, headers, body: JSON.stringify(body(SAY)), connections, requests, keepBody: false };
}

/** Port of the server that answers a lane. */
export function portOf(bench: Bench, lane: LaneName): number {
  return bench.servers[LANES[lane].server]?.port ?? 0;
}

function pidOf(bench: Bench, lane: LaneName): number {
  return bench.servers[LANES[lane].server]?.pid ?? 0;
}

/** Makes requests. @throws Error when not all of them ended well */
export async function runLoad(bench: Bench, lane: LaneName, load: Load): Promise<LoadResult> {
  await bench.load.send(load);
  return judged(lane, load, await bench.load.next<LoadResult>());
}

function judged(lane: LaneName, load: Load, result: LoadResult): LoadResult {
  const wanted = load.connections * load.requests;
  if (result.done === wanted) return result;
  throw new Error(`${lane}: ${result.done} of ${wanted} requests ended well: ${result.failure}`);
}

/** Opens streams up to the gate of the plan, and calls `measure` with them open; then lets them run to their end. */
async function behindGate<T>(
  bench: Bench,
  lane: LaneName,
  load: Load,
  measure: (finish: () => Promise<LoadResult>) => Promise<T>,
): Promise<T> {
  await bench.load.send(load);
  const result = bench.load.next<LoadResult>();
  const opened = bench.upstream.next<{ opened: number }>();
  const early = await Promise.race([opened.then(() => undefined), result]);
  if (early !== undefined) judged(lane, { ...load, requests: Infinity }, early);
  return await measure(async () => {
    await bench.upstream.send({ go: true });
    await bench.upstream.next();
    return judged(lane, load, await result);
  });
}

/** CPU for each event once `streams` streams are open: requests and connections are not counted. */
export async function openStreams(
  bench: Bench,
  lane: LaneName,
  plan: Plan,
  streams: number,
  requests = 1,
): Promise<Window> {
  const { events } = await setPlan(bench, { ...plan, gate: streams });
  const pid = pidOf(bench, lane);
  return await behindGate(
    bench,
    lane,
    loadOf(lane, portOf(bench, lane), streams, requests),
    async (finish) => {
      await settle(200);
      const [beforeMs, startMs] = [await cpuMs(pid), performance.now()];
      await finish();
      const wallMs = performance.now() - startMs;
      return { cpuUs: (await cpuMs(pid) - beforeMs) * 1000 / (events * streams * requests), wallMs };
    },
  );
}

/** Whole requests, as many at once as there are connections. */
export async function wholeRequests(
  bench: Bench,
  lane: LaneName,
  plan: Plan,
  connections: number,
  requests: number,
): Promise<
  Window & { cpuUsPerRequest: number; requestsPerSecond: number; firstByteMs: number; totalMs: number }
> {
  const { events } = await setPlan(bench, plan);
  const pid = pidOf(bench, lane);
  const beforeMs = await cpuMs(pid);
  const result = await runLoad(bench, lane, loadOf(lane, portOf(bench, lane), connections, requests));
  const usedUs = (await cpuMs(pid) - beforeMs) * 1000;
  return {
    cpuUs: usedUs / (result.done * events),
    cpuUsPerRequest: usedUs / result.done,
    wallMs: result.wallMs,
    requestsPerSecond: result.done * 1000 / result.wallMs,
    firstByteMs: result.firstByteMs,
    totalMs: result.totalMs,
  };
}

/** Time of requests with a large body, one after the other, in milliseconds each. */
export async function largeRequest(bench: Bench, lane: LaneName, texts: readonly string[]): Promise<number> {
  await setPlan(bench, SHORT_ANSWER);
  const file = `${bench.places.temp}/large-${lane}.json`;
  await Deno.writeTextFile(file, JSON.stringify(LANES[lane].body(texts)));
  const load = { ...loadOf(lane, portOf(bench, lane), 1, 3), body: { file } };
  return (await runLoad(bench, lane, load)).totalMs;
}

/** The answer of one request as the client sees it, and the text that the upstream sent. */
export async function sampleAnswer(bench: Bench, lane: LaneName): Promise<{ body: string; text: string }> {
  const { text } = await setPlan(bench, { ...SHORT_ANSWER, deltas: 40, packing: 3 });
  const result = await runLoad(bench, lane, { ...loadOf(lane, portOf(bench, lane), 1, 1), keepBody: true });
  return { body: result.body ?? "", text };
}

/**
 * Enough that V8 has compiled what it will compile: about 30,000 events, and `requests` requests, whose CPU still
 * falls by a quarter over the first few thousand.
 */
export async function warmUp(bench: Bench, lane: LaneName, requests: number): Promise<void> {
  await setPlan(bench, SHORT_ANSWER);
  await runLoad(bench, lane, loadOf(lane, portOf(bench, lane), 8, Math.ceil(requests / 8)));
  await setPlan(bench, { ...SHORT_ANSWER, deltas: 1000, packing: 1 });
  await runLoad(bench, lane, loadOf(lane, portOf(bench, lane), 8, 4));
}

/** Memory of a fresh, warm process. All in KiB of resident memory. */
export interface Memory {
  readonly idle: number;
  /** with so many streams open, each having carried eight deltas */
  readonly open: Readonly<Record<number, number>>;
}

/** Runs `measure` with a server of its own for this lane, already warm. */
async function withFreshServer<T>(
  bench: Bench,
  lane: LaneName,
  measure: (own: Bench) => Promise<T>,
): Promise<T> {
  const kind = LANES[lane].server;
  const server: Server = kind === "program"
    ? await startProgram(bench.places)
    : await startPassThrough(kind, bench.places);
  try {
    const own = { ...bench, servers: { [kind]: server } };
    await warmUp(own, lane, 400);
    return await measure(own);
  } finally {
    await server.stop();
  }
}

/** Resident memory with none, 200 and 1,000 streams open. */
export async function memory(bench: Bench, lane: LaneName, counts: readonly number[]): Promise<Memory> {
  return await withFreshServer(bench, lane, async (own) => {
    const pid = pidOf(own, lane);
    await settle(500);
    const idle = await rssKib(pid);
    const open: Record<number, number> = {};
    for (const streams of counts) {
      await setPlan(own, { ...SHORT_ANSWER, deltas: 9, packing: 1, gate: streams, gateAt: 9 });
      await behindGate(own, lane, loadOf(lane, portOf(own, lane), streams, 1), async (finish) => {
        await settle(500);
        open[streams] = await rssKib(pid);
        await finish();
      });
    }
    return { idle, open };
  });
}

/**
 * What 40 streams keep in memory after each has carried `deltas`, and how much text they have carried by then, in
 * KiB. Measured in a second pass, so that garbage of the first is not counted.
 */
export async function heldMemory(
  bench: Bench,
  lane: LaneName,
  deltas: number,
): Promise<{ heldKib: number; textKib: number }> {
  const streams = 40;
  const plan: Plan = { ...SHORT_ANSWER, deltas, packing: 64, gate: streams, gateAt: Math.floor(deltas / 64) };
  return await withFreshServer(bench, lane, async (own) => {
    const pid = pidOf(own, lane);
    let kept = { heldKib: 0, textKib: 0 };
    for (let pass = 0; pass < 2; pass++) {
      const { text } = await setPlan(own, plan);
      await settle(500);
      const beforeKib = await rssKib(pid);
      await behindGate(own, lane, loadOf(lane, portOf(own, lane), streams, 1), async (finish) => {
        await settle(1000);
        kept = { heldKib: await rssKib(pid) - beforeKib, textKib: streams * text.length / 1024 };
        await finish();
      });
    }
    return kept;
  });
}

/** Lets timers, garbage collection and the kernel's buffers come to rest. */
export function settle(waitMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, waitMs));
}
