import { isRecord, type JsonObject } from "../wire/json.ts";
import { firstAmong, firstOf, invalid, notAmong, type Refusal, unknownKey, wrongType } from "./refusal.ts";
import { detail } from "./refusal.ts";

/**
 * The endpoints of the backend that are no model's conversation: pictures and transcription (backend.md#images,
 * #transcribe). As strict as is known of them.
 */

const IMAGE_MODELS = ["gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"];
const IMAGE_KEYS = ["model", "prompt", "background", "quality", "size", "output_format"];
/** A PNG of one pixel. */
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A request as far as these look at it. */
export interface DirectRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly json?: unknown;
}

/**
 * The answer to a POST to one of these endpoints, or its refusal; undefined for every other path.
 *
 * @param plan of the account: the free one has no pictures
 */
export function directAnswer(
  path: string,
  request: DirectRequest,
  plan: string | undefined,
  nowMs: number,
): Refusal | undefined {
  if (path.endsWith("/images/generations")) return answerImages(request, plan, nowMs, IMAGE_KEYS);
  if (path.endsWith("/images/edits")) {
    const refusal = refuseInputs(isRecord(request.json) ? request.json : {});
    return refusal ?? answerImages(request, plan, nowMs, [...IMAGE_KEYS, "images", "mask"]);
  }
  return path.endsWith("/transcribe") ? answerTranscription(request) : undefined;
}

function answerImages(
  { json }: DirectRequest,
  plan: string | undefined,
  nowMs: number,
  keys: string[],
): Refusal {
  if (!isRecord(json)) return detail("Invalid JSON in request body");
  const refusal = plan === "free"
    ? {
      status: 403,
      body: { error: { code: "usage_not_included", message: "Images are not included in your plan." } },
    }
    : firstOf(
      () => unknownKey(json, keys, "body"),
      () => notAmong(json["model"], IMAGE_MODELS, "model"),
      () => wrongType(json["prompt"], "string", "prompt"),
    );
  return refusal ?? {
    status: 200,
    body: {
      created: Math.floor(nowMs / 1000),
      background: json["background"] ?? "opaque",
      data: [{ b64_json: PIXEL, generation_id: "gen_1" }],
      output_format: json["output_format"] ?? "png",
      quality: json["quality"] ?? "medium",
      size: json["size"] ?? "1024x1024",
      usage: {
        input_tokens: 10,
        input_tokens_details: { image_tokens: 0, text_tokens: 10 },
        output_tokens: 1000,
        total_tokens: 1010,
      },
    },
  };
}

function refuseInputs(body: JsonObject): Refusal | undefined {
  const { images, mask } = body;
  if (!Array.isArray(images)) return wrongType(images, "array", "images");
  return firstAmong(mask === undefined ? images : [...images, mask], (entry, index) => {
    const url = isRecord(entry) ? entry["image_url"] : undefined;
    return typeof url === "string" && /^data:image\/(?:png|jpeg|webp);base64,/.test(url)
      ? undefined
      : invalid(`Invalid 'images[${index}].image_url'.`, `images[${index}].image_url`, "invalid_value");
  });
}

function answerTranscription({ headers, body }: DirectRequest): Refusal {
  const text = new TextDecoder("latin1").decode(body);
  const names = [...text.matchAll(/name="(\w+)"/g)].map(([, name = ""]) => name);
  const isForm = (headers["content-type"] ?? "").startsWith("multipart/form-data; boundary=");
  const isKnown = names.includes("file") && names.every((name) => name === "file" || name === "prompt");
  if (!isForm || !isKnown) return detail("file is required", 422);
  return { status: 200, body: { text: "The fox is quick." } };
}
