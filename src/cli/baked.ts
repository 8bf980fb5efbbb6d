/**
 * Everything that an executable is built with. It is more than any run needs, because a build knows neither its
 * user's home nor the settings: {@linkcode keptBy} says what a command keeps of it, and narrow.ts gives the rest back
 * before the command runs. tools/permissions.ts makes the flags of a build out of it.
 */

/** This machine, and the wildcard addresses that `server.host` may name once an API key is set; every port. */
export const LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"] as const;

/** Where requests, logins and refreshes go. */
export const OPENAI_HOSTS = ["chatgpt.com:443", "auth.openai.com:443"] as const;

/** Where `ccproxy update` downloads releases: GitHub, and the two hosts that it hands downloads over to. */
export const RELEASE_HOSTS = [
  "github.com:443",
  "objects.githubusercontent.com:443",
  "release-assets.githubusercontent.com:443",
] as const;

/** Where file paths begin: a list of roots can be narrowed while a program runs, "everything" cannot (Deno 2.9.6). */
export function rootsOf(os: string): readonly string[] {
  return os === "windows" ? [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `${letter}:\\`) : ["/"];
}
