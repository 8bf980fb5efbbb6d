/**
 * The credentials file on disk, read as it is. It is written by prepare_write.ts.
 */
import { ignore } from "../ignore.ts";
import { pause } from "../pause.ts";
import { errorText } from "../error_text.ts";
import { directoryOf } from "../directory_of.ts";
import type { AuthJson } from "../wire/auth_json.ts";
import { type LearnSecrets, readLogin } from "./read_login.ts";
import { moveAway, placeFix } from "./place_fix.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";

/** What is at the place of the credentials file. */
export type TokenFile =
  | {
    readonly kind: "read";
    readonly json: AuthJson;
    /** permission bits; undefined on systems without them */
    readonly modeBits: number | undefined;
  }
  | {
    readonly kind: "missing";
    /** where a link at the place leads to, when there is one that leads nowhere */
    readonly link?: string | undefined;
  }
  | {
    readonly kind: "unreadable";
    readonly why: string;
    /** a command, or a sentence without a full stop, after which it can be read */
    readonly fix: string;
  };

/** A reader may meet the file while an older CLI writes it in place; it is looked at this often before it counts as corrupt. */
const CORRUPT_READS = 4;
const CORRUPT_PAUSE_MS = 25;

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
    return thrown instanceof Deno.errors.NotFound ? "missing" : `unreadable ${errorText(thrown)}`;
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
    await pause(CORRUPT_PAUSE_MS);
  }
}

async function readOnce(path: string, learn: LearnSecrets): Promise<TokenFile> {
  try {
    const info = await Deno.stat(path);
    const fix = moveAway(path);
    if (!info.isFile) {
      return { kind: "unreadable", why: info.isDirectory ? "it is a directory" : "it is not a file", fix };
    }
    if (info.size > BOUNDS.credentials.bytes) {
      return { kind: "unreadable", why: `it has ${info.size} bytes, more than any credentials file`, fix };
    }
    const text = await readTextFileLimited(path, BOUNDS.credentials);
    return {
      kind: "read",
      json: readLogin(text, learn),
      modeBits: info.mode === null ? undefined : info.mode & 0o777,
    };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      const link = linkAt(path);
      return link === undefined ? { kind: "missing" } : { kind: "missing", link };
    }
    return { kind: "unreadable", why: reasonOf(thrown), fix: placeFix(path, thrown, "read") };
  }
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

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || (Deno.build.os === "windows" && /^([A-Za-z]:)?[\\/]/.test(path));
}

/** Where the link at a path leads to; undefined when there is none. */
function linkAt(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

/** Without the path, which the sentence around it names, and without the runtime's own advice. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return "this program has no permission for that place";
  if (thrown instanceof Deno.errors.PermissionDenied) return "permission denied";
  return errorText(thrown);
}
