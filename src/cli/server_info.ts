import { errorText } from "../error_text.ts";
import { Problem } from "../problem.ts";
import type { Listening } from "../server/listen.ts";
import { writeFile } from "../write_file.ts";
import { temporaryInfo } from "./kept_paths.ts";

/** Whether the file can be written, before anything is said to listen. @throws Problem file */
export async function assertInfoFile(path: string): Promise<void> {
  const temporary = temporaryInfo(path);
  try {
    await Deno.writeTextFile(temporary, "");
    await Deno.remove(temporary);
  } catch (error) {
    throw infoProblem(error);
  }
}

/**
 * Writes the file of `serve --server-info`, one line of JSON: next to it, and renamed, so that a reader sees the whole line
 * or no file.
 *
 * @throws Problem file
 */
export async function writeServerInfo(path: string, { port, url }: Listening): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify({ port, pid: Deno.pid, url })}\n`, {
      mode: 0o666,
      temporary: temporaryInfo(path),
    });
  } catch (error) {
    throw infoProblem(error);
  }
}

function infoProblem(error: unknown): Problem {
  const reason = error instanceof Deno.errors.NotCapable
    ? "this program may not write there"
    : errorText(error);
  return new Problem("file", `"--server-info" cannot be written: ${reason}`, { cause: error });
}
