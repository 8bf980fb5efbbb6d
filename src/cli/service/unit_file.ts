import { BOUNDS } from "../../bounds.ts";
import { Problem } from "../../problem.ts";
import { readTextFileLimited } from "../../read_limited.ts";

/** The text of the file at a path; undefined when there is none. @throws Problem file */
export async function readUnit(path: string): Promise<string | undefined> {
  try {
    return await readTextFileLimited(path, BOUNDS.config);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw unitProblem(path, "read", thrown);
  }
}

/** Writes the file next to its place and renames it: the service manager never reads half of it. @throws Problem file */
export async function writeUnit(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(temporary, text, { mode: 0o644 });
    await Deno.rename(temporary, path);
  } catch (thrown) {
    await Deno.remove(temporary).catch(() => {}); // it may not have been made
    throw unitProblem(path, "written", thrown);
  }
}

/** Removes the file. @throws Problem file */
export async function removeUnit(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (thrown) {
    throw unitProblem(path, "removed", thrown);
  }
}

/** The id of the user whose file it is: launchd names the sessions of users by it. 0 where the system has none. */
export async function ownerOf(path: string): Promise<number> {
  return await Deno.stat(path).then(({ uid }) => uid ?? 0, () => 0);
}

function unitProblem(path: string, what: string, thrown: unknown): Problem {
  const reason = thrown instanceof Deno.errors.NotCapable
    ? "this program has no permission for that place"
    : thrown instanceof Deno.errors.PermissionDenied
    ? "permission denied"
    : thrown instanceof Error
    ? thrown.message
    : String(thrown);
  return new Problem("file", `${JSON.stringify(path)} cannot be ${what}: ${reason}`, {
    hint: 'Copy the text that "ccproxy service install --dry-run" shows to that place by hand',
    cause: thrown,
  });
}
