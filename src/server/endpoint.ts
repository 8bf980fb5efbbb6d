import type { Backgrounds } from "../conversations/background.ts";
import type { CacheDoctor } from "../conversations/cache_doctor.ts";
import type { Memory } from "../conversations/memory.ts";
import type { Archive } from "../conversations/archive.ts";
import type { Catalogue } from "../models/catalogue.ts";
import type { MediaModel } from "../models/media.ts";
import type { Limits } from "../upstream/rate_limits.ts";
import type { JsonObject } from "../wire/json.ts";
import { type FormPart, readMultipart } from "../wire/multipart.ts";
import type { BodyGate } from "./body_gate.ts";
import type { Call } from "./call.ts";
import type { Readiness } from "./endpoints/health.ts";
import type { PageFacts } from "./page/view.ts";
import { type CameBody, readBody, readBodyAs, type RequestBody } from "./read_body.ts";
import type { ServerProof } from "./server_proof.ts";

/** What the endpoints that ccproxy answers by itself need. */
export interface EndpointParts {
  readonly catalogue: () => Catalogue;
  /** models that are in no catalogue, as lists name them */
  readonly mediaModels: readonly MediaModel[];
  /** who this server is, to the user whose it is; undefined when the nonce is none, or there is no secret */
  readonly prove: (nonce: string) => Promise<ServerProof | undefined>;
  readonly readiness: () => Promise<Readiness>;
  /** @throws Problem when nothing is known and nothing can be asked */
  readonly limits: () => Promise<Limits>;
  readonly metrics: () => string;
  /** takes the secrets out of what is shown */
  readonly hide: (text: string) => string;
  readonly page: () => Promise<PageFacts>;
  /** id of the request that was over last */
  readonly newestRequest: () => string | undefined;
  /** aborted when the program wants to end, and when its settings have changed: the streams of the page then close */
  readonly pageStreamsEnd: () => AbortSignal;
  readonly nowMs: () => number;
  readonly memory: Memory;
  readonly backgrounds: Backgrounds;
  readonly cacheDoctor: CacheDoctor;
  readonly bodyGate: BodyGate;
}

/** Answers a request without a model. @throws Problem */
export type Endpoint = (parts: EndpointParts, call: Call) => Response | Promise<Response>;

/** The memory as a caller sees it, with the settings of its request. */
export interface CallerMemory {
  readonly archive: Archive;
  readonly owner: string;
  readonly signal: AbortSignal;
}

/** The memory for the caller of a request. */
export function memoryOf(memory: Memory, { request, settings, caller }: Call): CallerMemory {
  const archive = { ...memory.archive, settings: () => settings };
  return { archive, owner: caller.owner, signal: request.signal };
}

/** The body of a request. @throws Problem as {@linkcode readBody} */
export async function bodyOf({ bodyGate }: EndpointParts, { request, settings }: Call): Promise<JsonObject> {
  return (await readBody(request, bodyLimitBytes(settings), { gate: bodyGate })).json;
}

/** The body of a request, whose room is held until the answer is made. @throws Problem as {@linkcode readBody} */
export async function heldBodyOf(
  { bodyGate }: Pick<EndpointParts, "bodyGate">,
  { request, settings, note }: Call,
): Promise<RequestBody> {
  return await readBody(request, bodyLimitBytes(settings), { gate: bodyGate, work: note.work });
}

/** The same for a body of any kind. @param weight of {@linkcode readBodyAs} @throws Problem as {@linkcode readBodyAs} */
export async function heldBodyAs<T>(
  { bodyGate }: Pick<EndpointParts, "bodyGate">,
  { request, settings, note }: Call,
  read: (plain: Uint8Array) => T,
  weight?: number,
): Promise<CameBody & { readonly value: T }> {
  const options = { gate: bodyGate, work: note.work, weight };
  return await readBodyAs(request, bodyLimitBytes(settings), read, options);
}

/**
 * The same for a form. What is not in the value is not held on to.
 *
 * @param file its field for a file
 * @param weight as `weight` of {@linkcode readBodyAs}
 * @throws Problem as {@linkcode readMultipart}
 */
export async function heldFormOf<T>(
  parts: Pick<EndpointParts, "bodyGate">,
  call: Call,
  file: string,
  read: (form: readonly FormPart[]) => T,
  weight?: number,
): Promise<T> {
  const type = call.request.headers.get("content-type") ?? "";
  return (await heldBodyAs(parts, call, (plain) => read(readMultipart(plain, type, file)), weight)).value;
}

/** A body that may be left out. @throws Problem as {@linkcode readBody} */
export async function optionalBodyOf(parts: EndpointParts, call: Call): Promise<JsonObject> {
  const { body, headers } = call.request;
  return body === null || headers.get("content-length") === "0" ? {} : await bodyOf(parts, call);
}

/** `server.body_limit_mb` in bytes. */
export function bodyLimitBytes(settings: Call["settings"]): number {
  return settings["server.body_limit_mb"] * 1024 * 1024;
}
