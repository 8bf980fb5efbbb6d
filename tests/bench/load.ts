/**
 * The client of the benchmark, in a process of its own: plain sockets, so that reading costs little beside the
 * candidate that is measured. Takes one JSON {@linkcode Load} per line on stdin, answers one {@linkcode LoadResult}.
 */
import { readLines, writeLine } from "./lines.ts";
import { readHead } from "./http_head.ts";

/** Requests to make. Each connection sends its requests one after the other and is kept alive. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  /** JSON text of the request, or the path of the file that holds it */
  readonly body: string | { readonly file: string };
  readonly connections: number;
  /** requests on each connection */
  readonly requests: number;
  /** return the first answer's body as text (for checks before measuring) */
  readonly keepBody: boolean;
}

/** What happened. Times are medians over all requests. */
export interface LoadResult {
  /** requests that ended well */
  readonly done: number;
  /** the first failure, in words */
  readonly failure: string | undefined;
  readonly wallMs: number;
  /** from sending to the first byte of the body */
  readonly firstByteMs: number;
  /** from sending to the end of the body */
  readonly totalMs: number;
  readonly bytes: number;
  readonly body: string | undefined;
}

interface Times {
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly bytes: number;
}

const END_OF_CHUNKS = "\r\n0\r\n\r\n";
const latin1 = new TextDecoder("latin1");

/** Takes the chunk framing off. */
function unchunk(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf(13, at);
    const size = parseInt(latin1.decode(bytes.subarray(at, lineEnd)), 16);
    if (!(size > 0)) break;
    out.set(bytes.subarray(lineEnd + 2, lineEnd + 2 + size), length);
    length += size;
    at = lineEnd + 2 + size + 2;
  }
  return out.subarray(0, length);
}

/** Writes all bytes to a socket. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let done = await conn.write(bytes);
  while (done < bytes.length) done += await conn.write(bytes.subarray(done));
}

/** Sends one request and reads its answer to the end. Throws when it is not a whole 200. */
async function exchange(
  conn: Deno.Conn,
  request: Uint8Array,
  buffer: Uint8Array,
  keep?: Uint8Array[],
): Promise<Times> {
  const startMs = performance.now();
  await writeAll(conn, request);
  const head = await readHead(conn, buffer);
  if (head === undefined) throw new Error("connection closed before an answer");
  let firstByteMs = head.bodyBytes.length > 0 ? performance.now() - startMs : 0;
  let bytes = head.bodyBytes.length;
  let tail = latin1.decode(head.bodyBytes.subarray(-END_OF_CHUNKS.length));
  keep?.push(head.bodyBytes.slice());
  while (head.chunked ? tail !== END_OF_CHUNKS : bytes < head.contentLength) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`answer cut after ${bytes} bytes`);
    if (firstByteMs === 0) firstByteMs = performance.now() - startMs;
    bytes += count;
    const last = latin1.decode(buffer.subarray(Math.max(0, count - END_OF_CHUNKS.length), count));
    tail = (tail + last).slice(-END_OF_CHUNKS.length);
    keep?.push(buffer.slice(0, count));
  }
  const totalMs = performance.now() - startMs;
  if (!head.firstLine.includes(" 200")) {
    throw new Error(`${head.firstLine} ${latin1.decode(head.bodyBytes).slice(0, 300)}`);
  }
  if (keep !== undefined) {
    const whole = new Uint8Array(bytes);
    let at = 0;
    for (const piece of keep) {
      whole.set(piece, at);
      at += piece.length;
    }
    keep.splice(0, keep.length, head.chunked ? unchunk(whole) : whole);
  }
  return { firstByteMs, totalMs, bytes };
}

/** The middle value; 0 for an empty list. */
function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}

async function run(load: Load): Promise<LoadResult> {
  const body = typeof load.body === "string"
    ? new TextEncoder().encode(load.body)
    : await Deno.readFile(load.body.file);
  const head = [
    `POST ${load.path} HTTP/1.1`,
    `host: 127.0.0.1:${load.port}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    ...Object.entries(load.headers).map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
  const headBytes = new TextEncoder().encode(head);
  const request = new Uint8Array(headBytes.length + body.length);
  request.set(headBytes);
  request.set(body, headBytes.length);

  const kept: Uint8Array[] | undefined = load.keepBody ? [] : undefined;
  const all: Times[] = [];
  let failure: string | undefined;
  const startMs = performance.now();
  await Promise.all(Array.from({ length: load.connections }, async () => {
    try {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: load.port });
      conn.setNoDelay(true);
      const buffer = new Uint8Array(load.connections > 100 ? 16_384 : 131_072);
      try {
        for (let index = 0; index < load.requests; index++) {
          all.push(await exchange(conn, request, buffer, index === 0 ? kept : undefined));
        }
      } finally {
        conn.close();
      }
    } catch (error) {
      failure ??= String(error);
    }
  }));
  const whole = kept?.[0];
  return {
    done: all.length,
    failure,
    wallMs: performance.now() - startMs,
    firstByteMs: median(all.map((times) => times.firstByteMs)),
    totalMs: median(all.map((times) => times.totalMs)),
    bytes: all.reduce((sum, times) => sum + times.bytes, 0),
    body: whole === undefined ? undefined : new TextDecoder().decode(whole),
  };
}

if (import.meta.main) {
  for await (const line of readLines(Deno.stdin.readable)) await writeLine(await run(JSON.parse(line)));
}
