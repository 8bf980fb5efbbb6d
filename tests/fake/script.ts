/** What a fake answers: data, or a generator of steps, turned into bytes on the socket. */
import * as zlib from "node:zlib";
import type { Exchange, RawRequest } from "./http_server.ts";

/** A door that the test opens: `{ wait: gate }` in a script stops there. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A closed {@linkcode Gate}. */
export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** An event object: framed as `event: TYPE`, `data: JSON`, blank line, in one write. */
export type EventStep = { readonly type: string } & Record<string, unknown>;

/** One thing that happens in the body of an answer. */
export type Step =
  | EventStep
  /** these bytes, in one write */
  | { readonly bytes: string | Uint8Array }
  | { readonly wait: Gate | Promise<unknown> }
  /** the body ends here, properly, whatever would have followed */
  | { readonly cut: true }
  /** the connection is closed in the middle of the chunked body */
  | { readonly close: true }
  /** the same by a TCP reset */
  | { readonly reset: true }
  /** nothing more comes; the connection stays open until the client leaves (a stall, or a lingering socket) */
  | { readonly stall: true }
  /** this piece again and again, as fast as it is taken, until the client leaves or so many bytes were written */
  | { readonly flood: string; readonly limitBytes: number }
  /** these characters one by one, with a pause before each */
  | { readonly drip: string; readonly everyMs: number };

/** Steps in order; a generator may look at what the test did meanwhile. */
export type Steps = Iterable<Step> | AsyncIterable<Step>;

interface Head {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** done before the head is written: a gate (slow), or a fault instead of an answer */
  readonly before?: Gate | Promise<unknown> | "stall" | "close" | "reset";
}

/** A script. `body` answers at once; `events` and `bytes` answer as `text/event-stream`. */
export type Script =
  | Head & { readonly body?: unknown }
  | Head & {
    readonly events: Steps;
    /** the body as gzip, flushed after every step */
    readonly gzip?: boolean;
    /** false leaves the `event:` lines out; the JSON repeats the type */
    readonly eventLines?: boolean;
    readonly lineEnd?: "\n" | "\r\n" | "\r";
  }
  | Head & {
    readonly bytes: string | Uint8Array | readonly string[];
    /** cuts the bytes into writes: every n bytes, or at these offsets */
    readonly splitAt?: number | readonly number[];
  }
  /** bytes instead of an HTTP answer; then the connection is closed */
  | Head & { readonly raw: string };

/** A script, or what makes one of the request. An async generator of steps is an event stream. */
export type Answer<Request> = Script | ((request: Request) => Script | Promise<Script> | AsyncIterable<Step>);

/** Asks the answer for its script. */
export async function scriptOf<Request>(answer: Answer<Request>, request: Request): Promise<Script> {
  if (typeof answer !== "function") return answer;
  const made = answer(request);
  return Symbol.asyncIterator in made ? { events: made } : await made;
}

const encoder = new TextEncoder();

/** One frame of an event stream. */
export function frame(event: EventStep, lineEnd = "\n", eventLine = true): string {
  const name = eventLine ? `event: ${event.type}${lineEnd}` : "";
  return `${name}data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`;
}

/**
 * Plays a script. `baseHeaders` go under the script's own headers; a script's header with the value "" removes one.
 * Ends early, without an error, when the client leaves.
 */
export async function play(
  script: Script,
  exchange: Exchange,
  baseHeaders: Record<string, string> = {},
): Promise<void> {
  const { before } = script;
  if (before === "close") return exchange.close();
  if (before === "reset") return exchange.reset();
  if (before === "stall") return await exchange.cancelled;
  if (before !== undefined) await Promise.race([openedOf(before), exchange.cancelled]);
  if (exchange.isCancelled()) return;
  if ("raw" in script) {
    await exchange.raw(encoder.encode(script.raw));
    return exchange.close();
  }
  const status = script.status ?? 200;
  const headers = (own: Record<string, string>) => merge(own, baseHeaders, script.headers ?? {});
  if ("events" in script) {
    const gzip: Record<string, string> = script.gzip ? { "content-encoding": "gzip" } : {};
    exchange.head(status, headers({ "content-type": "text/event-stream; charset=utf-8", ...gzip }));
    const pack = script.gzip ? createGzip() : undefined;
    await playSteps(
      script.events,
      exchange,
      pack,
      (event) => frame(event, script.lineEnd, script.eventLines ?? true),
    );
    return;
  }
  if ("bytes" in script) {
    exchange.head(status, headers({ "content-type": "text/event-stream; charset=utf-8" }));
    for (const piece of pieces(script.bytes, script.splitAt)) await exchange.write(piece);
    return exchange.end();
  }
  const bytes = bodyBytes(script.body);
  const json = typeof script.body === "object" && !(script.body instanceof Uint8Array);
  exchange.head(
    status,
    headers({
      ...(json ? { "content-type": "application/json" } : {}),
      ...(status === 204 || status === 304 ? {} : { "content-length": `${bytes.length}` }),
    }),
  );
  await exchange.write(bytes);
  exchange.end();
}

async function playSteps(
  steps: Steps,
  exchange: Exchange,
  gzip: Gzip | undefined,
  toFrame: (event: EventStep) => string,
): Promise<void> {
  for await (const step of steps) {
    if (exchange.isCancelled()) return;
    if ("type" in step || "bytes" in step) {
      const bytes = "type" in step ? encoder.encode(toFrame(step)) : bodyBytes(step.bytes);
      await exchange.write(gzip === undefined ? bytes : gzip.pack(bytes));
    } else if ("flood" in step) await flood(step.flood, step.limitBytes, exchange);
    else if ("drip" in step) await drip(step.drip, step.everyMs, exchange);
    else if ("wait" in step) await Promise.race([openedOf(step.wait), exchange.cancelled]);
    else if ("stall" in step) return await exchange.cancelled;
    else if ("close" in step) return exchange.close();
    else if ("reset" in step) return exchange.reset();
    else break;
  }
  if (gzip !== undefined) await exchange.write(gzip.end());
  exchange.end();
}

/** Writes until the client leaves; a client that never does gets so many bytes. */
async function flood(piece: string, limitBytes: number, exchange: Exchange): Promise<void> {
  const bytes = encoder.encode(piece);
  for (let written = 0; written < limitBytes && !exchange.isCancelled(); written += bytes.length) {
    await exchange.write(bytes);
  }
}

/** Writes character by character. The pause is what the backend does, not what a test waits for. */
async function drip(text: string, everyMs: number, exchange: Exchange): Promise<void> {
  for (const character of text) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([new Promise((resolve) => timer = setTimeout(resolve, everyMs)), exchange.cancelled]);
    clearTimeout(timer);
    if (exchange.isCancelled()) return;
    await exchange.write(encoder.encode(character));
  }
}

interface Gzip {
  pack(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** One gzip member, written with a sync flush after each piece so that the client can decode it at once. */
function createGzip(): Gzip {
  let crc = 0;
  let size = 0;
  let first = true;
  return {
    pack(bytes) {
      crc = zlib.crc32(bytes, crc);
      size += bytes.length;
      const raw = zlib.deflateRawSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      const header = first ? [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] : [];
      first = false;
      return new Uint8Array([...header, ...raw]);
    },
    end() {
      const tail = new DataView(new ArrayBuffer(10));
      // 0x03 0x00 is an empty final deflate block
      tail.setUint16(0, 0x0300);
      tail.setUint32(2, crc, true);
      tail.setUint32(6, size, true);
      return new Uint8Array(tail.buffer);
    },
  };
}

function openedOf(wait: Gate | Promise<unknown>): Promise<unknown> {
  return wait instanceof Promise ? wait : wait.opened;
}

function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  return encoder.encode(typeof body === "string" ? body : JSON.stringify(body));
}

function pieces(
  bytes: string | Uint8Array | readonly string[],
  splitAt: number | readonly number[] | undefined,
): Uint8Array[] {
  if (typeof bytes !== "string" && !(bytes instanceof Uint8Array)) {
    return bytes.map((text) => encoder.encode(text));
  }
  const all = bodyBytes(bytes);
  const step = typeof splitAt === "number" ? splitAt : 0;
  const offsets = step > 0
    ? Array.from({ length: Math.floor(all.length / step) }, (_, i) => (i + 1) * step)
    : splitAt === undefined || typeof splitAt === "number"
    ? []
    : splitAt;
  const cuts = [0, ...offsets, all.length];
  return cuts.slice(1).map((end, i) => all.subarray(cuts[i], end)).filter((piece) => piece.length > 0);
}

function merge(...sets: Record<string, string>[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const set of sets) for (const [name, value] of Object.entries(set)) merged[name.toLowerCase()] = value;
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
}

/** The parts of a recorded request that both fakes share. */
export interface Recorded extends RawRequest {
  /** the body as text, after decompression */
  readonly bodyText: string;
  /** the body as JSON; undefined when it is not JSON */
  readonly json: unknown;
  /** resolves when the client left before the answer was complete */
  readonly cancelled: Promise<void>;
  isCancelled(): boolean;
}
