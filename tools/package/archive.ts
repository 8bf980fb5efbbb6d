/**
 * Archives of a few files, as .tar.gz and .zip: the same bytes for the same input on every system, which the tools of
 * the systems do not give.
 */
import { crc32 } from "node:zlib";

/** A file of an archive, in its root folder. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly executable: boolean;
}

const encoder = new TextEncoder();

/** A gzipped ustar archive; every file belongs to root and is dated `atMs`. Names are at most 100 bytes. */
export async function tarGz(
  files: readonly ArchiveFile[],
  atMs: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const file of files) {
    const padding = (512 - file.bytes.length % 512) % 512;
    parts.push(tarHeader(file, atMs), file.bytes, new Uint8Array(padding));
  }
  parts.push(new Uint8Array(1024));
  return await compressed(new Blob(parts), "gzip");
}

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html "ustar Interchange Format" */
function tarHeader(file: ArchiveFile, atMs: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(encoder.encode(text), at);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0");
  if (encoder.encode(file.name).length > 100) throw new Error(`"${file.name}" is too long a name`);
  put(0, file.name);
  put(100, octal(file.executable ? 0o755 : 0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(file.bytes.length, 12));
  put(136, octal(Math.floor(atMs / 1000), 12));
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\0" + "00");
  put(265, "root");
  put(297, "root");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 7)}\0 `);
  return header;
}

/** A deflated zip archive; files are dated 1980-01-01, the first day of the format. */
export async function zip(files: readonly ArchiveFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const file of files) {
    const name = encoder.encode(file.name);
    const body = await compressed(new Blob([file.bytes]), "deflate-raw");
    const shared = zipFields(file, body.length, name.length);
    const local = littleEndian([4, 0x04034b50], ...shared);
    parts.push(local, name, body);
    directory.push(
      littleEndian(
        [4, 0x02014b50],
        [2, 0x0314], // made by Unix, so that the mode below counts
        ...shared,
        [2, 0], // comment
        [2, 0], // disk
        [2, 0], // internal attributes
        [4, (file.executable ? 0o100755 : 0o100644) * 0x10000],
        [4, offset],
      ),
      name,
    );
    offset += local.length + name.length + body.length;
  }
  const directoryBytes = directory.reduce((total, part) => total + part.length, 0);
  const end = littleEndian(
    [4, 0x06054b50],
    [4, 0], // disks
    [2, files.length],
    [2, files.length],
    [4, directoryBytes],
    [4, offset],
    [2, 0], // comment
  );
  return new Uint8Array(await new Blob([...parts, ...directory, end]).arrayBuffer());
}

/** @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.7 and 4.3.12: the fields both headers share */
function zipFields(file: ArchiveFile, compressedBytes: number, nameBytes: number): [number, number][] {
  return [
    [2, 20], // version needed: deflate
    [2, 0x0800], // names are UTF-8
    [2, 8], // deflate
    [2, 0], // time
    [2, 0x21], // date: 1980-01-01
    [4, crc32(file.bytes)],
    [4, compressedBytes],
    [4, file.bytes.length],
    [2, nameBytes],
    [2, 0], // extra field
  ];
}

function littleEndian(...fields: [width: number, value: number][]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((total, [width]) => total + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return bytes;
}

async function compressed(blob: Blob, format: "gzip" | "deflate-raw"): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await new Response(blob.stream().pipeThrough(new CompressionStream(format))).arrayBuffer(),
  );
}
