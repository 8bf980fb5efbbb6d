import { shortDurationText } from "../duration_text.ts";
import { Problem } from "../problem.ts";
import { encodeEvent } from "../sse/encode.ts";
import { toClientHeaders } from "../upstream/headers.ts";
import type { AskAnswer } from "../upstream/sending.ts";
import { isRecord, type JsonObject } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { eventType } from "../wire/responses_events.ts";
import type { Call } from "./call.ts";
import { counted, passOn, type PassOnParts, passRefusal, settleNative } from "./pass_on.ts";
import type { RequestBody } from "./read_body.ts";
import { askParts } from "./settle.ts";
import { everyTick } from "./ticker.ts";

/** The body of a Codex client's message, as a WebSocket to the backend can take it. */
type MessageBody = JsonObject & { readonly input: InputItem[] };

/**
 * A Codex client's request. Its POST is passed on as one. Who chose a WebSocket to come here gets one to the backend
 * as well, where one works, and with it the first token in a quarter of the time (websocket.md#fast-lane). Events go on
 * as they came, the vendor's own among them; so do errors.
 *
 * @returns an event stream, whatever brought the events
 * @throws Problem when there is no answer
 */
export async function passNative(parts: PassOnParts, call: Call, body: RequestBody): Promise<Response> {
  return call.isMessage === true && isMessageBody(body.json)
    ? await passMessage(parts, call, body.json)
    : await passOn(parts, call, body);
}

/** True for a body whose items can be told apart, as those of every Codex client. */
function isMessageBody(body: JsonObject): body is MessageBody {
  const { input } = body;
  return Array.isArray(input) && input.every((item) => isRecord(item) && typeof item["type"] === "string");
}

async function passMessage(parts: PassOnParts, call: Call, body: MessageBody): Promise<Response> {
  const { settings, note } = call;
  const answer = await parts.upstream.passMessage({
    ...settleNative(parts, call, body, undefined),
    ...askParts(settings),
    // Nothing of it is kept here, as of a POST's.
    answerLimitBytes: Infinity,
  }, body);
  note.firstByteMs = parts.monotonicMs() - note.startedMs;
  if (!answer.ok) return passRefusal(answer, note, parts.hide);
  const stream = openStream(answer, settings["limits.idle_timeout_seconds"] * 1000);
  const headers = toClientHeaders(answer.headers);
  headers.set("content-type", call.dialect.framing.contentType);
  return counted(parts, call, () => JSON.stringify(body).length, new Response(stream, { headers }));
}

/** @param idleMs the backend may be silent for so long: the client hears signs of life from here all the while */
function openStream({ source, onBackendEvent }: AskAnswer, idleMs: number): ReadableStream<Uint8Array> {
  let stopTicks = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stopTicks = everyTick(() => {
        if (performance.now() - source.progressMs <= idleMs) return;
        stopTicks();
        source.cancel();
        controller.error(
          new Problem("backend_timeout", `the answer paused for ${shortDurationText(idleMs)}`),
        );
      });
    },
    async pull(controller) {
      try {
        const piece = await source.read();
        if (piece === undefined) {
          stopTicks();
          source.finish(0);
          controller.close();
        } else controller.enqueue(toBytes(piece));
      } catch (error) {
        stopTicks();
        controller.error(error);
      }
    },
    cancel() {
      stopTicks();
      source.cancel();
    },
  }, { highWaterMark: 0 });

  function toBytes(piece: Uint8Array | string): Uint8Array {
    // A piece of bytes is only valid until the next one is read.
    if (typeof piece !== "string") return piece.slice();
    const type = eventType(piece);
    onBackendEvent(type, piece);
    return new TextEncoder().encode(encodeEvent(type, piece));
  }
}
