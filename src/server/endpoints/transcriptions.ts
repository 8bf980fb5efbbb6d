import { readTranscriptionRequest, type TranscriptionRequest } from "../../ask/transcription_request.ts";
import { BOUNDS } from "../../bounds.ts";
import { resolveTranscriptionModel } from "../../models/media.ts";
import { Problem } from "../../problem.ts";
import { encodeEvent } from "../../sse/encode.ts";
import { transcribeUrl } from "../../upstream/get.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { isRecord, type JsonObject, numberAt, parseJson, textAt } from "../../wire/json.ts";
import { encodeLineSafe } from "../../wire/line_safe.ts";
import type { FormPart } from "../../wire/multipart.ts";
import { writeMultipart } from "../../wire/write_multipart.ts";
import { SSE } from "../../dialects/framing.ts";
import { heldFormOf } from "../endpoint.ts";
import { type DirectEndpoint, directHeaders, readDirect } from "../send_direct.ts";
import { NOTED_LENGTH, refuseForeignModel } from "../settle.ts";

/**
 * `POST …/audio/transcriptions` by the backend's `/transcribe` (backend.md#transcribe). Off unless it is asked for: that
 * endpoint is no part of Codex, and Cloudflare often answers for it.
 */
export const transcribe: DirectEndpoint = async (parts, call) => {
  const { caller, request: { signal }, settings, note } = call;
  if (!settings["codex.transcription"]) throw new Problem("transcription_disabled");
  const blocks = settings["codex.unsupported_params"] === "block";
  // The body that came is not held on to while the backend works: what is sent is made where it is read.
  const { form, ...request } = await heldFormOf(parts, call, "file", (came) => {
    const { file, prompt, ...wish } = readTranscriptionRequest(came, blocks);
    return { ...wish, form: writeMultipart(toParts(file, prompt), parts.newId()) };
  });
  note.modelAsked = request.model?.slice(0, NOTED_LENGTH);
  const model = resolveTranscriptionModel(request.model, settings["codex.model_aliases"]);
  note.modelUsed = model;
  refuseForeignModel(caller, request.model, model);
  note.lane = "aggregated";
  const text = await readDirect(parts, call, {
    urlOf: transcribeUrl,
    body: form.bytes,
    contentType: form.contentType,
    signal,
  }, BOUNDS.transcript);
  const answer = parseJson(text);
  if (!isRecord(answer) || typeof answer["text"] !== "string") {
    throw new Problem("answer_damaged", "it has no text");
  }
  return write(request, answer, answer["text"], directHeaders(parts, call, request.ignored));
};

/** What the backend takes: the file and a prompt. */
function toParts(file: TranscriptionRequest["file"], prompt: string | undefined): FormPart[] {
  const { name: filename, type, bytes } = file;
  const recording = { name: "file", filename, type, bytes };
  if (prompt === undefined) return [recording];
  const text = new TextEncoder().encode(prompt);
  return [recording, { name: "prompt", filename: undefined, type: undefined, bytes: text }];
}

function write(
  { format, stream }: Pick<TranscriptionRequest, "format" | "stream">,
  answer: JsonObject,
  text: string,
  headers: Record<string, string>,
): Response {
  if (stream) {
    const events = [{ type: "transcript.text.delta", delta: text }, { type: "transcript.text.done", text }];
    const body = events.map((event) => encodeEvent(event.type, JSON.stringify(event))).join("");
    return new Response(encodeLineSafe(body), { headers: { ...SSE.headers, ...headers } });
  }
  if (format === "text") {
    return new Response(`${text}\n`, {
      headers: { "content-type": "text/plain; charset=utf-8", ...headers },
    });
  }
  if (format === "json") return jsonReply({ text }, { headers });
  // Only what is known: a language or a duration that nobody measured would be a lie.
  const language = textAt(answer, "language");
  const duration = numberAt(answer, "duration");
  return jsonReply({
    task: "transcribe",
    ...(language === undefined ? {} : { language }),
    ...(duration === undefined ? {} : { duration }),
    text,
  }, { headers });
}
