import { shortDurationText } from "../duration_text.ts";
import { ignore } from "../ignore.ts";
import type { InputType, ZlibOptions } from "node:zlib";
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { NESTING_LIMIT } from "../bounds.ts";
import { isRecord, isTooDeep, type JsonObject, typeName } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { type BodyGate, createBodyGate, LARGE_BYTES } from "./body_gate.ts";
import { type Room, SMALL_BYTES } from "./byte_budget.ts";
import type { Work } from "./work.ts";

/** A request body as it came. */
export interface CameBody {
  /** compressed or not */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** its `content-encoding`; undefined for none */
  readonly encoding: string | undefined;
}

/** A request body of JSON, read. */
export interface RequestBody extends CameBody {
  readonly json: JsonObject;
}

/** Functions of node:zlib by `content-encoding`; Deno's DecompressionStream knows neither br nor zstd. */
const DECODERS = {
  gzip: "gunzip",
  "x-gzip": "gunzip",
  br: "brotliDecompress",
  zstd: "zstdDecompress",
} as const;

function isKnownEncoding(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

/** Long enough for a full body over a slow line. */
const BODY_TIMEOUT_MS = 300_000;

/** What {@linkcode readBody} keeps to besides the size of one body. */
export interface ReadBodyOptions {
  /** where large bodies wait for each other; without one nobody waits */
  readonly gate?: BodyGate | undefined;
  /** what the body's room is held for; until it is read, when there is none */
  readonly work?: Work | undefined;
  /** bytes of what is made of the body, and held in its stead, for each of its bytes; 1 without it */
  readonly weight?: number | undefined;
  /** until the whole body is there: a client that stops in the middle would hold its place forever */
  readonly timeoutMs?: number;
}

/** The weight of bytes that become a text of base64. */
export const BASE64_WEIGHT = 4 / 3;

/**
 * Reads a JSON object from the body of a request, compressed or not, within a limit.
 *
 * @param limitBytes counts for the body as it came and for what it unpacks to
 * @throws Problem body_too_large, unsupported_encoding, bad_request, or too_many_requests when there is no room for it
 */
export async function readBody(
  request: Request,
  limitBytes: number,
  options: ReadBodyOptions = {},
): Promise<RequestBody> {
  const { value: json, ...came } = await readBodyAs(request, limitBytes, parseObject, options);
  return { ...came, json };
}

/**
 * The same for a body of any kind.
 *
 * @param read makes the value of the unpacked bytes, which it may keep: their room is held for `work`
 * @throws Problem as {@linkcode readBody} does, and as `read` does
 */
export async function readBodyAs<T>(
  request: Request,
  limitBytes: number,
  read: (plain: Uint8Array) => T,
  { gate = createBodyGate(() => Infinity), work, weight = 1, timeoutMs = BODY_TIMEOUT_MS }: ReadBodyOptions =
    {},
): Promise<CameBody & { readonly value: T }> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limitBytes) throw tooLarge(limitBytes, declared);
  const { signal } = request;
  const arriving = await gate.arriving.enter(declared, signal);
  try {
    const bytes = await within(timeoutMs, collect(request, limitBytes, arriving));
    const encoding = encodingOf(request.headers);
    if (encoding === undefined) return { bytes, encoding, value: await parse(bytes) };
    const small = await decodeSmall(bytes, encoding, limitBytes);
    if (small !== undefined) return { bytes, encoding, value: await parse(small) };
    const room = await gate.unpacking(async () => await enter(await decode(bytes, encoding, limitBytes)));
    return { bytes, encoding, value: await parseIn(room) };
  } finally {
    arriving.leave();
  }

  async function parse(plain: Uint8Array): Promise<T> {
    return await parseIn(await enter(plain));
  }

  /** Room for a body to be worked with, in exchange for that of one that arrives. */
  async function enter(plain: Uint8Array): Promise<{ plain: Uint8Array; working: Room }> {
    const working = await gate.working.enter(Math.ceil(plain.length * weight), signal);
    arriving.leave();
    return { plain, working };
  }

  async function parseIn({ plain, working }: { plain: Uint8Array; working: Room }): Promise<T> {
    work?.hold(working.leave);
    try {
      return plain.length < LARGE_BYTES ? read(plain) : await gate.parsing(() => read(plain));
    } finally {
      if (work === undefined) working.leave();
    }
  }
}

/** What the bytes promise gives, or a refusal when that takes too long. */
async function within(
  timeoutMs: number,
  bytes: Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const detail = `the body did not arrive within ${shortDurationText(timeoutMs)}`;
    reject(new Problem("bad_request", detail, { status: 408, headers: { connection: "close" } }));
  }, timeoutMs);
  // Nobody hears of what the body does after the refusal.
  bytes.catch(ignore);
  try {
    return await Promise.race([bytes, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(
  request: Request,
  limitBytes: number,
  room: Room,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  try {
    // A declared length was judged before, and the server holds the client to it: 80 µs less than through a stream.
    if (request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
    const limited = request.body.pipeThrough(new LimitedBytesTransformStream(limitBytes, { error: true }))
      .pipeThrough(counting(room));
    return new Uint8Array(await new Response(limited).arrayBuffer());
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limitBytes);
    if (error instanceof Problem) throw error;
    throw toBrokenBody(request.headers, error);
  }
}

/** Bytes of a body without a declared length take their room as they come. */
function counting(room: Room): TransformStream<Uint8Array, Uint8Array> {
  let came = 0;
  return new TransformStream({
    transform(bytes, controller) {
      const before = Math.max(came, SMALL_BYTES);
      came += bytes.length;
      if (came > before) room.grow(came - before);
      controller.enqueue(bytes);
    },
  });
}

/**
 * Why a body could not be read to its end. Deno 2.9.6 says "invalid HTTP/1 request" of a malformed chunk and
 * BadResource of a client that left; older ones say the same of both.
 */
function toBrokenBody(headers: Headers, error: unknown): Problem {
  if (!headers.has("transfer-encoding") || error instanceof Deno.errors.BadResource) {
    return new Problem("client_closed", "the body broke off", { status: 400, cause: error });
  }
  const isMalformed = error instanceof Error && error.message.startsWith("invalid HTTP");
  const detail = isMalformed
    ? "the chunked body is malformed: each chunk needs its length in hexadecimal digits, CR LF, its bytes, CR LF"
    : "the chunked body is malformed or ended before its last chunk";
  return new Problem("bad_request", detail, { headers: { connection: "close" }, cause: error });
}

function encodingOf(headers: Headers): string | undefined {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  return encoding === undefined || encoding === "" || encoding === "identity" ? undefined : encoding;
}

/** The unpacked body of a request of the usual size; undefined for a larger one, which has to wait for its turn. */
async function decodeSmall(
  bytes: Uint8Array,
  encoding: string,
  limitBytes: number,
): Promise<Uint8Array | undefined> {
  if (bytes.length > LARGE_BYTES) return undefined;
  try {
    return await decode(bytes, encoding, Math.min(limitBytes, LARGE_BYTES));
  } catch (error) {
    if (error instanceof Problem && error.code === "body_too_large" && limitBytes > LARGE_BYTES) {
      return undefined;
    }
    throw error;
  }
}

async function decode(bytes: Uint8Array, encoding: string, limitBytes: number): Promise<Uint8Array> {
  if (!isKnownEncoding(encoding)) {
    throw new Problem(
      "unsupported_encoding",
      `found ${JSON.stringify(encoding)}; known are gzip, br and zstd`,
      { headers: { "accept-encoding": "gzip, br, zstd" } },
    );
  }
  // Loaded with the first packed body: few clients send one, and the import costs 30 ms of every start.
  const zlib = await import("node:zlib");
  try {
    return await unpack(zlib[DECODERS[encoding]], bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limitBytes);
    throw new Problem("bad_request", `the body is not valid ${encoding}`, { cause: error });
  }
}

type Unpack = (
  bytes: InputType,
  options: ZlibOptions,
  callback: (error: Error | null, result: Uint8Array) => void,
) => void;

function unpack(run: Unpack, bytes: Uint8Array, options: ZlibOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    run(bytes, options, (error, result) => error === null ? resolve(result) : reject(error));
  });
}

function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) throw new Problem("bad_request", "the body is empty; a JSON object is needed");
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (isTooDeep(text)) {
      throw new Problem("bad_request", `the JSON is nested too deeply: the limit is ${NESTING_LIMIT} levels`);
    }
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = error instanceof SyntaxError ? placeOf(error.message) : "it is not UTF-8";
    throw new Problem("bad_request", `the body is not valid JSON: ${reason}`, { cause: error });
  }
  if (!isRecord(value)) {
    throw new Problem("bad_request", `the body must be a JSON object: found ${typeName(value)}`);
  }
  return value;
}

/** V8 quotes the text around the error, which may be a prompt: only the place is kept. */
function placeOf(message: string): string {
  const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  return place === undefined ? "it ends too early or has a character out of place" : `error ${place}`;
}

function tooLarge(limitBytes: number, found?: number): Problem {
  const size = found === undefined ? "more" : `${found} bytes`;
  return new Problem("body_too_large", `found ${size}; the limit is ${limitBytes} bytes`);
}
