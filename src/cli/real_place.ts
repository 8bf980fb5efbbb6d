/** Where paths really lead. */
import { directoryOf } from "../directory_of.ts";

/** As many symbolic links in a row as Linux follows. */
const MOST_LINKS = 40;

/**
 * The path with every symbolic link in it followed, also where it, or what a link leads to, does not exist (yet). The
 * runtime asks for the permission to both: the path as it is named, and the place that it leads to.
 *
 * Never throws: a path that cannot be looked at comes back as it is.
 */
export function realPlace(path: string, links = MOST_LINKS): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    if (links === 0) return path;
  }
  const directory = directoryOf(path);
  let target: string | undefined;
  try {
    target = Deno.readLinkSync(path);
  } catch {
    // no link
  }
  if (target !== undefined) {
    return realPlace(isAbsolute(target) ? target : `${directory}/${target}`, links - 1);
  }
  if (directory === path || isRoot(directory) || directory === ".") return path;
  return `${realPlace(directory, links - 1)}${path.slice(directory.length)}`;
}

/** Whether a directory is the root of a file system, or a drive: `/`, `C:\`. */
export function isRoot(directory: string): boolean {
  return /^(?:[\\/]+|[A-Za-z]:[\\/]*)$/.test(directory);
}

/** Whether a path is a symbolic link. Never throws. */
export function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^([A-Za-z]:)?[\\/]/.test(path);
}
