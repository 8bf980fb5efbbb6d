/**
 * The parts of the six @std packages that this project uses, with their types, for machines where npm answers and
 * JSR does not. `npm:deno-std` is a re-publication without types; every declaration here is proved against the real
 * packages by `deno check --no-config --import-map=tools/std/verify_map.json tools/std/*.ts` in CI.
 */
import * as parseArgsModule from "deno-std/cli/parse_args.js";
import * as timingSafeEqualModule from "deno-std/crypto/timing_safe_equal.js";
import * as etagModule from "deno-std/http/etag.js";
import * as limitedBytesModule from "deno-std/streams/limited_bytes_transform_stream.js";
import * as textLineModule from "deno-std/streams/text_line_stream.js";
import * as tomlParseModule from "deno-std/toml/parse.js";

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

// @std/streams
export const LimitedBytesTransformStream: new (size: number, options?: { error?: boolean }) => TransformStream<
  Uint8Array<ArrayBuffer>,
  Uint8Array<ArrayBuffer>
> = limitedBytesModule.LimitedBytesTransformStream;
export const TextLineStream: new (options?: { allowCR?: boolean }) => TransformStream<string, string> =
  textLineModule.TextLineStream;

// @std/toml
export const parse: (tomlString: string) => Record<string, unknown> = tomlParseModule.parse;
