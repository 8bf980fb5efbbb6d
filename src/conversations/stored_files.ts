import type { RecordHead } from "../store/store.ts";
import { Problem } from "../problem.ts";
import type { UploadedFile } from "../ask/file_references.ts";
import { type JsonObject, numberAt, textAt } from "../wire/json.ts";
import { type Archive, keyOf } from "./archive.ts";

/**
 * Files that clients uploaded (behaviour.md#uploaded-files): a record `file`, its data in its items. The backend's
 * own upload is not used: its address of the bytes is on another host (backend.md#files).
 */

/** A file to keep. */
export interface NewFile extends UploadedFile {
  readonly purpose: string;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

/** Characters of one item: far below what a store takes of one (store/store_problem.ts). */
const PIECE_CHARACTERS = 8 * 1024 * 1024;

function piecesOf(base64: string): JsonObject[] {
  const pieces: JsonObject[] = [];
  for (let at = 0; at < base64.length; at += PIECE_CHARACTERS) {
    pieces.push({ base64: base64.slice(at, at + PIECE_CHARACTERS) });
  }
  return pieces;
}

/** Files that a list looks at. */
const LIST_LIMIT = 10_000;

/** Keeps a file. @returns its resource */
export async function saveFile(archive: Archive, owner: string, file: NewFile): Promise<JsonObject> {
  const { filename, type, purpose, bytes, expiresAtMs, base64 } = file;
  const key = keyOf("file", owner, `file-${archive.newId()}`);
  const head = { filename, type, purpose, bytes, created_at: Math.floor(archive.nowMs() / 1000) };
  await archive.queue.add([{ op: "put", key, head, items: piecesOf(base64), expiresAtMs }]);
  return toFileResource({ key, head, expiresAtMs });
}

/** What is said about a file. @throws Problem file_not_found */
export async function findFile(archive: Archive, owner: string, id: string): Promise<JsonObject> {
  await archive.queue.settled();
  const head = await archive.store.getHead(keyOf("file", owner, id));
  if (head === undefined) throw missingFile(id);
  return toFileResource(head);
}

/** A file with its data. @throws Problem file_not_found */
export async function loadFile(archive: Archive, owner: string, id: string): Promise<UploadedFile> {
  await archive.queue.settled();
  const record = await archive.store.get(keyOf("file", owner, id));
  if (record === undefined) throw missingFile(id);
  const base64 = record.items.map((item) => textAt(item, "base64") ?? "").join("");
  return { filename: textAt(record.head, "filename") ?? "file", type: typeOf(record.head), base64 };
}

/** The resources of the files of an owner, the oldest first. */
export async function listFiles(archive: Archive, owner: string): Promise<JsonObject[]> {
  await archive.queue.settled();
  const heads = await archive.store.list("file", { owner, limit: LIST_LIMIT });
  return heads.map(toFileResource).reverse();
}

/** Forgets a file. @throws Problem file_not_found */
export async function deleteFile(archive: Archive, owner: string, id: string): Promise<void> {
  await findFile(archive, owner, id);
  await archive.queue.add([{ op: "delete", key: keyOf("file", owner, id), erase: true }]);
}

/** @see https://platform.openai.com/docs/api-reference/files/object */
function toFileResource(
  { key, head, expiresAtMs }: Pick<RecordHead, "key" | "head" | "expiresAtMs">,
): JsonObject {
  return {
    id: key.id,
    object: "file",
    bytes: numberAt(head, "bytes") ?? 0,
    created_at: numberAt(head, "created_at") ?? 0,
    expires_at: Math.floor(expiresAtMs / 1000),
    filename: textAt(head, "filename") ?? "file",
    purpose: textAt(head, "purpose") ?? "user_data",
    status: "processed",
  };
}

function typeOf(head: JsonObject): string {
  return textAt(head, "type") ?? "application/octet-stream";
}

function missingFile(id: string): Problem {
  return new Problem("file_not_found", `there is no file with id ${JSON.stringify(id.slice(0, 100))}`, {
    param: "file_id",
  });
}
