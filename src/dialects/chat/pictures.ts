import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { badField } from "../../ask/fields.ts";

/**
 * A generated picture in the form that LiteLLM and OpenRouter gave Chat Completions, which has none of its own: an
 * entry of `message.images`, and of `delta.images` in streams.
 *
 * @param index of the picture in the answer
 * @returns undefined for an item that is no picture
 * @see https://openrouter.ai/docs/features/multimodal/image-generation
 */
export function toChatPicture(item: JsonObject, index: number): JsonObject | undefined {
  const result = textAt(item, "result");
  if (item["type"] !== "image_generation_call" || result === undefined || result === "") return undefined;
  const url = `data:image/${textAt(item, "output_format") ?? "png"};base64,${result}`;
  return { index, type: "image_url", image_url: { url } };
}

/** `images` of an assistant message that is sent back. @throws Problem bad_request */
export function readPictures(images: unknown, param: string): InputItem[] {
  if (images === undefined || images === null) return [];
  if (!Array.isArray(images)) throw badField(param, images, "an array of pictures");
  return images.map((image, at) => {
    const holder = isRecord(image) && isRecord(image["image_url"]) ? image["image_url"] : {};
    const data = /^data:image\/[\w.+-]+;base64,(.+)$/s.exec(textAt(holder, "url") ?? "")?.[1];
    if (data === undefined) throw badField(`${param}[${at}].image_url.url`, holder["url"], "a data URL");
    return { type: "image_generation_call", status: "completed", result: data };
  });
}

/** Items that are told in a place of their own, or that nobody misses once there is something to read. */
const TOLD: ReadonlySet<string> = new Set([
  "message",
  "reasoning",
  "function_call",
  "custom_tool_call",
]);

/**
 * What to say in an answer that would otherwise be empty although the model did something that Chat Completions has no
 * place for.
 *
 * @param types of the items of the answer
 * @returns undefined when there is nothing to tell of
 */
export function toldInstead(types: Iterable<string>): string | undefined {
  const untold = [...new Set(types)].filter((type) => !TOLD.has(type));
  if (untold.length === 0) return undefined;
  return `[The answer held ${untold.join(", ")} and no text, which Chat Completions cannot carry. ` +
    "POST /responses gives it whole.]";
}
