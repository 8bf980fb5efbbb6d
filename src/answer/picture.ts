import { type JsonObject, textAt } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";

/** A generated picture. */
export interface Picture {
  /** such as `image/png` */
  readonly mediaType: string;
  /** in base64 */
  readonly data: string;
}

/** The picture of an item of an answer; undefined for an item of another type, and for one that came to nothing. */
export function pictureOf(item: JsonObject): Picture | undefined {
  const data = textAt(item, "result");
  if (item["type"] !== "image_generation_call" || data === undefined || data === "") return undefined;
  return { mediaType: `image/${textAt(item, "output_format") ?? "png"}`, data };
}

/** A picture that the model made in an earlier turn, as the client sent it back. @param data in base64 */
export function pictureItem(data: string): InputItem {
  return { type: "image_generation_call", status: "completed", result: data };
}
