import type { UnpackedFile } from "./inflate.ts";

const BLOCK_BYTES = 512;

/**
 * The regular files of a ustar archive.
 *
 * @throws Error for anything else in it (links, folders, extended headers), a wrong header checksum, or an early end
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html "ustar Interchange Format"
 */
export function unpackTar(archive: Uint8Array<ArrayBuffer>): UnpackedFile[] {
  const files: UnpackedFile[] = [];
  for (let at = 0; at < archive.length;) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.length < BLOCK_BYTES) break;
    if (header.every((byte) => byte === 0)) return files;
    if (octalAt(header, 148, 8) !== checksumOf(header)) throw new Error("A header has a wrong checksum");
    const kind = textAt(header, 156, 1);
    const name = textAt(header, 0, 100);
    if ((kind !== "0" && kind !== "") || textAt(header, 345, 155) !== "") {
      throw new Error(`"${name}" is not a plain file of the root folder`);
    }
    const size = octalAt(header, 124, 12);
    const start = at + BLOCK_BYTES;
    if (start + size > archive.length) break;
    files.push({ name, bytes: archive.subarray(start, start + size) });
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  throw new Error("The archive ends too early");
}

function textAt(header: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(header.subarray(at, at + length)).replace(/\0.*$/s, "");
}

function octalAt(header: Uint8Array, at: number, length: number): number {
  const text = textAt(header, at, length).trim();
  if (!/^[0-7]+$/.test(text)) throw new Error("A header holds no octal number where one was needed");
  return parseInt(text, 8);
}

/** The sum of all bytes of a header, its own field counted as blanks. */
function checksumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
