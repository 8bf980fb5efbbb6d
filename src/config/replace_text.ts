import { Problem } from "../problem.ts";
import { readConfigText } from "./load.ts";

const NEW_FILE_MODE = 0o600;
/** A lock is held for one write, so a wait of two seconds means that its holder hangs. */
const LOCK_WAIT_MS = 20;
const LOCK_TRIES = 100;

/**
 * Puts `newText` in the place of the file in one step: readers see the old or the new one, whole.
 *
 * The new file is written and synced beside the old one and gets its mode and, where the system lets us, its owner;
 * where there was none, it is 0600. A lock on the old file keeps two of these from undoing each other's work.
 *
 * @param path the file itself, no symbolic link
 * @param oldText what the file is thought to hold; undefined: there is none
 * @returns false when the file does not hold `oldText`, and nothing was written
 * @throws whatever the file system says; Problem "file" when another process does not give up its lock
 */
export async function replaceText(
  path: string,
  oldText: string | undefined,
  newText: string,
): Promise<boolean> {
  if (oldText === undefined) {
    return await withTemporary(path, newText, undefined, (file) => makeAnew(file, path));
  }
  using old = await Deno.open(path, { read: true, write: true });
  // Windows does not let a locked file be replaced.
  if (Deno.build.os !== "windows") await lock(old, path);
  const [held, present] = [await old.stat(), await Deno.stat(path)];
  if (held.ino !== present.ino || held.dev !== present.dev) return false;
  if ((await readConfigText(path)) !== oldText) return false;
  return await withTemporary(path, newText, held, async (file) => {
    await Deno.rename(file, path);
    return true;
  });
}

async function lock(file: Deno.FsFile, path: string): Promise<void> {
  for (let tries = 1; !(await file.tryLock(true)); tries++) {
    if (tries >= LOCK_TRIES) throw new Problem("file", `"${path}" is locked by another program`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
  }
}

/** Gives the file its name unless that is taken meanwhile: a rename would replace what is there. */
async function makeAnew(file: string, path: string): Promise<boolean> {
  try {
    await Deno.link(file, path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return false;
    // A file system without hard links.
    await Deno.rename(file, path);
  }
  return true;
}

/** Writes the text to a file beside `path`, hands its name on, and leaves none behind. */
async function withTemporary(
  path: string,
  text: string,
  like: Deno.FileInfo | undefined,
  use: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, text, like);
    return await use(temporary);
  } finally {
    await Deno.remove(temporary).catch(() => undefined);
  }
}

async function writeSynced(path: string, text: string, like: Deno.FileInfo | undefined): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: NEW_FILE_MODE });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  if (like !== undefined && Deno.build.os !== "windows") {
    const { uid, gid } = await file.stat();
    // Only root can give a file away; who cannot keeps a file of his own, which the mode then protects.
    if (like.uid !== uid || like.gid !== gid) {
      await Deno.chown(path, like.uid, like.gid).catch(() => undefined);
    }
    await Deno.chmod(path, (like.mode ?? NEW_FILE_MODE) & 0o777);
  }
  await file.sync();
}
