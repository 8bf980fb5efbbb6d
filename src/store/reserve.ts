/**
 * Enough for what the log still has to bring into the file (quiet_checkpoint.ts), and for the log of a deletion that goes
 * in small steps (sqlite_room.ts).
 */
const RESERVE_BYTES = 5 * 1024 * 1024;
/** `getRandomValues` gives at most so much at once. */
const PIECE_BYTES = 64 * 1024;

/** A file next to the database that holds room on the disk, to be given up when a deletion finds none. */
export interface Reserve {
  /** Takes the room if it is not held and there is any; gives whether it is held now. */
  hold(): boolean;
  release(): void;
}

/** The reserve of the database at `path`. */
export function createReserve(path: string): Reserve {
  const file = `${path}-reserve`;

  function remove(): void {
    try {
      Deno.removeSync(file);
    } catch {
      // Not there, or given up by another process.
    }
  }

  return {
    hold() {
      try {
        if (Deno.statSync(file).size >= RESERVE_BYTES) return true;
      } catch {
        // Not there yet.
      }
      try {
        using made = Deno.openSync(file, { write: true, create: true, truncate: true, mode: 0o600 });
        const piece = new Uint8Array(PIECE_BYTES);
        // Random bytes: a file system that compresses would hold no room for zeros.
        crypto.getRandomValues(piece);
        for (let at = 0; at < RESERVE_BYTES; at += PIECE_BYTES) {
          let written = 0;
          while (written < piece.length) written += made.writeSync(piece.subarray(written));
        }
        return true;
      } catch {
        // Half a reserve would take the last bytes from what is to be remembered.
        remove();
        return false;
      }
    },
    release: remove,
  };
}
