import { Problem } from "../problem.ts";

/** A file of an archive. */
export interface UnpackedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Unpacked, an executable is about 100 MB; what claims to be more is not one. */
export const UNPACKED_LIMIT_BYTES = 600 * 1024 * 1024;

/** Inflates within the limit. @throws TypeError for damaged data, Problem for too much of it */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate-raw",
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format))) {
    length += part.length;
    if (length > UNPACKED_LIMIT_BYTES) throw new Problem("update_failed", "the archive unpacks to too much");
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
