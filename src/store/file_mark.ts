/**
 * What tells a file from another one of the same name: device and inode. undefined for a file that is not there, and
 * on systems that have no inodes (there a file that is open cannot be removed).
 */
export function fileMark(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return ino === null ? undefined : `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
