import { inflate, type UnpackedFile } from "./inflate.ts";

/**
 * The files of a zip archive, read by its directory: stored or deflated ones, without encryption and without zip64.
 *
 * @throws Error for what is none of these, or damaged
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16
 */
export async function unpackZip(archive: Uint8Array<ArrayBuffer>): Promise<UnpackedFile[]> {
  // Loaded when an archive is there: the import costs 30 ms, which every start of the program would pay.
  const { crc32 } = await import("node:zlib");
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = directoryEnd(view);
  const files: UnpackedFile[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error("The directory is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [packedBytes, fullBytes] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameBytes));
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) throw new Error(`"${name}" has an unknown form`);
    const local = view.getUint32(at + 42, true);
    // The local header has name and extra field in lengths of its own.
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = archive.slice(start, start + packedBytes);
    const bytes = method === 0 ? packed : await inflate(packed, "deflate-raw");
    if (bytes.length !== fullBytes || crc32(bytes) !== view.getUint32(at + 16, true)) {
      throw new Error(`"${name}" is damaged`);
    }
    files.push({ name, bytes });
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}

/** Where the record at the end stands: it may be followed by a comment only. */
function directoryEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw new Error("The archive has no directory");
}
