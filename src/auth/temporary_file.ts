import { ignore } from "../ignore.ts";
import { directoryOf } from "../directory_of.ts";

/** The one step of a write that a test replaces: a full disk cannot be had in every one. */
export type WriteBytes = (file: Deno.FsFile, bytes: Uint8Array) => Promise<void>;

/** Temporary files of a killed process are removed when they are older than any write can take. */
const LEFTOVER_AGE_MS = 60_000;

/** A temporary file next to a target. */
export interface Temporary {
  readonly path: string;
  readonly file: Deno.FsFile;
  /** who makes files here */
  readonly uid: number | null;
  close(): void;
  /** Never throws. */
  remove(): Promise<void>;
}

/**
 * Makes a temporary file next to the target, mode 0600 from creation.
 *
 * @param room written and synced at once, so that the disk has room for the content; empty for none
 * @throws the system's error
 */
export async function createTemporary(
  target: string,
  room: Uint8Array,
  write: WriteBytes,
): Promise<Temporary> {
  const path = `${temporaryPrefix(target)}${crypto.randomUUID()}.tmp`;
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let open = true;
  function close(): void {
    if (open) file.close();
    open = false;
  }
  async function remove(): Promise<void> {
    close();
    await Deno.remove(path).catch(ignore);
  }
  try {
    if (room.length > 0) {
      await write(file, room);
      await file.sync();
      await file.seek(0, Deno.SeekMode.Start);
    }
    return { path, file, uid: (await file.stat()).uid, close, remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** Removes what killed processes left next to the target. Never throws. */
export async function removeLeftovers(target: string): Promise<void> {
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

function temporaryPrefix(target: string): string {
  const directory = directoryOf(target);
  const name = target.slice(directory === "." ? 0 : directory.length).replace(/^[\\/]/, "");
  return `${directory}/.${name}.ccproxy-`;
}
