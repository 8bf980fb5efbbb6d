/**
 * A write of the credentials file that is proved to work before its content is known: what a one-time token buys can
 * be kept, or the token is not spent.
 */
import { ignore } from "../ignore.ts";
import { directoryOf } from "../directory_of.ts";
import { BOUNDS } from "../bounds.ts";
import { readFileLimited } from "../read_limited.ts";
import { codeOf } from "./error_code.ts";
import { IS_DIRECTORY } from "./place_fix.ts";
import { createTemporary, removeLeftovers, type Temporary, type WriteBytes } from "./temporary_file.ts";
import { targetOf } from "./token_file.ts";

/** A write that is proved and made ready before its content is known. One of its functions must be called. */
export interface PreparedFile {
  /** the file keeps its place on disk and is written over, because nothing can be renamed over it */
  readonly inPlace: boolean;
  /**
   * Puts the content into place. `beforeWrite` runs when all else is done; what it returns runs afterwards.
   *
   * @throws the system's error; unless the file is written in place, the old content is then untouched
   */
  commit(text: string, beforeWrite?: () => Promise<() => void>): Promise<void>;
  /** Leaves everything as it was. Never throws. */
  discard(): Promise<void>;
}

/** Options of {@linkcode prepareTokenFile}. */
export interface PrepareOptions {
  /**
   * - `reserve` (default): room on the disk is taken for content of unknown length
   * - `look`: the same, but a file that is written in place is not made longer
   * - `open`: no room is taken; for content that is at hand
   */
  readonly room?: "reserve" | "look" | "open" | undefined;
  readonly write?: WriteBytes | undefined;
}

/** Room for a login whatever its length is now: tokens grow when an account joins workspaces. */
const LEAST_RESERVE_BYTES = 32 * 1024;

/**
 * Prepares to replace the content of the credentials file: a temporary file next to its target, mode 0600 from
 * creation, filled and synced so that the room is ours; later written over, synced and renamed over the target, so
 * that at every moment the old or the new content is there, whole. A symbolic link stays, its target is replaced. A
 * missing directory is made, mode 0700.
 *
 * Three kinds of files cannot be replaced, and are written over in one system call instead, padded with line ends so
 * that they never shrink: one that is a mount point of its own (`docker run -v …/auth.json:/…/auth.json`), one that
 * may be written in a directory that may not, and one of another user, who could not read a file of ours. Room in
 * them is reserved by line ends at their end, which every JSON reader skips.
 *
 * @throws the system's error: nothing can be saved there
 */
export async function prepareTokenFile(path: string, options: PrepareOptions = {}): Promise<PreparedFile> {
  const { room = "reserve", write = writeAll } = options;
  const target = await targetOf(path);
  const old = await statOf(target);
  if (old?.isDirectory === true) throw new Error(IS_DIRECTORY);
  const directory = directoryOf(target);
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  await removeLeftovers(target);
  const reserveBytes = room === "open" ? 0 : Math.max(LEAST_RESERVE_BYTES, 2 * await contentBytes(target));
  const inPlaceBytes = room === "reserve" ? reserveBytes : 0;
  let temporary: Temporary;
  try {
    temporary = await createTemporary(target, blank(reserveBytes), write);
  } catch (thrown) {
    if (old === undefined || !isForbidden(thrown)) throw thrown;
    return await prepareInPlace(target, inPlaceBytes, write).catch(() => {
      throw thrown; // the directory is what a person can open
    });
  }
  try {
    if (old === undefined || await mayReplace(target, old, temporary)) {
      return prepareRename(target, temporary, write);
    }
  } catch (thrown) {
    await temporary.remove();
    throw thrown;
  }
  await temporary.remove();
  return await prepareInPlace(target, inPlaceBytes, write);
}

/**
 * Whether the temporary file may be renamed over the target. A file of another user stays theirs when we may give
 * files away.
 *
 * A mount point does not show in any `stat`, but no hard link leads out of one: the attempt is refused with EXDEV,
 * also where the mount shows the same file system (Linux, link(2)).
 *
 * @throws the system's error for a file that may be neither replaced nor written to
 */
async function mayReplace(target: string, old: Deno.FileInfo, temporary: Temporary): Promise<boolean> {
  const me = temporary.uid;
  if (me !== null && old.uid !== null && old.uid !== me) {
    const given = await Deno.chown(temporary.path, old.uid, old.gid).then(() => true, () => false);
    if (!given && old.uid !== 0) return false;
    // In a directory like /tmp only the owner of a file may replace it.
    const directory = await Deno.stat(directoryOf(target));
    if (((directory.mode ?? 0) & 0o1000) !== 0 && me !== 0 && directory.uid !== me) return false;
  }
  const probe = temporary.path.replace(/\.tmp$/, ".link.tmp");
  try {
    await Deno.link(target, probe);
    await Deno.remove(probe).catch(ignore);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "EXDEV") return false;
    // No hard links here, or not for this file: one that is protected against writing may be so against renaming.
    (await Deno.open(target, { write: true })).close();
    return true;
  }
}

function prepareRename(target: string, temporary: Temporary, write: WriteBytes): PreparedFile {
  const { file } = temporary;

  async function putIntoPlace(bytes: Uint8Array, beforeWrite: () => Promise<() => void>): Promise<void> {
    await write(file, bytes);
    await file.truncate(bytes.length);
    await file.sync();
    temporary.close();
    const afterWrite = await beforeWrite();
    try {
      try {
        await Deno.rename(temporary.path, target);
      } catch (thrown) {
        if (!isForbidden(thrown) && codeOf(thrown) !== "EBUSY" && codeOf(thrown) !== "EXDEV") throw thrown;
        await overwrite(target, bytes, writeAll);
        await temporary.remove();
      }
    } finally {
      afterWrite();
    }
  }

  return {
    inPlace: false,
    async commit(text, beforeWrite = () => Promise.resolve(ignore)) {
      try {
        await putIntoPlace(new TextEncoder().encode(text), beforeWrite);
      } catch (thrown) {
        await temporary.remove();
        throw thrown;
      }
      await syncDirectory(directoryOf(target));
    },
    discard: temporary.remove,
  };
}

async function prepareInPlace(
  target: string,
  reserveBytes: number,
  write: WriteBytes,
): Promise<PreparedFile> {
  const file = await Deno.open(target, { append: true });
  try {
    const { size } = await file.stat();
    if (size < reserveBytes) {
      await write(file, blank(reserveBytes - size));
      await file.sync();
    }
  } finally {
    file.close();
  }
  return {
    inPlace: true,
    async commit(text, beforeWrite = () => Promise.resolve(ignore)) {
      const afterWrite = await beforeWrite();
      try {
        await overwrite(target, new TextEncoder().encode(text), write);
      } finally {
        afterWrite();
      }
    },
    discard: () => Promise.resolve(),
  };
}

async function overwrite(target: string, bytes: Uint8Array, write: WriteBytes): Promise<void> {
  // What is blank already is left alone: the shorter the write, the less of it a kill can cut.
  const padded = blank(Math.max(await contentBytes(target), bytes.length));
  const file = await Deno.open(target, { write: true });
  try {
    padded.set(bytes);
    await write(file, padded);
    await file.sync();
  } finally {
    file.close();
  }
}

/** The length of a file without the blanks at its end, which are room of an earlier save; 0 for none. */
async function contentBytes(path: string): Promise<number> {
  const bytes = await readFileLimited(path, BOUNDS.credentials).catch(() => new Uint8Array());
  return bytes.findLastIndex((byte) => byte > 0x20) + 1;
}

/** What JSON may end in. */
function blank(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x0a);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** Makes the rename itself durable. Best effort: not every system opens directories. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    using handle = await Deno.open(directory, { read: true });
    await handle.sync();
  } catch {
    // the content is on disk; a power cut can at worst bring the old file back
  }
}

/** Refused by rights or by a read-only file system: another way to write may be open. */
function isForbidden(thrown: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(codeOf(thrown) ?? "") ||
    thrown instanceof Deno.errors.PermissionDenied;
}
