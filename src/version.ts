/**
 * What this program is: version, commit, where its releases are.
 *
 * The version is read from deno.json, the only place that states it; a static JSON import works from source and in an
 * executable without a permission. The commit and the repository are known only to a build: tools/compile.ts writes
 * them over the two constants below in the bundled program, so they are no settings that an environment could change.
 */
import config from "../deno.json" with { type: "json" };

/** Version of the program, as in deno.json: `0.1.0`. */
export const VERSION: string = config.version;

/** First seven hex digits of the commit an executable was built from (`-dirty` after them where files differed); `source` when it runs from source. */
export const COMMIT: string = "source";

/** `owner/name` of the GitHub repository whose releases this executable belongs to; empty when it is not known. */
export const REPOSITORY: string = "";

/**
 * One line for `ccproxy --version`: `ccproxy 0.1.0 (commit abc1234, Deno 2.9.6)`, or `(from source, Deno 2.9.6)`.
 *
 * @param commit default {@linkcode COMMIT}
 * @param deno version of the runtime
 */
export function versionText(commit: string = COMMIT, deno: string = Deno.version.deno): string {
  const origin = commit === "source" ? "from source" : `commit ${commit}`;
  return `ccproxy ${VERSION} (${origin}, Deno ${deno})`;
}
