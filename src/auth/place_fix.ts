/** What stands in the way of a credentials file, and the command that takes it away. Pure. */
import { wordSh } from "../quote.ts";
import { codeOf } from "./error_code.ts";
import { directoryOf } from "../directory_of.ts";

/**
 * The command after which the place of the credentials file can be read and written again; it never is one that only
 * names the fault. On Windows, where no command line would fit every case, it is a sentence.
 *
 * @param thrown what the system said
 * @param access what it said it to
 */
export function placeFix(
  path: string,
  thrown: unknown,
  access: "read" | "write",
  os: string = Deno.build.os,
): string {
  const directory = directoryOf(path);
  if (thrown instanceof Deno.errors.NotCapable) {
    return "Keep the credentials below your home directory, and name the file in CCPROXY_AUTH__FILE";
  }
  if (os === "windows") return `Give this user the right to read and write ${path}, or move it away`;
  const code = codeOf(thrown);
  if (code === "EACCES" || code === "EPERM" || thrown instanceof Deno.errors.PermissionDenied) {
    // Of another user, most often of root after a run with sudo. Its directory too, since files in it are replaced; but
    // only where it is certain that nothing else lies there.
    const isOwn = directory.endsWith("/.codex");
    if (!isOwn && access === "write") return `Give this user the right to write in ${directory}`;
    const [flag, what] = isOwn ? ["-R ", wordSh(directory)] : ["", wordSh(path)];
    return `sudo chown ${flag}"$(id -un)" ${what} && chmod ${flag}u+rwX ${what}`;
  }
  if (code === "ELOOP") return `rm ${wordSh(path)} && ccproxy auth login-openai`;
  if (code === "ENOTDIR") {
    return `mv ${wordSh(directory)} ${wordSh(`${directory}.old`)} && ccproxy auth login-openai`;
  }
  const isDirectory = code === "EISDIR" || thrown instanceof Error && thrown.message === IS_DIRECTORY;
  return access === "read" || isDirectory
    ? moveAway(path)
    : `Make ${path} a file that this user may write, or name another one in auth.file`;
}

/** What a save says of a directory in the place of the file. */
export const IS_DIRECTORY = "it is a directory";

/** Whatever is there is kept under another name, and a login takes its place. */
export function moveAway(path: string): string {
  return `mv ${wordSh(path)} ${wordSh(`${path}.old`)} && ccproxy auth login-openai`;
}
