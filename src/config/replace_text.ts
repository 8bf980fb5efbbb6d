import { pause } from "../pause.ts";
import { canLock } from "../can_lock.ts";
import { Problem } from "../problem.ts";
import { writeFile } from "../write_file.ts";
import { readConfigText } from "./load.ts";

/** A lock is held for one write, so a wait of two seconds means that its holder hangs. */
const LOCK_WAIT_MS = 20;
const LOCK_TRIES = 100;

/**
 * Puts `newText` in the place of the file in one step, with the mode and the owner it had. A lock on the old file keeps
 * two of these from undoing each other's work. Where there was none, the new one is for this user alone, and so are
 * directories that were missing.
 *
 * @param path the file itself, no symbolic link
 * @param oldText what the file is thought to hold; undefined: there is none
 * @param temporary the file that is written first; one with a random name next to `path` unless told
 * @returns false when the file does not hold `oldText`, and nothing was written
 * @throws whatever the file system says; Problem "file" when another process does not give up its lock
 */
export async function replaceText(
  path: string,
  oldText: string | undefined,
  newText: string,
  temporary?: string,
): Promise<boolean> {
  const first = temporary === undefined ? {} : { temporary };
  if (oldText === undefined) {
    return await writeFile(path, newText, { makeDirectory: true, onlyIfAbsent: true, ...first });
  }
  using old = await Deno.open(path, { read: true, write: true });
  // Windows does not let a locked file be replaced.
  if (Deno.build.os !== "windows") await lock(old, path);
  const [held, present] = [await old.stat(), await Deno.stat(path)];
  if (held.ino !== present.ino || held.dev !== present.dev) return false;
  if ((await readConfigText(path)) !== oldText) return false;
  return await writeFile(path, newText, { like: held, ...first });
}

async function lock(file: Deno.FsFile, path: string): Promise<void> {
  // Without locks two changes at the same moment may undo each other; each of them is still whole.
  if (!canLock()) return;
  for (let tries = 1; !(await file.tryLock(true)); tries++) {
    if (tries >= LOCK_TRIES) throw new Problem("file", `"${path}" is locked by another program`);
    await pause(LOCK_WAIT_MS);
  }
}
