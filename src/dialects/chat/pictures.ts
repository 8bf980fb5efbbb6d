import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem, ResponsesObject } from "../../wire/responses.ts";
import { pictureItem, pictureOf } from "../../answer/picture.ts";
import { toldInstead } from "../../answer/told_instead.ts";
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
  const picture = pictureOf(item);
  if (picture === undefined) return undefined;
  const url = `data:${picture.mediaType};base64,${picture.data}`;
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
    return pictureItem(data);
  });
}

/** Items that are told in a place of their own, or that nobody misses once there is something to read. */
const CARRIED: ReadonlySet<string> = new Set(["message", "reasoning", "function_call", "custom_tool_call"]);

/** {@linkcode toldInstead} for an answer of Chat Completions. */
export function toldInChat(response: ResponsesObject): string | undefined {
  return toldInstead(response.output.map(({ type }) => type), "Chat Completions", CARRIED);
}
