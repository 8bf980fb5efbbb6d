import { toPictureUrl } from "../ask/image_request.ts";
import { Problem } from "../problem.ts";
import type { JsonObject } from "../wire/json.ts";
import { type FormPart, partText } from "../wire/multipart.ts";

/** Fields of a form that are numbers or booleans in JSON. */
const TYPED: ReadonlySet<string> = new Set(["n", "partial_images", "output_compression", "stream"]);

/**
 * The form of images/edits as the JSON body of the same route: `image` or `image[]`, once or several times, and `mask`
 * are files, all others texts.
 *
 * @throws Problem bad_request
 */
export function toEditBody(parts: readonly FormPart[]): JsonObject {
  const body: JsonObject = {};
  const images: JsonObject[] = [];
  for (const part of parts) {
    const name = part.name.replace(/\[\d*\]$/, "");
    if (name === "image") images.push({ image_url: toPictureUrl(part.bytes, "image") });
    else if (name === "mask") body["mask"] = { image_url: toPictureUrl(part.bytes, "mask") };
    else if (part.filename !== undefined) {
      throw new Problem("bad_request", `"${name.slice(0, 64)}" must be a text: found a file`, {
        param: name.slice(0, 64),
      });
    } else body[name] = typed(name, partText(part));
  }
  if (images.length === 0) {
    throw new Problem("bad_request", '"image" must be a file: found none', { param: "image" });
  }
  return { ...body, images };
}

function typed(name: string, text: string): unknown {
  if (!TYPED.has(name)) return text;
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
