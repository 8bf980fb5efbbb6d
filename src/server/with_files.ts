import { fileIdsOf, placeFiles, type UploadedFile } from "../ask/file_references.ts";
import { loadFile } from "../conversations/stored_files.ts";
import { Problem } from "../problem.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Call } from "./call.ts";
import { bodyLimitBytes, memoryOf } from "./endpoint.ts";
import type { ExchangeParts } from "./exchange.ts";

/**
 * The body of a request with the data of the files that it names by id, which were uploaded here; the same object when
 * it names none. Together they have to keep to the limit of a body, and their room is held as a body's is.
 *
 * @throws Problem file_not_found, body_too_large, too_many_requests
 */
export async function withFiles(
  { memory, bodyGate }: Pick<ExchangeParts, "memory" | "bodyGate">,
  call: Call,
  body: JsonObject,
): Promise<JsonObject> {
  const ids = fileIdsOf(body);
  if (ids.length === 0) return body;
  const { archive, owner, signal } = memoryOf(memory, call);
  const limitBytes = bodyLimitBytes(call.settings);
  const files = new Map<string, UploadedFile>();
  let bytes = 0;
  for (const id of ids) {
    const file = await loadFile(archive, owner, id);
    bytes += file.base64.length;
    if (bytes > limitBytes) {
      throw new Problem("body_too_large", `with its files it has more than ${limitBytes} bytes`);
    }
    files.set(id, file);
  }
  call.note.work.hold((await bodyGate.working.enter(bytes, signal)).leave);
  return placeFiles(body, files);
}
