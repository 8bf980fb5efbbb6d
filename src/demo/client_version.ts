/** The version of the client, which decides about models (backend.md#version-gate). */

/** The version that the client states in `version`, or in its user agent; 0.0.0 when it states none. */
export function clientVersion(headers: Record<string, string>): string {
  return headers["version"] ?? /^[^/\s]+\/(\d+\.\d+\.\d+)/.exec(headers["user-agent"] ?? "")?.[1] ?? "0.0.0";
}
