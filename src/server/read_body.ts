import type { InputType, ZlibOptions } from "node:zlib";
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { isRecord, type JsonObject, typeName } from "../wire/json.ts";
import { Problem } from "../problem.ts";

/** A request body, read. */
export interface RequestBody {
  /** as it came, compressed or not */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** its `content-encoding`; undefined for none */
  readonly encoding: string | undefined;
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

/**
 * Reads a JSON object from the body of a request, compressed or not, within a limit.
 *
 * @param limitBytes counts for the body as it came and for what it unpacks to
 * @param timeoutMs until the whole body is there: a client that stops in the middle would hold its place for ever
 * @throws Problem body_too_large, unsupported_encoding or bad_request
 */
export async function readBody(
  request: Request,
  limitBytes: number,
  timeoutMs = BODY_TIMEOUT_MS,
): Promise<RequestBody> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limitBytes) throw tooLarge(limitBytes, declared);
  const bytes = await within(timeoutMs, collect(request, limitBytes));
  const encoding = encodingOf(request.headers);
  const plain = encoding === undefined ? bytes : await decode(bytes, encoding, limitBytes);
  return { bytes, encoding, json: parseObject(plain) };
}

/** What the bytes promise gives, or a refusal when that takes too long. */
async function within(
  timeoutMs: number,
  bytes: Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const detail = `the body did not arrive within ${Math.round(timeoutMs / 1000)} s`;
    reject(new Problem("bad_request", detail, { status: 408, headers: { connection: "close" } }));
  }, timeoutMs);
  // Nobody hears of what the body does after the refusal.
  bytes.catch(() => {});
  try {
    return await Promise.race([bytes, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(request: Request, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  try {
    // A declared length was judged before, and the server holds the client to it: 80 µs less than through a stream.
    if (request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
    const limited = request.body.pipeThrough(new LimitedBytesTransformStream(limitBytes, { error: true }));
    return new Uint8Array(await new Response(limited).arrayBuffer());
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limitBytes);
    throw toBrokenBody(request.headers, error);
  }
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

async function decode(bytes: Uint8Array, encoding: string, limitBytes: number): Promise<Uint8Array> {
  if (!isKnownEncoding(encoding)) {
    throw new Problem(
      "unsupported_encoding",
      `found ${JSON.stringify(encoding)}; known are gzip, br and zstd`,
      {
        headers: { "accept-encoding": "gzip, br, zstd" },
      },
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
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
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
