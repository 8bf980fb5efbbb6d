import { canLock } from "../can_lock.ts";

/**
 * Tells which processes that use a database still live: each keeps a file of its own locked, and the system unlocks it
 * when the process dies, however that happens. What a dead one held need not wait for its expiry then.
 */
export interface Presence {
  /** names this process; "" where its file cannot be made or locked, and nobody judges by it */
  id(): string;
  /** those of the processes that are dead; one whose file is gone is not judged */
  dead(ids?: readonly string[]): string[];
  /** Removes the file of a dead process. */
  bury(id: string): void;
  /** Removes the file of this one. */
  end(): void;
}

/** @param path the database, next to which the files `-live-ID` lie */
export function createPresence(path: string): Presence {
  const prefix = `${path}-live-`;
  let own: { readonly id: string; readonly file: Deno.FsFile | undefined } | undefined;

  function appear(): { readonly id: string; readonly file: Deno.FsFile | undefined } {
    if (!canLock()) return { id: "", file: undefined };
    const id = crypto.randomUUID();
    let file: Deno.FsFile | undefined;
    try {
      file = Deno.openSync(prefix + id, { create: true, write: true, mode: 0o600 });
      if (file.tryLockSync(true)) return { id, file };
    } catch {
      // A full disk, or a file system without locks: what this process holds is free when it runs out.
    }
    file?.close();
    remove(id);
    return { id: "", file: undefined };
  }

  function remove(id: string): void {
    try {
      Deno.removeSync(prefix + id);
    } catch {
      // Removed by another one.
    }
  }

  function isDead(id: string): boolean {
    if (id === own?.id || !IS_ID.test(id)) return false;
    try {
      using file = Deno.openSync(prefix + id, { write: true });
      return file.tryLockSync(true);
    } catch {
      return false;
    }
  }

  /** Every process that has left a file. */
  function all(): string[] {
    const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
    const start = prefix.slice(slash + 1);
    const found = Deno.readDirSync(slash === -1 ? "." : path.slice(0, slash + 1));
    return [...found].filter(({ name }) => name.startsWith(start)).map(({ name }) =>
      name.slice(start.length)
    );
  }

  return {
    id: () => (own ??= appear()).id,
    dead: (ids = all()) => ids.filter(isDead),
    bury: remove,
    end() {
      own?.file?.close();
      if (own !== undefined && own.id !== "") remove(own.id);
    },
  };
}

const IS_ID = /^[0-9a-f-]{36}$/;
