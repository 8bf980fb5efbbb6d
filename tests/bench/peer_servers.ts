/** Everything that `deno task bench --peers` asks: the peers, the program and the floors, installed and started. */
import {
  type LaneName,
  LANES,
  type Places,
  startPassThrough,
  startProgram,
  writeCredentials,
} from "./candidates.ts";
import { type Child, childEnv } from "./child.ts";
import type { PeerLoad, PeerLoadResult } from "./peer_load.ts";
import { type Api, type Peer, PEERS } from "./peers.ts";
import { familyOf } from "./proc_stat.ts";

/** One program under one API. */
export interface Candidate {
  readonly name: string;
  readonly api: Api;
  readonly version: string;
  readonly note: string;
  /** 0 for the upstream itself */
  readonly pid: number;
  readonly ask: Pick<PeerLoad, "port" | "path" | "headers" | "body" | "token" | "whole">;
  stop(): Promise<void>;
}

/** A candidate that could not be measured, with the reason in words. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** The first word of the answer (script.ts), as every JSON writer spells it. */
const TOKEN = '" the';
const WHOLE: Record<Api, string> = { chat: "data: [DONE]", responses: '"response.completed"' };
const START_LIMIT_MS = 60_000;

/** What is asked of a lane of this benchmark, under its API. */
function askOfLane(name: LaneName, port: number): Candidate["ask"] {
  const { path, headers, body } = LANES[name];
  const api: Api = name === "translated" ? "chat" : "responses";
  const text = JSON.stringify(body(["Say something about proxies"]));
  return { port, path, headers, body: text, token: TOKEN, whole: WHOLE[api] };
}

/** The upstream without anything in between. */
export function directCandidate(places: Places): Candidate {
  const ask = askOfLane("direct", places.upstreamPort);
  return { name: "direct", api: "responses", version: "", note: "", pid: 0, ask, stop: async () => {} };
}

/** Starts the program, in the lanes that answer what peers answer, and the floor of this runtime. */
export async function startOwn(
  places: Places,
  version: string,
  started: (candidate: Candidate) => void,
): Promise<void> {
  const lanes = [
    ["Deno pass-through", "raw", "responses", "passes bytes on and looks at none of them: the floor of Deno"],
    ["ccproxy, Codex client", "opaque", "responses", "what a Codex client gets: passed on, looked at"],
    ["ccproxy", "filtered", "responses", ""],
    ["ccproxy", "translated", "chat", ""],
  ] as const;
  for (const [name, lane, api, note] of lanes) {
    const raw = lane === "raw";
    const server = raw ? await startPassThrough("raw", places) : await startProgram(places);
    const ask = askOfLane(lane, server.port);
    const shown = raw ? Deno.version.deno : version;
    started({ name, api, version: shown, note, pid: server.pid, ask, stop: server.stop });
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function stopFamily(process: Deno.ChildProcess): Promise<void> {
  const signal = (pids: readonly number[], name: Deno.Signal) => {
    for (const pid of pids) {
      try {
        Deno.kill(pid, name);
      } catch {
        // It has ended already.
      }
    }
  };
  const family = await familyOf(process.pid);
  signal(family, "SIGTERM");
  const late = setTimeout(() => signal(family, "SIGKILL"), 3000);
  await process.status;
  clearTimeout(late);
  signal(family.slice(1), "SIGKILL");
}

async function versionOf(peer: Peer, installed: string): Promise<string> {
  if (peer.version !== "") return peer.version;
  const { stderr } = await new Deno.Command(`${installed}/usr/sbin/nginx`, { args: ["-v"] }).output();
  return /\/([\d.]+)/.exec(new TextDecoder().decode(stderr))?.[1] ?? "";
}

/**
 * Starts one installed peer, and waits until it listens.
 *
 * @throws Error with its last words when it ends, or does not listen within a minute
 */
async function startPeer(peer: Peer, api: Api, installed: string, places: Places): Promise<Candidate> {
  const home = `${places.temp}/peer-${crypto.randomUUID()}`;
  await writeCredentials(home);
  const upstream = `http://127.0.0.1:${places.upstreamPort}`;
  const port = freePort();
  const { command: [file, ...args], env, files } = peer.start({ installed, home, port, upstream });
  for (const [path, text] of Object.entries(files ?? {})) await Deno.writeTextFile(path, text);
  const log = `${home}/log`;
  // Its words go to a file: nobody has to read a pipe while it is measured.
  const process = new Deno.Command("/bin/sh", {
    args: ["-c", 'log="$1"; shift; exec "$@" >"$log" 2>&1', "sh", log, file, ...args],
    clearEnv: true,
    cwd: home,
    env: {
      ...childEnv(home, places.denoDir),
      // Nothing leaves the machine: update checks and telemetry meet a closed door.
      HTTPS_PROXY: "http://127.0.0.1:9",
      no_proxy: "127.0.0.1,localhost",
      ...env,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  process.status.then(() => ended = true);
  const words = async () => (await Deno.readTextFile(log).catch(() => "")).trim().split("\n").at(-1) ?? "";
  const startedMs = performance.now();
  while (!await listens(port)) {
    if (ended) throw new Error(`ended before it listened: ${await words()}`);
    if (performance.now() - startedMs > START_LIMIT_MS) {
      await stopFamily(process);
      throw new Error(`did not listen within ${START_LIMIT_MS / 1000} s`);
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  const { headers, body } = LANES[api === "chat" ? "translated" : "filtered"];
  const path = peer.paths[api] ?? "/";
  const text = JSON.stringify(body(["Say something about proxies"]));
  return {
    name: peer.name,
    api,
    version: `${await versionOf(peer, installed)} (${peer.registry})`,
    note: peer.note ?? "",
    pid: process.pid,
    ask: {
      port,
      path,
      headers: { ...headers, ...peer.headers?.(upstream) },
      body: text,
      token: TOKEN,
      whole: WHOLE[api],
    },
    stop: () => stopFamily(process),
  };
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Installs and starts every peer once for each API it has. What fails is named with its reason, not thrown. */
export async function peerCandidates(
  places: Places,
  only: readonly string[] | undefined,
): Promise<{ candidates: Candidate[]; missing: Missing[] }> {
  const missing: Missing[] = [];
  const starts: Promise<Candidate | undefined>[] = [];
  for (const peer of PEERS.filter(({ name }) => only === undefined || only.includes(name))) {
    const title = `${peer.name} ${peer.version} (${peer.registry})`.replace("  ", " ");
    const miss = (error: unknown) => {
      const reason = (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1) ?? "";
      missing.push({ name: title, reason: reason.slice(0, 200) });
      return undefined;
    };
    const installed = await peer.install().catch(miss);
    if (installed === undefined) continue;
    for (const api of ["chat", "responses"] as const) {
      if (peer.paths[api] === undefined) continue;
      starts.push(
        startPeer(peer, api, installed, places)
          .catch((error: Error) => miss(new Error(`${apiName(api)}: ${error.message}`))),
      );
    }
  }
  const started = await Promise.all(starts);
  return { candidates: started.filter((candidate) => candidate !== undefined), missing };
}

/** As the documents call it. */
export function apiName(api: Api): string {
  switch (api) {
    case "chat":
      return "Chat Completions";
    case "responses":
      return "Responses";
    default:
      return api satisfies never;
  }
}

/** Makes requests of a candidate. */
export async function runPeerLoad(
  load: Child,
  { ask }: Candidate,
  shape: Pick<PeerLoad, "connections" | "requests" | "limitMs">,
): Promise<PeerLoadResult> {
  await load.send({ ...ask, ...shape });
  return await load.next();
}
