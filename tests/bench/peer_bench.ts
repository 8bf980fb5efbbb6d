/**
 * `deno task bench --peers`: programs of others against the same upstream, in the same run, in turn. The figures are
 * those that public benchmarks of gateways give; `performance.md#peers` defines them and takes the table.
 */
import config from "../../deno.json" with { type: "json" };
import { replacePart } from "../../tools/docs/replace_part.ts";
import { type Book, createBook } from "./book.ts";
import type { Places } from "./candidates.ts";
import { type Child, childEnv, startChild } from "./child.ts";
import { NOT_COMPARABLE } from "./peers.ts";
import {
  apiName,
  type Candidate,
  directCandidate,
  type Missing,
  peerCandidates,
  runPeerLoad,
  startOwn,
} from "./peer_servers.ts";
import { keyOf, peerPart } from "./peer_table.ts";
import { cpuMs, familyOf, rssKib } from "./proc_stat.ts";
import { settle } from "./scenarios.ts";
import { type Plan, SHORT_ANSWER } from "./script.ts";

/** What a run is asked for. */
export interface PeerOptions {
  readonly rounds: number;
  /** parts of the full number of requests */
  readonly size: number;
  /** names of peers; all when undefined */
  readonly only: readonly string[] | undefined;
  /** write the table into the document */
  readonly write: boolean;
  readonly args: readonly string[];
}

/** Streams at once that are tried, in this order. */
const LADDER = [25, 100, 400, 1600];
/** A model that writes 25 events a second. */
const PACED: Plan = { ...SHORT_ANSWER, deltas: 50, packing: 1, delayMs: 40 };
/** Streams are sustained when they end within so many times what the upstream alone needs for as many. */
const SUSTAINED_WITHIN = 1.5;

interface Stage {
  readonly upstream: Child;
  readonly load: Child;
  readonly book: Book;
  readonly size: number;
  /** the highest step that each candidate reached in the round before */
  readonly reached: Map<string, number>;
  /** by number of streams, of this round: how long the upstream alone took */
  readonly directMs: Map<number, number>;
}

async function setPlan({ upstream }: Stage, plan: Plan): Promise<number> {
  await upstream.send({ plan });
  const { events } = await upstream.next<{ events: number }>();
  return events;
}

async function sumOf(pid: number, read: (pid: number) => Promise<number>): Promise<number> {
  if (pid === 0) return NaN;
  const values = await Promise.all((await familyOf(pid)).map((one) => read(one).catch(() => 0)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** One whole load, with the CPU that the candidate spent on it. @throws Error when a request failed */
async function measured(
  { load }: Stage,
  candidate: Candidate,
  connections: number,
  requests: number,
  during: () => Promise<void> = async () => {},
) {
  const beforeMs = await sumOf(candidate.pid, cpuMs);
  const [result] = await Promise.all([
    runPeerLoad(load, candidate, { connections, requests, limitMs: 60_000 }),
    during(),
  ]);
  if (result.done !== connections * requests) {
    throw new Error(`${result.done} of ${connections * requests} requests ended well: ${result.failure}`);
  }
  return { ...result, cpuMs: await sumOf(candidate.pid, cpuMs) - beforeMs };
}

async function measureToken(stage: Stage, candidate: Candidate): Promise<void> {
  await setPlan(stage, SHORT_ANSWER);
  const key = keyOf(candidate);
  const { tokenMs, token99Ms } = await measured(stage, candidate, 1, Math.ceil(100 * stage.size));
  stage.book.add("peer.token", key, tokenMs);
  stage.book.add("peer.token99", key, token99Ms);
}

async function measureShort(stage: Stage, candidate: Candidate): Promise<void> {
  await setPlan(stage, SHORT_ANSWER);
  const key = keyOf(candidate);
  const result = await measured(stage, candidate, 16, Math.ceil(10 * stage.size));
  stage.book.add("peer.rps", key, result.done * 1000 / result.wallMs);
  stage.book.add("peer.requestMs", key, result.cpuMs / result.done);
}

async function measureFrames(stage: Stage, candidate: Candidate): Promise<void> {
  const events = await setPlan(stage, PACED);
  const streams = 20;
  let steadyKib = NaN;
  const result = await measured(stage, candidate, streams, 1, async () => {
    await settle(PACED.deltas * PACED.delayMs / 2);
    steadyKib = await sumOf(candidate.pid, rssKib);
  });
  const key = keyOf(candidate);
  stage.book.add("peer.gap99", key, result.gap99Ms);
  stage.book.add("peer.eventUs", key, result.cpuMs * 1000 / (events * streams));
  stage.book.add("peer.steady", key, steadyKib);
}

async function streamsMs(stage: Stage, candidate: Candidate, streams: number, limitMs: number) {
  await setPlan(stage, PACED);
  const result = await runPeerLoad(stage.load, candidate, { connections: streams, requests: 1, limitMs });
  return result.done === streams ? result.wallMs : Infinity;
}

/** Climbs the ladder to the last step that the candidate sustains; begins a step below where it was last time. */
async function measureStreams(stage: Stage, direct: Candidate, candidate: Candidate): Promise<void> {
  const key = keyOf(candidate);
  const begin = Math.max(0, LADDER.indexOf(stage.reached.get(key) ?? 0) - 1);
  let sustained = LADDER[begin - 1] ?? 0;
  for (const streams of LADDER.slice(begin)) {
    const floorMs = stage.directMs.get(streams) ?? await streamsMs(stage, direct, streams, 60_000);
    stage.directMs.set(streams, floorMs);
    const limitMs = Math.min(60_000, floorMs * SUSTAINED_WITHIN);
    if (await streamsMs(stage, candidate, streams, limitMs) > limitMs) break;
    sustained = streams;
  }
  stage.reached.set(key, sustained);
  stage.book.add("peer.streams", key, sustained);
}

/** Candidates that give a whole answer, warm; the others with what was wrong. */
async function working(
  stage: Stage,
  candidates: readonly Candidate[],
): Promise<{ ready: Candidate[]; missing: Missing[] }> {
  const ready: Candidate[] = [];
  const missing: Missing[] = [];
  for (const candidate of candidates) {
    try {
      await setPlan(stage, SHORT_ANSWER);
      await measured(stage, candidate, 1, 1);
      await settle(500);
      stage.book.add("peer.idle", keyOf(candidate), await sumOf(candidate.pid, rssKib));
      // As warm as it gets in a while: a slow one is no failure here.
      const requests = Math.ceil(50 * stage.size);
      await runPeerLoad(stage.load, candidate, { connections: 4, requests, limitMs: 20_000 });
      ready.push(candidate);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const name = `${candidate.name} ${candidate.version}`;
      missing.push({ name, reason: `${apiName(candidate.api)}: ${reason}` });
    }
  }
  return { ready, missing };
}

/**
 * One round: every step, each with all candidates in turn.
 *
 * @returns the candidates that failed in it
 */
async function measureRound(
  stage: Stage,
  direct: Candidate,
  candidates: readonly Candidate[],
  say: (text: string) => void,
): Promise<Map<Candidate, string>> {
  const failed = new Map<Candidate, string>();
  const steps: [string, (candidate: Candidate) => Promise<void>][] = [
    ["first token", (candidate) => measureToken(stage, candidate)],
    ["short answers", (candidate) => measureShort(stage, candidate)],
    ["frames", (candidate) => measureFrames(stage, candidate)],
    ["streams", (candidate) => measureStreams(stage, direct, candidate)],
  ];
  stage.directMs.clear();
  for (const [name, step] of steps) {
    for (const candidate of candidates) {
      if (failed.has(candidate) || (candidate === direct && name === "streams")) continue;
      say(`${Math.round(performance.now() / 1000)} s  ${name}: ${keyOf(candidate)}\n`);
      await step(candidate).catch((error: Error) => failed.set(candidate, `${name}: ${error.message}`));
      await settle(100);
    }
  }
  await settle(3000);
  for (const candidate of candidates) {
    stage.book.add("peer.recovered", keyOf(candidate), await sumOf(candidate.pid, rssKib));
  }
  return failed;
}

/**
 * Runs everything. The document gets its table after each round, so that a run that is ended early has not been in vain.
 *
 * @returns the part of the document
 */
export async function runPeers(
  upstream: Child,
  places: Places,
  options: PeerOptions,
  say: (text: string) => void,
): Promise<string> {
  const [loadBefore = 0] = Deno.loadavg();
  const load = startChild("peer_load.ts", childEnv(places.temp, places.denoDir));
  const stage: Stage = {
    upstream,
    load,
    book: createBook(),
    size: options.size,
    reached: new Map(),
    directMs: new Map(),
  };
  const direct = directCandidate(places);
  const all = [direct];
  let part = "";
  try {
    await startOwn(places, config.version, (candidate) => all.push(candidate));
    const peers = await peerCandidates(places, options.only);
    all.push(...peers.candidates);
    const { ready, missing } = await working(stage, all);
    const live = new Set(ready);
    missing.unshift(...peers.missing);
    for (let round = 1; round <= options.rounds; round++) {
      for (const [candidate, reason] of await measureRound(stage, direct, [...live], say)) {
        if (candidate === direct) throw new Error(`the upstream itself failed: ${reason}`);
        live.delete(candidate);
        missing.push({
          name: `${candidate.name} ${candidate.version}`,
          reason: `${apiName(candidate.api)}: ${reason}`,
        });
      }
      part = peerPart(
        stage.book,
        [...live].filter((candidate) => candidate !== direct),
        [...missing, ...NOT_COMPARABLE],
        {
          command: ["deno task bench", ...options.args].join(" "),
          date: new Date().toISOString().slice(0, 10),
          rounds: round,
          program: Deno.env.has("CCPROXY_BIN") ? "an executable" : "the source",
          machine: `${navigator.hardwareConcurrency} cores, ${Deno.build.target}, Deno ${Deno.version.deno}`,
          loads: [loadBefore, Deno.loadavg()[0] ?? 0],
          mostStreams: LADDER.at(-1) ?? 0,
        },
      );
      if (!options.write) continue;
      const document = new URL("../../.github/docs/performance.md", import.meta.url);
      await Deno.writeTextFile(document, replacePart(await Deno.readTextFile(document), "peers", part));
    }
    return part;
  } finally {
    await Promise.all(all.map((candidate) => candidate.stop().catch(() => {})));
    await load.stop();
  }
}
