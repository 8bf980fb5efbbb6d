import { Problem } from "../problem.ts";
import { inflate, type UnpackedFile } from "./inflate.ts";
import { unpackTar } from "./unpack_tar.ts";
import { unpackZip } from "./unpack_zip.ts";

/** What a release puts next to the executable. */
const COMPANIONS: readonly string[] = ["LICENSE", "LICENSE.txt"];

/**
 * The executable of an archive, known by the end of the archive's name: `.zip` or `.tar.gz`.
 *
 * Nothing of an archive is ever written by the name it has inside, and one that holds anything but the executable once
 * and a licence is refused whole: whoever made it, it is not what a release carries.
 *
 * @throws Problem update_failed
 */
export async function unpackExecutable(
  archiveName: string,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const isZip = archiveName.endsWith(".zip");
  const wanted = isZip ? "ccproxy.exe" : "ccproxy";
  let files: readonly UnpackedFile[];
  try {
    files = isZip ? await unpackZip(archive) : unpackTar(await inflate(archive, "gzip"));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw refusal(archiveName, "is damaged", error);
  }
  const found = files.filter(({ name }) => name === wanted);
  const foreign = files.find(({ name }) => name !== wanted && !COMPANIONS.includes(name));
  if (foreign !== undefined) {
    throw refusal(archiveName, `holds ${JSON.stringify(foreign.name)}, which no release has`);
  }
  const [executable] = found;
  if (executable === undefined || found.length > 1 || executable.bytes.length === 0) {
    throw refusal(archiveName, `must hold "${wanted}" once: found ${found.length}`);
  }
  return executable.bytes;
}

function refusal(archiveName: string, what: string, cause?: unknown): Problem {
  return new Problem("update_failed", `"${archiveName}" ${what}`, { cause });
}
