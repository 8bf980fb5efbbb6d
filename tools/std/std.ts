/**
 * The parts of the six @std packages that this project uses, with their types, for machines where npm answers and
 * JSR does not. `npm:deno-std` is a re-publication without types; every declaration here is proved against the real
 * packages by `deno check --no-config --import-map=tools/std/verify_map.json tools/std/*.ts` in CI.
 */
import * as parseArgsModule from "deno-std/cli/parse_args.js";
import * as timingSafeEqualModule from "deno-std/crypto/timing_safe_equal.js";
import * as etagModule from "deno-std/http/etag.js";
import * as parseStreamModule from "deno-std/http/server_sent_event_parse_stream.js";
import * as statusModule from "deno-std/http/status.js";
import * as limitedBytesModule from "deno-std/streams/limited_bytes_transform_stream.js";
import * as textLineModule from "deno-std/streams/text_line_stream.js";
import * as toTextModule from "deno-std/streams/to_text.js";
import * as tomlParseModule from "deno-std/toml/parse.js";
import * as tomlStringifyModule from "deno-std/toml/stringify.js";

// @std/cli
export interface ParseOptions {
  boolean?: string[];
  string?: string[];
  collect?: string[];
  negatable?: string[];
  alias?: Record<string, string | string[]>;
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  "--"?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export const parseArgs: (args: string[], options?: ParseOptions) => Record<string, unknown> & { _: (string | number)[] } =
  parseArgsModule.parseArgs;

// @std/crypto
export const timingSafeEqual: (a: ArrayBufferView, b: ArrayBufferView) => boolean =
  timingSafeEqualModule.timingSafeEqual;

// @std/http
export const eTag: (entity: string, options?: { algorithm?: "SHA-256"; weak?: boolean }) => Promise<string> = etagModule.eTag;
export const ifNoneMatch: (value: string | null, etag: string | undefined) => boolean = etagModule.ifNoneMatch;
export interface ServerSentEventParsedMessage {
  comment?: string;
  event?: string;
  data?: string;
  id?: string;
  retry?: number;
}
export const ServerSentEventParseStream: new () => TransformStream<
  Uint8Array<ArrayBuffer>,
  ServerSentEventParsedMessage
> = parseStreamModule.ServerSentEventParseStream;
export const STATUS_TEXT: Record<number, string> = statusModule.STATUS_TEXT;

// @std/streams
export const LimitedBytesTransformStream: new (size: number, options?: { error?: boolean }) => TransformStream<
  Uint8Array<ArrayBuffer>,
  Uint8Array<ArrayBuffer>
> = limitedBytesModule.LimitedBytesTransformStream;
export const TextLineStream: new (options?: { allowCR?: boolean }) => TransformStream<string, string> =
  textLineModule.TextLineStream;
export const toText: (stream: ReadableStream) => Promise<string> = toTextModule.toText;

// @std/toml
export const parse: (tomlString: string) => Record<string, unknown> = tomlParseModule.parse;
export const stringify: (obj: Record<string, unknown>) => string = tomlStringifyModule.stringify;
