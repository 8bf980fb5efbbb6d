/** The directory that a path is in: `.` for a bare name, the root for what is in it. */
export function directoryOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), Deno.build.os === "windows" ? path.lastIndexOf("\\") : -1);
  return cut < 0 ? "." : path.slice(0, Math.max(cut, 1));
}
