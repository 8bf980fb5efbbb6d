/**
 * The credentials file on disk: read as it is, replaced whole or not at all.
 */
import type { AuthJson } from "../wire/auth_json.ts";
import { type LearnSecrets, readLogin } from "./read_login.ts";

/** What is at the place of the credentials file. */
export type TokenFile =
  | {
    readonly kind: "read";
    readonly json: AuthJson;
    /** permission bits; undefined on systems without them */
    readonly modeBits: number | undefined;
  }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly why: string };

/** A credentials file is a few kilobytes; more is somebody else's file. */
const FILE_LIMIT_BYTES = 1024 * 1024;
/** A reader may meet the file while an older CLI writes it in place; it is looked at this often before it counts as corrupt. */
const CORRUPT_READS = 4;
const CORRUPT_PAUSE_MS = 25;
/** Temporary files of a killed process are removed when they are older than any write can take. */
const LEFTOVER_AGE_MS = 60_000;

/**
 * What changes when the file changes, as one text; `missing` when there is none. Costs one `stat`.
 *
 * Never throws: a file that cannot be looked at has a stamp of its own.
 */
export async function stampOf(path: string): Promise<string> {
  try {
    const info = await Deno.stat(path);
    return `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}:${info.ctime?.getTime()}:${info.mode}`;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound ? "missing" : `unreadable ${message(thrown)}`;
  }
}

/**
 * Reads the credentials file. Never throws and never changes anything.
 *
 * @param learn told every secret in it
 */
export async function readTokenFile(path: string, learn: LearnSecrets = ignore): Promise<TokenFile> {
  for (let read = 1;; read++) {
    const file = await readOnce(path, learn);
    if (file.kind !== "read" || file.json.kind !== "corrupt" || read === CORRUPT_READS) return file;
    await new Promise((resolve) => setTimeout(resolve, CORRUPT_PAUSE_MS));
  }
}

async function readOnce(path: string, learn: LearnSecrets): Promise<TokenFile> {
  try {
    const info = await Deno.stat(path);
    if (!info.isFile) return { kind: "unreadable", why: "it is not a file" };
    if (info.size > FILE_LIMIT_BYTES) {
      return { kind: "unreadable", why: `it has ${info.size} bytes, more than any credentials file` };
    }
    const text = await Deno.readTextFile(path);
    return {
      kind: "read",
      json: readLogin(text, learn),
      modeBits: info.mode === null ? undefined : info.mode & 0o777,
    };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return { kind: "missing" };
    return { kind: "unreadable", why: message(thrown) };
  }
}

/** The one step of a write that a test replaces: a full disk cannot be had in one. */
export type WriteBytes = (file: Deno.FsFile, bytes: Uint8Array) => Promise<void>;

/** A write that is made ready before its content is known. */
export interface PreparedFile {
  /**
   * Puts the content into place. `beforeRename` runs when it is on the disk; what it returns runs after the rename.
   *
   * @throws the system's error; the old content is then untouched
   */
  commit(text: string, beforeRename?: () => Promise<() => void>): Promise<void>;
  /** Leaves everything as it was. Never throws. */
  discard(): Promise<void>;
}

/**
 * Prepares to replace the content of the credentials file: a temporary file beside its target, mode 0600 from
 * creation; later synced and renamed over the target, so that at every moment the old or the new content is there,
 * whole. A symbolic link stays, its target is replaced. A missing directory is made, mode 0700.
 *
 * Rotated tokens are lost when the process dies between their arrival and the rename, so everything that can be done
 * before they arrive is done here.
 *
 * A file that is a mount point of its own (`docker run -v …/auth.json:/…/auth.json`) cannot be renamed over; there the
 * new content is written over the old in one system call, padded with line ends so that the file never shrinks.
 *
 * @throws the system's error
 */
export async function prepareTokenFile(path: string, write: WriteBytes = writeAll): Promise<PreparedFile> {
  const target = await targetOf(path);
  const directory = directoryOf(target);
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  await removeLeftovers(target);
  const temporary = `${temporaryPrefix(target)}${crypto.randomUUID()}.tmp`;
  const file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
  await keepOwner(temporary, target);

  let open = true;
  function close(): void {
    if (open) file.close();
    open = false;
  }

  async function discard(): Promise<void> {
    close();
    await Deno.remove(temporary).catch(ignore);
  }

  async function putIntoPlace(bytes: Uint8Array, beforeRename: () => Promise<() => void>): Promise<void> {
    await write(file, bytes);
    await file.sync();
    close();
    const afterRename = await beforeRename();
    try {
      await Deno.rename(temporary, target);
    } finally {
      afterRename();
    }
  }

  return {
    async commit(text, beforeRename = () => Promise.resolve(ignore)) {
      const bytes = new TextEncoder().encode(text);
      try {
        await putIntoPlace(bytes, beforeRename);
      } catch (thrown) {
        await discard();
        if (!await isMountedFile(thrown, target)) throw thrown;
        await overwrite(target, bytes);
      }
      await syncDirectory(directory);
    },
    discard,
  };
}

/**
 * Replaces the content of the credentials file, see {@linkcode prepareTokenFile}.
 *
 * @throws the system's error; the old content is then untouched
 */
export async function writeTokenFile(
  path: string,
  text: string,
  write: WriteBytes = writeAll,
): Promise<void> {
  let prepared: PreparedFile;
  try {
    prepared = await prepareTokenFile(path, write);
  } catch (thrown) {
    // No room for a temporary file beside a file that itself may be written to: a mounted one.
    const target = await targetOf(path);
    if (!await isMountedFile(thrown, target)) throw thrown;
    return await overwrite(target, new TextEncoder().encode(text));
  }
  await prepared.commit(text);
}

/**
 * Moves a corrupt credentials file out of the way of a login, to `<path>.corrupt-<time>`.
 *
 * @returns the new path
 * @throws the system's error
 */
export async function setAside(path: string, nowMs: number): Promise<string> {
  const target = await targetOf(path);
  const time = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  const aside = `${target}.corrupt-${time}`;
  await Deno.rename(target, aside);
  return aside;
}

/**
 * The path with every symbolic link followed, also one whose target does not exist (yet).
 *
 * @throws the system's error for a path that cannot be looked at
 */
export async function targetOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  let at = path;
  for (let hops = 0; hops < 16; hops++) {
    let link: string;
    try {
      link = await Deno.readLink(at);
    } catch {
      return at;
    }
    at = isAbsolute(link) ? link : `${directoryOf(at)}/${link}`;
  }
  return at;
}

/** The directory part of a path; `.` for a bare name. */
export function directoryOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1);
  if (cut < 0) return ".";
  return cut === 0 ? path.slice(0, 1) : path.slice(0, cut);
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || (Deno.build.os === "windows" && /^([A-Za-z]:)?[\\/]/.test(path));
}

function temporaryPrefix(target: string): string {
  const name = target.slice(directoryOf(target) === "." ? 0 : directoryOf(target).length).replace(
    /^[\\/]/,
    "",
  );
  return `${directoryOf(target)}/.${name}.ccproxy-`;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

/** A file of another user stays theirs when an administrator runs the program. Best effort. */
async function keepOwner(temporary: string, target: string): Promise<void> {
  try {
    const [mine, theirs] = [await Deno.stat(temporary), await Deno.stat(target)];
    if (theirs.uid !== null && mine.uid !== theirs.uid) await Deno.chown(temporary, theirs.uid, theirs.gid);
  } catch {
    // no such file yet, a system without owners, or no right to give files away
  }
}

async function isMountedFile(thrown: unknown, target: string): Promise<boolean> {
  const mayBe = thrown instanceof Deno.errors.Busy || thrown instanceof Deno.errors.PermissionDenied ||
    (thrown instanceof Error && /\bEBUSY\b|os error 16\b/.test(thrown.message));
  if (!mayBe) return false;
  try {
    return (await Deno.stat(target)).isFile;
  } catch {
    return false;
  }
}

async function overwrite(target: string, bytes: Uint8Array): Promise<void> {
  const file = await Deno.open(target, { write: true });
  try {
    const size = (await file.stat()).size;
    const padded = new Uint8Array(Math.max(size, bytes.length)).fill(0x0a);
    padded.set(bytes);
    await writeAll(file, padded);
    await file.sync();
  } finally {
    file.close();
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

async function removeLeftovers(target: string): Promise<void> {
  try {
    const directory = directoryOf(target);
    const prefix = temporaryPrefix(target).slice(directory.length + 1);
    for await (const entry of Deno.readDir(directory)) {
      if (!entry.name.startsWith(prefix) || !entry.name.endsWith(".tmp")) continue;
      const leftover = `${directory}/${entry.name}`;
      const changed = (await Deno.stat(leftover)).mtime?.getTime() ?? Date.now();
      if (Date.now() - changed > LEFTOVER_AGE_MS) await Deno.remove(leftover);
    }
  } catch {
    // a leftover is private and harmless
  }
}

function message(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function ignore(): void {}
