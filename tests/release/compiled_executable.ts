/**
 * Reads what `deno compile` put into an ELF executable, without running it: where Deno's runtime cannot be had, a file
 * compiled onto the plain `deno` still carries everything that was baked (observed with Deno 2.9.6: note section
 * `.note.sui`, in it `d3n0l4nd`, then blocks of a length and that many bytes: the metadata as JSON, npm packages, remote modules and
 * redirects (all empty here), the list of files as JSON, the files).
 */
import { isRecord, type JsonObject } from "../../src/wire/json.ts";

/** What was baked into an executable. */
export interface Compiled {
  /** `permissions`, `argv`, `v8_flags`, `env_vars_from_env_file`, … as Deno serialises them */
  readonly metadata: JsonObject;
  /** the embedded files of the root folder: name to content */
  readonly files: ReadonlyMap<string, string>;
}

const MAGIC = new TextEncoder().encode("d3n0l4nd");

/** Throws an Error when the file is no ELF executable made by `deno compile`. */
export function readCompiled(file: Uint8Array<ArrayBuffer>): Compiled {
  const section = noteSection(file, ".note.sui");
  const start = lastMagic(section.subarray(0, 256)) + MAGIC.length;
  const length = Number(new DataView(section.buffer, section.byteOffset + start).getBigUint64(0, true));
  const text = (from: number, size: number) => new TextDecoder().decode(section.subarray(from, from + size));
  const metadata: unknown = JSON.parse(text(start + 8, length));
  if (!isRecord(metadata)) throw new Error("The metadata of the executable is not an object");

  // The list is the first block after the metadata that holds JSON; blocks before it are empty or counts of 0.
  const list = section.indexOf("[".charCodeAt(0), start + 8 + length);
  const listLength = Number(
    new DataView(section.buffer, section.byteOffset + list - 8).getBigUint64(0, true),
  );
  const entries: unknown = JSON.parse(text(list, listLength));
  if (!Array.isArray(entries)) throw new Error("The list of embedded files is not a list");
  const data = list + listLength + 8;
  const files = new Map<string, string>();
  for (const { File: file } of entries) {
    if (file === undefined) throw new Error("An embedded entry is not a file");
    files.set(file.n, text(data + file.o[0], file.o[1]));
  }
  return { metadata, files };
}

function noteSection(file: Uint8Array<ArrayBuffer>, wanted: string): Uint8Array<ArrayBuffer> {
  const view = new DataView(file.buffer, file.byteOffset);
  const headers = Number(view.getBigUint64(0x28, true));
  const headerSize = view.getUint16(0x3a, true);
  const names = sectionAt(view, headers + view.getUint16(0x3e, true) * headerSize);
  for (let index = 0; index < view.getUint16(0x3c, true); index++) {
    const header = headers + index * headerSize;
    const nameStart = names.offset + view.getUint32(header, true);
    const name = new TextDecoder().decode(file.subarray(nameStart, file.indexOf(0, nameStart)));
    if (name !== wanted) continue;
    const { offset, size } = sectionAt(view, header);
    return file.subarray(offset, offset + size);
  }
  throw new Error(`The executable has no section ${wanted}`);
}

function sectionAt(view: DataView, header: number): { offset: number; size: number } {
  return {
    offset: Number(view.getBigUint64(header + 0x18, true)),
    size: Number(view.getBigUint64(header + 0x20, true)),
  };
}

/** The magic stands twice: as the name of the section and in front of the data. */
function lastMagic(head: Uint8Array): number {
  for (let at = head.length - MAGIC.length; at >= 0; at--) {
    if (MAGIC.every((byte, offset) => head[at + offset] === byte)) return at;
  }
  throw new Error("The section does not hold what deno compile writes");
}
