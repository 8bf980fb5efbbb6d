import { readImages, sumUsage, toImageEvent, toImagesAnswer } from "../../answer/images.ts";
import { readUsage } from "../../answer/usage.ts";
import { IMAGE_PARAMETERS } from "../../ask/image_params.ts";
import { type ImageKind, type ImageRequest, readImageRequest } from "../../ask/image_request.ts";
import { BOUNDS } from "../../bounds.ts";
import { readRouteParams } from "../../dialects/read_params.ts";
import { resolveImageModel } from "../../models/media.ts";
import { Problem } from "../../problem.ts";
import { encodeEvent } from "../../sse/encode.ts";
import { type JsonObject, textAt } from "../../wire/json.ts";
import type { Call } from "../call.ts";
import { heldBodyOf, heldFormOf } from "../endpoint.ts";
import type { ExchangeParts } from "../exchange.ts";
import { toEditBody } from "../form_to_edit.ts";
import { LATE_EVENTS, LATE_JSON, replyLate } from "../late_reply.ts";
import { BASE64_WEIGHT } from "../read_body.ts";
import { type DirectEndpoint, directHeaders, readDirect } from "../send_direct.ts";
import { NOTED_LENGTH, refuseForeignModel } from "../settle.ts";

/** `POST …/images/generations`: pictures by the backend's own endpoint (backend.md#images). */
export const generateImages: DirectEndpoint = async (parts, call) =>
  await makeImages(
    parts,
    call,
    await heldBodyOf(parts, call).then(({ json }) => toSending(call, "generation", json)),
  );

/** `POST …/images/edits`, as JSON or as a form with files. */
export const editImages: DirectEndpoint = async (parts, call) => {
  const type = call.request.headers.get("content-type") ?? "";
  const sending = /^multipart\//i.test(type)
    ? await heldFormOf(
      parts,
      call,
      "image",
      (form) => toSending(call, "edit", toEditBody(form)),
      BASE64_WEIGHT,
    )
    : await jsonBodyOf(parts, call, type).then((json) => toSending(call, "edit", json));
  return await makeImages(parts, call, sending);
};

/** A JSON body, whatever its type says. @throws Problem bad_request that says what is taken where that is something else */
async function jsonBodyOf(parts: ExchangeParts, call: Call, type: string): Promise<JsonObject> {
  try {
    return (await heldBodyOf(parts, call)).json;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "bad_request" || /json/i.test(type)) throw error;
    const found = JSON.stringify(type.slice(0, 100));
    throw new Problem("bad_request", `the body must be multipart/form-data or JSON: found ${found}`, {
      param: "image",
      cause: error,
    });
  }
}

/** What is asked for, and the bytes that ask the backend for it. Nothing else of the body is held while it works. */
interface ImageSending extends Omit<ImageRequest, "sent"> {
  readonly kind: ImageKind;
  readonly sent: Uint8Array<ArrayBuffer>;
  readonly prompt: string | undefined;
}

/** @throws Problem bad_request, unsupported_parameter, model_not_found */
function toSending({ caller, settings, note }: Call, kind: ImageKind, body: JsonObject): ImageSending {
  const route = { path: `/images/${kind}s`, table: IMAGE_PARAMETERS };
  const sorted = readRouteParams(route, body, settings["codex.unsupported_params"]);
  const { sent, ...request } = readImageRequest(body, kind, sorted);
  note.modelAsked = request.model?.slice(0, NOTED_LENGTH);
  const model = resolveImageModel(request.model, settings["codex.model_aliases"]);
  note.modelUsed = model;
  refuseForeignModel(caller, request.model, model);
  const bytes = new TextEncoder().encode(JSON.stringify({ model, ...sent }));
  return { ...request, kind, sent: bytes, prompt: textAt(sent, "prompt") };
}

/** Requests of one client's request at once; each takes a place among the running ones. */
const AT_ONCE = 4;
/** A picture takes one to two minutes, a large one longer (backend.md#images). */
const PICTURE_WAIT_MS = 300_000;

async function makeImages(
  parts: ExchangeParts,
  call: Call,
  request: ImageSending,
): Promise<Response> {
  const { note, dialect } = call;
  note.lane = request.stream ? "translated" : "aggregated";
  const writing = { format: request.format, created: Math.floor(parts.nowMs() / 1000) };
  const form = request.stream ? LATE_EVENTS : LATE_JSON;
  const writeFailure = (problem: Parameters<typeof dialect.writeProblem>[0]) => {
    const failure = dialect.writeProblem(problem, note.id);
    return parts.hide(request.stream ? toEventText({ type: "error", ...failure }) : JSON.stringify(failure));
  };
  const headers = directHeaders(parts, call, request.ignored);
  return await replyLate(call, { ...form, writeFailure }, headers, async (signal, write) => {
    const images = await askForAll(parts, call, request, signal, (image) => {
      if (request.stream) write(toEventText(toImageEvent(image, request.kind, writing)));
    });
    return request.stream ? "" : JSON.stringify(toImagesAnswer(images, writing));
  });
}

type Images = ReturnType<typeof readImages>;

/**
 * As many requests as pictures are wanted, a few at once: whether the backend takes `n` here is not settled
 * (backend.md#images). The first failure ends the others, and what is there is not handed over for the whole.
 */
async function askForAll(
  parts: ExchangeParts,
  call: Call,
  { kind, count, sent, prompt }: ImageSending,
  signal: AbortSignal,
  onImage: (image: Images[number]) => void,
): Promise<Images> {
  const failed = new AbortController();
  const sending = {
    urlOf: (base: string) => `${base}/images/${kind === "edit" ? "edits" : "generations"}`,
    body: sent,
    words: prompt,
    waitMs: PICTURE_WAIT_MS,
    signal: AbortSignal.any([signal, failed.signal]),
  };
  const limitBytes = call.settings["limits.answer_limit_mb"] * 1024 * 1024;
  const bound = { ...BOUNDS.answer, bytes: Math.floor(limitBytes / count) };
  const found: Images[] = [];
  let next = 0;
  async function ask(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const images = readImages(await readDirect(parts, call, sending, bound));
      found[index] = images;
      // Also for a client that leaves before the last one is there.
      const usage = sumUsage(found.flat());
      call.note.usage = usage === undefined ? undefined : readUsage({ usage });
      images.forEach(onImage);
    }
  }
  const workers = [ask()];
  while (workers.length < Math.min(count, AT_ONCE) && call.takePlace() === undefined) workers.push(ask());
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(workers);
    throw error;
  }
  return found.flat().slice(0, count);
}

function toEventText(event: ReturnType<typeof toImageEvent>): string {
  return encodeEvent(event.type, JSON.stringify(event));
}
