import { isRecord, type JsonObject } from "../wire/json.ts";

/** A file that was uploaded to ccproxy. */
export interface UploadedFile {
  readonly filename: string;
  /** media type */
  readonly type: string;
  readonly base64: string;
}

/** Where parts of a request lie: nothing else of a body is walked through. */
const HOLDERS: readonly string[] = ["input", "messages", "content", "output", "file", "source"];

/** The ids of all files that the parts of a body name. */
export function fileIdsOf(body: JsonObject): string[] {
  const ids = new Set<string>();
  walk(body, (holder) => {
    const id = holder["file_id"];
    if (typeof id === "string") ids.add(id);
    return holder;
  });
  return [...ids];
}

/**
 * The body with the data of these files where their ids stood, in the form that the part has for data: the backend
 * sees no uploaded file. An id that is not among them stays. The body that is given does not change.
 */
export function placeFiles(body: JsonObject, files: ReadonlyMap<string, UploadedFile>): JsonObject {
  return walk(body, (holder) => {
    const { file_id: id, ...rest } = holder;
    const file = typeof id === "string" ? files.get(id) : undefined;
    if (file === undefined) return holder;
    const url = `data:${file.type};base64,${file.base64}`;
    // Anthropic's source of a document or an image.
    if (holder["type"] === "file" && holder["file"] === undefined && !("filename" in holder)) {
      return toSource(file);
    }
    if (holder["type"] === "input_image") return { ...rest, image_url: url };
    return { filename: file.filename, ...rest, file_data: url };
  });
}

/** Texts have a form of their own there. */
function toSource({ type, base64 }: UploadedFile): JsonObject {
  if (!type.startsWith("text/")) return { type: "base64", media_type: type, data: base64 };
  const data = new TextDecoder().decode(Uint8Array.fromBase64(base64));
  return { type: "text", media_type: "text/plain", data };
}

/** The value with each of its objects that names a file replaced; what has none stays the same object. */
function walk(body: JsonObject, replace: (holder: JsonObject) => JsonObject): JsonObject {
  let changed: JsonObject | undefined;
  for (const key of HOLDERS) {
    const value = body[key];
    if (typeof value !== "object" || value === null) continue;
    const next = Array.isArray(value)
      ? walkList(value, replace)
      : isRecord(value)
      ? walk(value, replace)
      : value;
    if (next !== value) changed = { ...changed ?? body, [key]: next };
  }
  const own = changed ?? body;
  return own["file_id"] === undefined ? own : replace(own);
}

function walkList(list: unknown[], replace: (holder: JsonObject) => JsonObject): unknown[] {
  let changed: unknown[] | undefined;
  for (const [index, entry] of list.entries()) {
    if (!isRecord(entry)) continue;
    const next = walk(entry, replace);
    if (next !== entry) (changed ??= [...list])[index] = next;
  }
  return changed ?? list;
}
