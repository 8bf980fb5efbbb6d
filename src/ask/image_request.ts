import { Problem } from "../problem.ts";
import { isRecord, type JsonObject } from "../wire/json.ts";
import { badField, optionalBoolean, optionalInteger, optionalText, requiredText } from "./fields.ts";
import { bytesOf, bytesOfBase64, type PictureFacts, readPicture } from "./picture.ts";

/** What is asked of a picture model. */
export type ImageKind = "generation" | "edit";

/** A request for pictures that has been read. */
export interface ImageRequest {
  /** as the client named it */
  readonly model: string | undefined;
  /** the backend's body without its model: one picture */
  readonly sent: JsonObject;
  /** how many pictures */
  readonly count: number;
  readonly format: "b64_json" | "url";
  readonly stream: boolean;
  /** parameters without effect */
  readonly ignored: readonly string[];
}

/** Pictures of one request, and of one edit, at most: the public API's own limits. */
const MOST_PICTURES = 10;
const MOST_INPUTS = 16;
/** Bytes of one picture that comes in: the public API's own limit. */
export const PICTURE_LIMIT_BYTES = 50 * 1024 * 1024;

/**
 * Reads the body of images/generations, or of images/edits in its JSON form; a multipart form becomes that form first
 * (form_to_edit.ts).
 *
 * @param sorted what was sorted out of its parameters
 * @throws Problem bad_request
 * @see https://platform.openai.com/docs/api-reference/images
 */
export function readImageRequest(
  body: JsonObject,
  kind: ImageKind,
  sorted: { readonly ignored: readonly string[]; readonly propagated: JsonObject },
): ImageRequest {
  const prompt = requiredText(body, "prompt");
  if (prompt.trim() === "") {
    throw new Problem("bad_request", '"prompt" must be a text: found an empty one', { param: "prompt" });
  }
  const model = optionalText(body, "model");
  const count = optionalInteger(body, "n", 1) ?? 1;
  if (count > MOST_PICTURES) {
    throw new Problem("bad_request", `"n" must be 1 to ${MOST_PICTURES}: found ${count}`, { param: "n" });
  }
  const quality = choice(body, "quality", ["auto", "low", "medium", "high", "standard", "hd"]);
  const size = optionalText(body, "size");
  if (size !== undefined && !/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/.test(size)) {
    throw badField("size", size, '"auto" or a width and a height as "1024x1536"');
  }
  const background = choice(body, "background", ["auto", "opaque", "transparent"]);
  const outputFormat = choice(body, "output_format", ["png", "jpeg", "webp"]);
  if (background === "transparent" && outputFormat === "jpeg") {
    throw badField("output_format", outputFormat, '"png" or "webp" with a transparent background');
  }
  const format = choice(body, "response_format", ["b64_json", "url"]);
  return {
    model,
    sent: {
      prompt,
      ...given("size", size),
      ...given("quality", QUALITIES[quality ?? ""] ?? quality),
      ...given("background", background),
      ...given("output_format", outputFormat),
      ...(kind === "edit" ? readInputs(body) : {}),
      ...sorted.propagated,
    },
    count,
    // The models of old gave addresses unless they were asked for data.
    format: format === "url" || format === undefined && /^dall-e/.test(model ?? "") ? "url" : "b64_json",
    stream: optionalBoolean(body, "stream") ?? false,
    ignored: sorted.ignored,
  };
}

/** Words of DALL-E 3 for what is called otherwise now. */
const QUALITIES: Readonly<Record<string, string>> = { standard: "medium", hd: "high" };

function given(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}

function choice(body: JsonObject, key: string, choices: readonly string[]): string | undefined {
  const value = optionalText(body, key);
  if (value === undefined || choices.includes(value)) return value;
  throw badField(key, value, `one of ${choices.map((each) => `"${each}"`).join(", ")}`);
}

/** The pictures of an edit, and its mask. */
function readInputs(body: JsonObject): JsonObject {
  const key = body["images"] === undefined && body["image"] !== undefined ? "image" : "images";
  const given = body[key];
  const list = Array.isArray(given) ? given : given === undefined || given === null ? [] : [given];
  if (list.length === 0 || list.length > MOST_INPUTS) {
    throw new Problem(
      "bad_request",
      `"${key}" must have 1 to ${MOST_INPUTS} pictures: found ${list.length}`,
      {
        param: key,
      },
    );
  }
  const many = Array.isArray(given);
  const inputs = list.map((entry, index) => readInput(entry, many ? `${key}[${index}]` : key));
  const first = inputs[0]?.facts;
  const images = inputs.map(({ url }) => ({ image_url: url }));
  if (body["mask"] === undefined || body["mask"] === null) return { images };
  const mask = readInput(body["mask"], "mask");
  checkMask(mask.facts, first);
  return { images, mask: { image_url: mask.url } };
}

/** One picture: `{image_url}`, or the address itself. */
function readInput(entry: unknown, param: string): { url: string; facts: PictureFacts | undefined } {
  if (isRecord(entry) && entry["file_id"] !== undefined) {
    throw new Problem(
      "bad_request",
      `"${param}.file_id" cannot be used here: send the picture as "image_url"`,
      {
        param: `${param}.file_id`,
      },
    );
  }
  const url = isRecord(entry) ? entry["image_url"] : entry;
  const place = isRecord(entry) ? `${param}.image_url` : param;
  if (typeof url !== "string") throw badField(place, url, "a data URL or an https address");
  if (/^https:\/\//i.test(url)) return { url, facts: undefined };
  const data = /^data:[\w.+/-]*(?:;[\w=.-]+)*;base64,/i.exec(url);
  if (data === null) {
    throw new Problem("bad_request", `"${place}" must be a base64 data URL or an https address`, {
      param: place,
    });
  }
  const start = data[0].length;
  checkPictureBytes(Math.floor((url.length - start) * 3 / 4), place);
  const facts = readEncoded(url.slice(start), place);
  if (facts === undefined) throw noPicture(place);
  return { url, facts };
}

/** A picture as a data URL with the type that its bytes have. @throws Problem bad_request */
export function toPictureUrl(bytes: Uint8Array, param: string): string {
  checkPictureBytes(bytes.length, param);
  const facts = readPicture(bytesOf(bytes));
  if (facts === undefined) throw noPicture(param);
  return `data:${facts.type};base64,${bytes.toBase64()}`;
}

function checkPictureBytes(bytes: number, param: string): void {
  if (bytes === 0) {
    throw new Problem("bad_request", `"${param}" must be a picture: found an empty file`, { param });
  }
  if (bytes <= PICTURE_LIMIT_BYTES) return;
  throw new Problem(
    "bad_request",
    `"${param}" must be at most 50 MiB: found ${Math.ceil(bytes / 1024 / 1024)} MiB`,
    { param },
  );
}

function noPicture(param: string): Problem {
  return new Problem("bad_request", `"${param}" must be a PNG, JPEG or WebP: its bytes are none of them`, {
    param,
  });
}

function readEncoded(base64: string, param: string): PictureFacts | undefined {
  try {
    return readPicture(bytesOfBase64(base64));
  } catch (error) {
    throw new Problem("bad_request", `"${param}" must be valid base64`, { param, cause: error });
  }
}

function checkMask(mask: PictureFacts | undefined, image: PictureFacts | undefined): void {
  if (mask === undefined) return;
  if (mask.type !== "image/png") {
    throw new Problem("bad_request", `"mask" must be a PNG: found ${mask.type}`, { param: "mask" });
  }
  if (image?.width === undefined || image.width === mask.width && image.height === mask.height) return;
  throw new Problem(
    "bad_request",
    `"mask" must have the size of the first picture, ${image.width}x${image.height}: found ${mask.width}x${mask.height}`,
    { param: "mask" },
  );
}
