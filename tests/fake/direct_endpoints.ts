/**
 * The endpoints of the backend that are no model's conversation: pictures, Codex's own search, transcription
 * (backend.md#images, #alpha-search, #transcribe). As strict as is known of them.
 */
import {
  detail,
  firstAmong,
  firstOf,
  invalid,
  isObject,
  type Json,
  notAmong,
  type Refusal,
} from "./refusal.ts";
import { unknownKey, wrongType } from "./refusal.ts";
import type { Script } from "./script.ts";

/** What these look at in a request. */
export interface DirectRequest {
  readonly method: string;
  readonly route: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly json?: unknown;
}

const IMAGE_MODELS = ["gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"];
const IMAGE_KEYS = ["model", "prompt", "background", "quality", "size", "output_format"];
/** A PNG of one pixel. */
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The refusal of such a request; undefined for one that is taken, and for every other route. */
export function refuseDirect(request: DirectRequest, plan: string | undefined): Refusal | undefined {
  switch (`${request.method} ${request.route}`) {
    case "POST /images/generations":
      return refuseImages(request, plan, IMAGE_KEYS);
    case "POST /images/edits":
      return firstOf(
        () => refuseImages(request, plan, [...IMAGE_KEYS, "images", "mask"]),
        () => refuseInputs(isObject(request.json) ? request.json : {}),
      );
    case "POST /backend-api/transcribe":
      return refuseTranscription(request);
    default:
      return undefined;
  }
}

function refuseImages(
  { json }: DirectRequest,
  plan: string | undefined,
  keys: string[],
): Refusal | undefined {
  if (!isObject(json)) return detail("Invalid JSON in request body");
  return firstOf(
    () =>
      plan !== "free" ? undefined : {
        status: 403,
        body: { error: { code: "usage_not_included", message: "Images are not included in your plan." } },
      },
    () => unknownKey(json, keys, "body"),
    () => notAmong(json["model"], IMAGE_MODELS, "model"),
    () => wrongType(json["prompt"], "string", "prompt"),
    () =>
      /forbidden/.test(`${json["prompt"]}`)
        ? invalid("Your request was rejected by the safety system.", null, "moderation_blocked")
        : undefined,
  );
}

function refuseInputs(body: Json): Refusal | undefined {
  const { images, mask } = body;
  if (!Array.isArray(images)) return wrongType(images, "array", "images");
  return firstAmong(mask === undefined ? images : [...images, mask], (entry, index) => {
    const url = isObject(entry) ? entry["image_url"] : undefined;
    return typeof url === "string" && /^data:image\/(?:png|jpeg|webp);base64,/.test(url)
      ? undefined
      : invalid(`Invalid 'images[${index}].image_url'.`, `images[${index}].image_url`, "invalid_value");
  });
}

function refuseTranscription({ headers, body }: DirectRequest): Refusal | undefined {
  const text = new TextDecoder("latin1").decode(body);
  const names = [...text.matchAll(/name="(\w+)"/g)].map(([, name = ""]) => name);
  const isForm = (headers["content-type"] ?? "").startsWith("multipart/form-data; boundary=");
  const isKnown = names.includes("file") && names.every((name) => name === "file" || name === "prompt");
  return isForm && isKnown ? undefined : detail("file is required", 422);
}

/** One picture, as the direct endpoints answer. */
export function imagesAnswer({ json }: DirectRequest, nowMs: number): Script {
  const asked = isObject(json) ? json : {};
  return {
    body: {
      created: Math.floor(nowMs / 1000),
      background: asked["background"] ?? "opaque",
      data: [{ b64_json: PIXEL, generation_id: "gen_1" }],
      output_format: asked["output_format"] ?? "png",
      quality: asked["quality"] ?? "medium",
      size: asked["size"] ?? "1024x1024",
      usage: {
        input_tokens: 10,
        input_tokens_details: { image_tokens: 0, text_tokens: 10 },
        output_tokens: 1000,
        total_tokens: 1010,
      },
    },
  };
}

/** Codex's own search; what it answers is no client's of ours to read. */
export function searchAnswer({ body }: DirectRequest): Script {
  return {
    bytes: `{ "results" :[{"asked":${body.length}}]}`,
    headers: { "content-type": "application/json" },
  };
}
