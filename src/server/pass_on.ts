import type { Refused, Upstream } from "../upstream/client.ts";
import type { Sending } from "../upstream/sending.ts";
import { isCodexClient } from "../upstream/client_identity.ts";
import { saysLite, toClientHeaders } from "../upstream/headers.ts";
import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import { conversationId } from "../ask/cache_key.ts";
import type { Call } from "./call.ts";
import { countUse } from "./usage/count_use.ts";
import type { KeyRing } from "./keys/key_ring.ts";
import { watchUsage } from "./keys/watch_usage.ts";
import type { RequestNote } from "./note.ts";
import type { RequestBody } from "./read_body.ts";
import { replyOpaque } from "./reply.ts";
import { noteSending } from "./note_sending.ts";
import { everyTick } from "./ticker.ts";
import { NOTED_LENGTH, refuseForeignModel, sendingParts, type SettleParts } from "./settle.ts";
import type { Work } from "./work.ts";

/** What passing on needs. */
export interface PassOnParts extends SettleParts {
  readonly upstream: Upstream;
  /** counts what the answer to a named key has used */
  readonly spend: KeyRing["spend"];
  /** takes the secrets out of the text of a failure */
  readonly hide: (text: string) => string;
  /** a clock that only goes forward, the one of the notes */
  readonly monotonicMs: () => number;
}

/**
 * True for a Codex client's own request: it streams, knows the vendor frames and relies on the exact error bodies.
 * Known by its originator or user agent, or by the shape of a lite body.
 */
export function isNative({ dialect, request: { headers } }: Call, body: JsonObject): boolean {
  if (!dialect.passesOn || body["stream"] !== true || !Array.isArray(body["input"])) return false;
  const [first] = body["input"];
  return isCodexClient(headers) || saysLite(headers) ||
    (isRecord(first) && first["type"] === "additional_tools");
}

/** A Codex client: the same bytes up, the same body object down, errors in the backend's own words. */
export async function passOn(
  parts: PassOnParts,
  call: Call,
  body: RequestBody,
): Promise<Response> {
  const { settings, note } = call;
  const answer = await parts.upstream.pass(
    settleNative(parts, call, body.json, body.encoding),
    body.bytes,
  );
  note.firstByteMs = parts.monotonicMs() - note.startedMs;
  if (!answer.ok) return passRefusal(answer, note, parts.hide);
  boundUntouched(note.work, {
    placeMs: settings["limits.idle_timeout_seconds"] * 1000,
    answerMs: settings["limits.answer_timeout_seconds"] * 1000,
  });
  const size = () => body.bytes.length;
  return replyOpaque(counted(parts, call, size, answer.response), call.dialect.framing);
}

/**
 * The answer as it came; where a budget counts, or the settings say so, its usage is read on the way.
 *
 * @param size of the request in bytes
 */
export function counted(
  parts: PassOnParts,
  call: Call,
  size: () => number,
  answer: Response,
): Response {
  const { caller: { key }, note, settings } = call;
  const counts = key?.limits.budget !== undefined || settings["usage.codex_streams"];
  if (!counts || answer.body === null) return answer;
  const watched = watchUsage(answer.body, (usage) => {
    note.usage = usage;
    note.backendDoneMs = parts.monotonicMs() - note.startedMs;
    // A token is four bytes of what was asked, about.
    countUse(parts, call, usage, () => Math.ceil(size() / 4));
  });
  return new Response(watched, { status: answer.status, headers: answer.headers });
}

/** Where a Codex client's request goes, and with what headers; it is noted. @param encoding of a body that is passed on */
export function settleNative(
  parts: PassOnParts,
  call: Call,
  body: JsonObject,
  encoding: string | undefined,
): Sending {
  const { caller, request, note } = call;
  note.lane = "opaque";
  const asked = textAt(body, "model");
  note.modelAsked = asked?.slice(0, NOTED_LENGTH);
  note.modelUsed = note.modelAsked;
  refuseForeignModel(caller, asked, undefined);
  const onWay = noteSending(call, body["input"], parts.monotonicMs);
  const model = parts.catalogue().models.find(({ slug }) => slug === asked);
  const key = body["prompt_cache_key"];
  const own = {
    conversationId: conversationId(typeof key === "string" && key !== "" ? key : note.id),
    lite: false,
    contentEncoding: encoding,
  };
  return { ...sendingParts(parts, call, model, own), signal: request.signal, onWay };
}

/**
 * The bounds of a stream that nobody looks at: whether bytes still come, or the client still takes them, is not known,
 * and the runtime holds its body (aborting the fetch changes nothing, Deno 2.9.6). It counts as a running request for
 * as long as a silent one would, then it gives its place to others and goes on, for it costs next to nothing. After
 * `answerMs` it counts as stalled, and is cut as such (deliveries.ts).
 */
function boundUntouched(
  work: Work,
  { placeMs, answerMs }: { readonly placeMs: number; readonly answerMs: number },
): void {
  const begunMs = performance.now();
  work.goesOn = true;
  const stopTicks = everyTick(() => {
    const ageMs = performance.now() - begunMs;
    if (ageMs > placeMs) work.giveBack();
    if (ageMs > answerMs) work.finish();
  });
  work.onOver(stopTicks);
}

/**
 * An error of the backend for a Codex client: status and body as they came, but for secrets that are quoted in it; a
 * page of HTML is never passed on, and neither is a status that HTTP does not have.
 */
export function passRefusal(
  answer: Refused,
  note: RequestNote,
  hide: (text: string) => string,
): Response {
  note.problem = answer.problem.code;
  const { status, headers, body } = answer.refusal;
  if (status < 400 || status > 599 || /^\s*</.test(body)) throw answer.problem;
  const passed = toClientHeaders(headers);
  passed.set("content-type", headers.get("content-type") ?? "application/json");
  return new Response(hide(body), { status, headers: passed });
}
