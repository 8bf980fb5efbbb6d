import { ignore } from "../ignore.ts";
import { errorText } from "../error_text.ts";
import { Problem } from "../problem.ts";

/** A place next to an executable that is kept free for its successor. */
export interface Successor {
  /** Writes the new executable and puts it in place of the old one, in one step. @throws Problem file */
  put(bytes: Uint8Array): Promise<void>;
  /** Removes what is left when it was not put in place. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes an empty file next to the executable: whoever may not write there hears it before anything is downloaded.
 *
 * The running program keeps its file: on Unix a rename only takes the name away, on Windows the old file is renamed
 * to `ccproxy.exe.old`, because a program that runs cannot be overwritten there.
 *
 * @throws Problem file, with `hint`
 */
export async function openSuccessor(
  path: string,
  os: typeof Deno.build.os,
  hint: string,
): Promise<Successor> {
  const fresh = `${path}.new-${Deno.pid}`;
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      throw new Problem("file", `"${path}" cannot be replaced: ${reasonOf(error)}`, { hint, cause: error });
    }
  };
  let file: Deno.FsFile | undefined;
  let over = false;
  await attempt(async () => {
    await Deno.remove(fresh).catch(ignore);
    file = await Deno.open(fresh, { write: true, createNew: true, mode: 0o755 });
  });
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    put: (bytes) =>
      attempt(async () => {
        for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file?.write(rest) ?? rest.length);
        await file?.sync();
        close();
        if (os !== "windows") await Deno.chmod(fresh, 0o755);
        await (os === "windows" ? swap(fresh, path) : Deno.rename(fresh, path));
        over = true;
      }),
    async [Symbol.asyncDispose]() {
      close();
      if (!over) await Deno.remove(fresh).catch(ignore);
    },
  };
}

/** The old file keeps running under another name; it comes back when the new one cannot take its place. */
async function swap(fresh: string, path: string): Promise<void> {
  const old = `${path}.old`;
  await Deno.remove(old).catch(ignore);
  await Deno.rename(path, old);
  try {
    await Deno.rename(fresh, path);
  } catch (error) {
    await Deno.rename(old, path);
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "this executable may not write to its folder";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not write to its folder";
  return errorText(error);
}
