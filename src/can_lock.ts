/** Whether this runtime can lock files without waiting: `Deno.FsFile.tryLock()` is newer than 2.6.10. */
export function canLock(): boolean {
  return "tryLock" in Deno.FsFile.prototype;
}

/** What is said where it cannot. */
export const NO_LOCKS = "the runtime of this executable is too old to lock files";
