/** Locks on files, shared with other programs: `flock` on Linux and macOS, `LockFileEx` on Windows. */
import { pause } from "../pause.ts";
import { canLock, NO_LOCKS } from "../can_lock.ts";
import { errorText } from "../error_text.ts";

/**
 * The lock files of a credentials file. Codex CLI 0.169.0 saves rotated tokens under both (observed 2026-11 with
 * strace and with each lock held by another process): it takes `auth.lock` with a blocking `flock`, then
 * `auth.json.lock` with attempts for 5 s, after which it gives its new tokens up. So a refresh of ours holds `turn`
 * from before the request, for which the CLI waits patiently, and `write` only for the moment of the rename.
 *
 * @param path the credentials file, e.g. `…/auth.json`
 */
export function lockFilesOf(path: string): { readonly turn: string; readonly write: string } {
  return { turn: `${path.replace(/\.json$/, "")}.lock`, write: `${path}.lock` };
}

/** A held lock. */
export interface FileLock {
  /** Gives the lock back; also a process that is killed gives it back. */
  release(): void;
}

/** What became of {@linkcode takeLock}. */
export type LockResult =
  | { readonly kind: "held"; readonly lock: FileLock }
  /** another program kept the lock for the whole wait */
  | { readonly kind: "busy" }
  /** no lock can be had here: a read-only directory, or a file system without locks */
  | { readonly kind: "impossible"; readonly why: string };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/**
 * Takes the locks of all given files, in the order given. The files are made when missing, mode 0600, and are left
 * in place: removing a lock file while another process opens it would give two processes "the" lock. Never throws.
 *
 * @param waitMs how long to wait for other holders, together
 */
export async function takeLock(
  paths: readonly string[],
  options: { readonly waitMs: number; readonly signal?: AbortSignal | undefined },
): Promise<LockResult> {
  if (!canLock()) return { kind: "impossible", why: NO_LOCKS };
  const deadline = performance.now() + options.waitMs;
  const files: Deno.FsFile[] = [];
  const release = (): void => {
    for (const file of files.splice(0)) file.close();
  };
  for (const path of new Set(paths)) {
    try {
      const file = await openLock(path);
      files.push(file);
      let pauseMs = FIRST_PAUSE_MS;
      while (!await file.tryLock(true)) {
        if (performance.now() >= deadline || options.signal?.aborted === true) {
          release();
          return { kind: "busy" };
        }
        await pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    } catch (thrown) {
      release();
      return { kind: "impossible", why: errorText(thrown) };
    }
  }
  return { kind: "held", lock: { release } };
}

/** In a directory that may only be read, the lock file that another program made there still locks. */
async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (thrown) {
    return await Deno.open(path, { read: true }).catch(() => {
      throw thrown;
    });
  }
}
