import { badField } from "../../ask/fields.ts";
import { bytesOf, readPicture } from "../../ask/picture.ts";
import type { Archive } from "../../conversations/archive.ts";
import { responseExpiry } from "../../conversations/archive.ts";
import {
  deleteFile,
  findFile,
  listFiles,
  loadFile,
  type NewFile,
  saveFile,
} from "../../conversations/stored_files.ts";
import { Problem } from "../../problem.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { type FormPart, partText } from "../../wire/multipart.ts";
import { type Endpoint, heldFormOf, memoryOf } from "../endpoint.ts";
import { BASE64_WEIGHT } from "../read_body.ts";
import { readPageQuery, toPage } from "./list_page.ts";

/**
 * The Files resource, as far as responses, chats and messages need it: files are kept in ccproxy's own memory and sent
 * as data (behaviour.md#uploaded-files).
 *
 * @see https://platform.openai.com/docs/api-reference/files
 */

/** Bytes of one file: what the public API takes of one in a request. */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024;
/** Seconds that a client may ask a file to be kept for, as in the public API. */
const LIFE_SECONDS = { min: 3600, max: 2_592_000 };
/** What files are for that can be used here. */
const PURPOSES: readonly string[] = ["user_data", "assistants", "vision", "evals"];

/** `POST …/files`. @throws Problem bad_request naming the field */
export const uploadFile: Endpoint = async ({ memory, bodyGate }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const file = await heldFormOf(
    { bodyGate },
    call,
    "file",
    (form) => readUpload(form, archive),
    BASE64_WEIGHT,
  );
  return jsonReply(await saveFile(archive, owner, file));
};

/** `GET …/files`, also of one `purpose`. @throws Problem bad_request */
export const showFiles: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const purpose = call.url.searchParams.get("purpose");
  const files = await listFiles(archive, owner);
  const wanted = purpose === null ? files : files.filter((file) => file["purpose"] === purpose);
  return jsonReply(toPage(wanted, readPageQuery(call.url)));
};

/** `GET …/files/{id}`. @throws Problem file_not_found */
export const getFile: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  return jsonReply(await findFile(archive, owner, call.params.id));
};

/** `GET …/files/{id}/content`: its bytes. @throws Problem file_not_found */
export const getFileContent: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const { base64, type } = await loadFile(archive, owner, call.params.id);
  // A page that was uploaded is no page of this origin.
  const headers = {
    "content-type": type,
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
  };
  return new Response(Uint8Array.fromBase64(base64), { headers });
};

/** `DELETE …/files/{id}`. @throws Problem file_not_found */
export const removeFile: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  await deleteFile(archive, owner, call.params.id);
  return jsonReply({ id: call.params.id, object: "file", deleted: true });
};

function readUpload(parts: readonly FormPart[], archive: Archive): NewFile {
  const text = (name: string) => {
    const part = parts.find((each) => each.name === name);
    return part === undefined ? undefined : partText(part);
  };
  const purpose = text("purpose") ?? "user_data";
  if (!PURPOSES.includes(purpose)) {
    throw badField(
      "purpose",
      purpose,
      `one of ${PURPOSES.map((each) => `"${each}"`).join(", ")}`,
    );
  }
  const part = parts.find(({ name }) => name === "file");
  const wrong = (found: string) =>
    new Problem("bad_request", `"file" must be a file of at most 32 MiB: found ${found}`, { param: "file" });
  if (part === undefined) throw wrong("none");
  if (part.filename === undefined) throw wrong("a text");
  if (part.bytes.length === 0) throw wrong("an empty one");
  if (part.bytes.length > FILE_LIMIT_BYTES) throw wrong(`${Math.ceil(part.bytes.length / 1024 / 1024)} MiB`);
  const seconds = text("expires_after[seconds]");
  return {
    filename: part.filename.slice(0, 255),
    type: typeOf(part),
    purpose,
    bytes: part.bytes.length,
    base64: part.bytes.toBase64(),
    expiresAtMs: seconds === undefined
      ? responseExpiry(archive)
      : archive.nowMs() + lifeSeconds(seconds) * 1000,
  };
}

function lifeSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= LIFE_SECONDS.min && seconds <= LIFE_SECONDS.max) return seconds;
  throw badField(
    "expires_after[seconds]",
    text,
    `a whole number from ${LIFE_SECONDS.min} to ${LIFE_SECONDS.max}`,
  );
}

/** By its bytes where they tell, else as the client says. */
function typeOf({ bytes, type }: FormPart): string {
  const picture = readPicture(bytesOf(bytes));
  if (picture !== undefined) return picture.type;
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "%PDF-") return "application/pdf";
  const declared = /^[\w.+-]+\/[\w.+-]+/.exec(type ?? "")?.[0].toLowerCase();
  return declared ?? "application/octet-stream";
}
