import { BOUNDS } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { readLimited } from "../read_limited.ts";

/** A file of an archive. */
export interface UnpackedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Inflates within `BOUNDS.releaseUnpacked`. @throws TypeError for damaged data, Problem for too much of it */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate-raw",
): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  try {
    return await readLimited(unpacked, BOUNDS.releaseUnpacked);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem("update_failed", "the archive unpacks to too much", { cause: error });
  }
}
