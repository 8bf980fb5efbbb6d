import { ignore } from "./ignore.ts";
import { directoryOf } from "./directory_of.ts";

/** How {@linkcode writeFile} writes. */
export interface WriteOptions {
  /** permissions of a file that is not `like` another; for this user alone unless told */
  readonly mode?: number;
  /** the file that gets replaced: its permissions and, where the system lets us, its owner are kept */
  readonly like?: Deno.FileInfo;
  /** a missing directory is made, with those above it, for this user alone */
  readonly makeDirectory?: boolean;
  /** a file that is there meanwhile stays */
  readonly onlyIfAbsent?: boolean;
  /** the file that is written first; one with a random name next to `path` unless told */
  readonly temporary?: string;
}

/**
 * Puts a file in its place in one step: readers see the old text or the new one, whole, also after a crash.
 *
 * The text is written to a file next to it, synced, and renamed. A symbolic link at `path` is replaced, not followed.
 *
 * @returns false when there was a file already and `onlyIfAbsent` was asked for
 * @throws what the system says; an earlier file is then untouched, and nothing is left next to it
 */
export async function writeFile(path: string, text: string, options: WriteOptions = {}): Promise<boolean> {
  const temporary = options.temporary ?? `${path}.${crypto.randomUUID()}.tmp`;
  try {
    try {
      await writeSynced(temporary, text, options);
    } catch (thrown) {
      if (!options.makeDirectory || !(thrown instanceof Deno.errors.NotFound)) throw thrown;
      // Only now: who may write a file in a directory need not be permitted to make the directory.
      await Deno.mkdir(directoryOf(path), { recursive: true, mode: 0o700 });
      await writeSynced(temporary, text, options);
    }
    if (options.onlyIfAbsent && !(await linkAnew(temporary, path))) return false;
    if (!options.onlyIfAbsent) await Deno.rename(temporary, path);
    return true;
  } finally {
    await Deno.remove(temporary).catch(ignore);
  }
}

async function writeSynced(path: string, text: string, { mode = 0o600, like }: WriteOptions): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    createNew: true,
    mode: like === undefined ? mode : 0o600,
  });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  if (like !== undefined && Deno.build.os !== "windows") {
    const { uid, gid } = await file.stat();
    // Only root can give a file away; who cannot keeps a file of his own, which the mode then protects.
    if (like.uid !== uid || like.gid !== gid) {
      await Deno.chown(path, like.uid, like.gid).catch(ignore);
    }
    await Deno.chmod(path, (like.mode ?? 0o600) & 0o777);
  }
  await file.sync();
}

/** Gives the file its name unless that is taken: a rename would replace what is there. */
async function linkAnew(file: string, path: string): Promise<boolean> {
  try {
    await Deno.link(file, path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return false;
    // A file system without hard links.
    await Deno.rename(file, path);
  }
  return true;
}
