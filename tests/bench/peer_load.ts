/**
 * The client of `deno task bench --peers`, in a process of its own: it measures what a user of a stream waits for. Takes
 * one JSON {@linkcode PeerLoad} per line on stdin, answers one {@linkcode PeerLoadResult}.
 */
import { readHead } from "./http_head.ts";
import { readLines, writeLine } from "./lines.ts";
import { writeAll } from "./load.ts";

/** Requests to make, and what counts as their first token. */
export interface PeerLoad {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text */
  readonly body: string;
  readonly connections: number;
  /** requests on each connection, one after the other */
  readonly requests: number;
  /** the first token has come once the body holds this text */
  readonly token: string;
  /** an answer is whole when its body holds this text */
  readonly whole: string;
  /** connections are closed after so long; what has not ended by then has failed */
  readonly limitMs: number;
}

/** What the clients saw. */
export interface PeerLoadResult {
  /** requests that were answered with 200 and a whole body */
  readonly done: number;
  /** the first failure, in words */
  readonly failure: string | undefined;
  readonly wallMs: number;
  /** from sending to the first token, median of the requests */
  readonly tokenMs: number;
  /** the same, of which 99 in 100 are no slower */
  readonly token99Ms: number;
  /** between two reads of one answer, from the first token on: 99 in 100 are no longer */
  readonly gap99Ms: number;
}

/** Each answer's end is looked for in so many of its last characters. */
const TAIL = 4096;

/** The value that `share` of a list does not exceed; 0 for an empty list. Pure. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

interface Seen {
  readonly tokens: number[];
  readonly gaps: number[];
}

/**
 * Sends one request and reads its answer to the end.
 *
 * @returns whether the connection can take another
 * @throws Error when the answer is not a whole 200
 */
async function exchange(
  conn: Deno.Conn,
  load: PeerLoad,
  request: Uint8Array,
  buffer: Uint8Array,
  seen: Seen,
): Promise<boolean> {
  const startMs = performance.now();
  await writeAll(conn, request);
  const head = await readHead(conn, buffer);
  if (head === undefined) throw new Error("the connection was closed before an answer");
  const decoder = new TextDecoder();
  let early = "";
  let tail = "";
  let lastMs = 0;
  let bytes = 0;
  function take(part: Uint8Array): void {
    bytes += part.length;
    const nowMs = performance.now();
    const text = decoder.decode(part, { stream: true });
    tail = (tail + text).slice(-TAIL);
    if (lastMs > 0) {
      seen.gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      return;
    }
    early += text;
    if (!early.includes(load.token)) return;
    seen.tokens.push(nowMs - startMs);
    lastMs = nowMs;
  }
  if (head.bodyBytes.length > 0) take(head.bodyBytes);
  const ended = () =>
    head.chunked ? tail.endsWith("0\r\n\r\n") : head.contentLength > 0 && bytes >= head.contentLength;
  while (!ended()) {
    const count = await conn.read(buffer);
    if (count === null) break;
    take(buffer.subarray(0, count));
  }
  const failed = !head.firstLine.includes(" 200") || !tail.includes(load.whole);
  if (failed) throw new Error(`${head.firstLine}: ${(early || tail).replaceAll(/\s+/g, " ").slice(0, 200)}`);
  if (lastMs === 0) throw new Error("the answer held no token");
  return !head.closes && (head.chunked || head.contentLength > 0);
}

function requestBytes(load: PeerLoad): Uint8Array {
  const body = new TextEncoder().encode(load.body);
  const lines = [
    `POST ${load.path} HTTP/1.1`,
    `host: 127.0.0.1:${load.port}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    ...Object.entries(load.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${load.body}`);
}

async function run(load: PeerLoad): Promise<PeerLoadResult> {
  const request = requestBytes(load);
  const seen: Seen = { tokens: [], gaps: [] };
  const open = new Set<Deno.Conn>();
  let done = 0;
  let failure: string | undefined;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    for (const conn of open) conn.close();
    open.clear();
  }, load.limitMs);
  const startMs = performance.now();
  await Promise.all(Array.from({ length: load.connections }, async () => {
    const buffer = new Uint8Array(32_768);
    let conn: Deno.TcpConn | undefined;
    try {
      for (let index = 0; index < load.requests && !late; index++) {
        if (conn === undefined) {
          conn = await Deno.connect({ hostname: "127.0.0.1", port: load.port });
          conn.setNoDelay(true);
          open.add(conn);
        }
        const again = await exchange(conn, load, request, buffer, seen);
        done++;
        if (again) continue;
        if (open.delete(conn)) conn.close();
        conn = undefined;
      }
    } catch (error) {
      failure ??= late ? `no end within ${load.limitMs} ms` : String(error);
    } finally {
      if (conn !== undefined && open.delete(conn)) conn.close();
    }
  }));
  clearTimeout(timer);
  return {
    done,
    failure,
    wallMs: performance.now() - startMs,
    tokenMs: quantile(seen.tokens, 0.5),
    token99Ms: quantile(seen.tokens, 0.99),
    gap99Ms: quantile(seen.gaps, 0.99),
  };
}

if (import.meta.main) {
  for await (const line of readLines(Deno.stdin.readable)) await writeLine(await run(JSON.parse(line)));
}
