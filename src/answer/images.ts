import { Problem } from "../problem.ts";
import { isRecord, type JsonObject, listAt, numberAt, parseJson, recordAt, textAt } from "../wire/json.ts";

/** One finished picture, with what the backend said of it. */
export interface FinishedImage {
  /** base64 */
  readonly data: string;
  readonly revisedPrompt: string | undefined;
  /** `created`, `output_format`, `quality`, `size`, `background`, where they are told */
  readonly facts: JsonObject;
  readonly usage: JsonObject | undefined;
}

/** The pictures of an answer of the direct endpoints (backend.md#images). @throws Problem answer_damaged */
export function readImages(text: string): FinishedImage[] {
  const answer = parseJson(text);
  const list = isRecord(answer) ? listAt(answer, "data")?.filter(isRecord) ?? [] : [];
  const facts: JsonObject = {};
  for (const key of ["created", "background", "output_format", "quality", "size"]) {
    if (isRecord(answer) && answer[key] !== undefined) facts[key] = answer[key];
  }
  const images = list.flatMap((entry, index) => {
    const data = textAt(entry, "b64_json");
    if (data === undefined || data === "") return [];
    // The usage counts for the whole answer.
    const usage = isRecord(answer) && index === 0 ? recordAt(answer, "usage") : undefined;
    return [{ data, revisedPrompt: textAt(entry, "revised_prompt"), facts, usage }];
  });
  if (images.length === 0) throw new Problem("answer_damaged", "it has no picture");
  return images;
}

/** How pictures are written for a client. */
export interface ImageWriting {
  readonly format: "b64_json" | "url";
  /** Unix time in seconds, where the backend tells none */
  readonly created: number;
}

/**
 * All pictures as one answer.
 *
 * @see https://platform.openai.com/docs/api-reference/images/object
 */
export function toImagesAnswer(
  images: readonly FinishedImage[],
  { format, created }: ImageWriting,
): JsonObject {
  const usage = sumUsage(images);
  return {
    created,
    ...images[0]?.facts,
    data: images.map((image) => ({
      ...pictureIn(image, format),
      ...(image.revisedPrompt === undefined ? {} : { revised_prompt: image.revisedPrompt }),
    })),
    ...(usage === undefined ? {} : { usage }),
  };
}

/**
 * One picture as the last event of its stream.
 *
 * @see https://platform.openai.com/docs/api-reference/images-streaming
 */
export function toImageEvent(
  image: FinishedImage,
  kind: "generation" | "edit",
  { created }: ImageWriting,
): { readonly type: string } & JsonObject {
  const { created: told, ...facts } = image.facts;
  return {
    type: kind === "edit" ? "image_edit.completed" : "image_generation.completed",
    b64_json: image.data,
    created_at: told ?? created,
    ...facts,
    ...(image.usage === undefined ? {} : { usage: image.usage }),
  };
}

/** The tokens of several requests together; undefined when none tells any. */
export function sumUsage(images: readonly FinishedImage[]): JsonObject | undefined {
  let sum: JsonObject | undefined;
  for (const { usage } of images) if (usage !== undefined) sum = added(sum ?? {}, usage);
  return sum;
}

function added(sum: JsonObject, more: JsonObject): JsonObject {
  const whole: JsonObject = { ...sum };
  for (const [key, value] of Object.entries(more)) {
    if (isRecord(value)) whole[key] = added(recordAt(sum, key) ?? {}, value);
    else if (typeof value === "number") whole[key] = (numberAt(sum, key) ?? 0) + value;
  }
  return whole;
}

function pictureIn({ data, facts }: FinishedImage, format: "b64_json" | "url"): JsonObject {
  if (format === "b64_json") return { b64_json: data };
  return { url: `data:image/${textAt(facts, "output_format") ?? "png"};base64,${data}` };
}
