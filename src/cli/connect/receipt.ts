/**
 * What ccproxy remembers of a client's file that it wrote: enough to make the file byte for byte what it was. It is in
 * the state directory, for this user alone, since files of clients hold keys.
 */
import { readConfigText } from "../../config/load.ts";
import { type Place, stateDirectory } from "../../config/paths.ts";
import { ignore } from "../../ignore.ts";
import { Problem } from "../../problem.ts";
import { sha256Hex } from "../../sha256.ts";
import { isRecord, listAt, numberAt, parseJson, textAt } from "../../wire/json.ts";
import { writeFile } from "../../write_file.ts";
import { FILE_FORMATS, type FileFormat, toJsonValue, type WritableClient } from "./client_file.ts";
import type { FileChanges } from "./file_edit.ts";

/** One file that was written, and not undone yet. */
export interface Receipt {
  /** the file, symbolic links followed */
  readonly path: string;
  readonly format: FileFormat;
  /** SHA-256 of the text that was written */
  readonly writtenHash: string;
  /** the text before; undefined: there was no file */
  readonly before: string | undefined;
  readonly changes: FileChanges;
}

/** Where the text of a file before it was written is kept. */
export function backupPath(place: Place, client: WritableClient): string {
  return `${stateDirectory(place)}/connect/${client}.backup`;
}

function receiptPath(place: Place, client: WritableClient): string {
  return `${stateDirectory(place)}/connect/${client}.json`;
}

/** The receipt of a client; undefined where nothing is written. @throws Problem file for a damaged one */
export async function readReceipt(place: Place, client: WritableClient): Promise<Receipt | undefined> {
  const path = receiptPath(place, client);
  const text = await readConfigText(path);
  if (text === undefined) return undefined;
  const json = parseJson(text);
  const record = isRecord(json) ? json : {};
  const file = textAt(record, "path");
  const format = FILE_FORMATS.find((known) => known === record["format"]);
  const writtenHash = textAt(record, "written_sha256");
  const beforeHash = textAt(record, "before_sha256");
  const changes = readChanges(record["changes"]);
  const before = beforeHash === undefined ? undefined : await readConfigText(backupPath(place, client));
  const isWhole = beforeHash === undefined || (before !== undefined && sha256Hex(before) === beforeHash);
  if (
    file === undefined || format === undefined || writtenHash === undefined || changes === undefined ||
    !isWhole
  ) {
    throw new Problem("file", `"${path}" is damaged: it was to say what was written for ${client}`, {
      hint: `Take the settings out by hand, then remove "${path}"`,
    });
  }
  return { path: file, format, writtenHash, before, changes };
}

/** Keeps a receipt; the text before goes into a file of its own, to be looked at. @throws Problem file */
export async function keepReceipt(place: Place, client: WritableClient, receipt: Receipt): Promise<void> {
  const { path, format, writtenHash, before, changes } = receipt;
  const record = {
    path,
    format,
    written_sha256: writtenHash,
    ...before === undefined ? {} : { before_sha256: sha256Hex(before) },
    changes,
  };
  try {
    if (before !== undefined) await writeFile(backupPath(place, client), before, { makeDirectory: true });
    await writeFile(receiptPath(place, client), `${JSON.stringify(record, null, 1)}\n`, {
      makeDirectory: true,
    });
  } catch (thrown) {
    throw new Problem("file", `no backup can be kept in "${stateDirectory(place)}", so nothing was changed`, {
      cause: thrown,
    });
  }
}

/** Forgets a receipt, once the file is what it was. */
export async function forgetReceipt(place: Place, client: WritableClient): Promise<void> {
  await Deno.remove(receiptPath(place, client)).catch(ignore);
  await Deno.remove(backupPath(place, client)).catch(ignore);
}

function readChanges(value: unknown): FileChanges | undefined {
  if (!isRecord(value)) return undefined;
  if (value["kind"] === "lines") {
    const hunks = (listAt(value, "hunks") ?? []).flatMap((hunk) =>
      isRecord(hunk) ? [{ removed: texts(hunk["removed"]), added: texts(hunk["added"]) }] : []
    );
    return { kind: "lines", hunks };
  }
  if (value["kind"] !== "members") return undefined;
  const members = (listAt(value, "members") ?? []).flatMap((member) =>
    !isRecord(member) ? [] : [{
      path: texts(member["path"]),
      value: toJsonValue(member["value"]),
      before: textAt(member, "before") ?? null,
      existed: numberAt(member, "existed") ?? 0,
    }]
  );
  return { kind: "members", members };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
