import { compareVersions, isVersion } from "../semver.ts";

/**
 * Who the program says it is. The backend lets a model through only for a first-party client that is new enough, by
 * `originator`, `user-agent` and `version`, which have to agree (backend.md#first-party-identity, #version-gate).
 */

/**
 * The version of the Codex CLI that is named: its release of 2026-11-20, on npm as @openai/codex. Every pin is
 * outdated within weeks, so a newer caller and the catalogue raise it, and `codex.client_version` replaces it.
 */
export const CLIENT_VERSION = "0.171.0";

/** The library default of the CLI: a first-party name that is not tied to one front end. */
export const ORIGINATOR = "codex_cli_rs";

/** What {@linkcode clientVersion} chooses from. */
export interface VersionSources {
  /** `codex.client_version` */
  readonly setting: string | undefined;
  /** of a calling Codex client, see {@linkcode readCodexVersion} */
  readonly callerVersion: string | undefined;
  /** `minimal_client_version` of the model, or of the catalogue's most demanding one */
  readonly minimal: string | undefined;
}

/** First-party names: `codex_exec`, `codex-tui`, `codex_cli_rs`, `codex_vscode`, `Codex Desktop` */
const CODEX_NAME = /^codex[-_ ]\w/i;
const AGENT_VERSION = /^codex[^/]*\/(\S+)/i;

/**
 * The version to name: the setting as it is; else the highest of the pin, the caller's and the model's minimum.
 *
 * What is no version is left out of the comparison.
 */
export function clientVersion(sources: VersionSources): string {
  const setting = sources.setting?.trim() ?? "";
  if (setting !== "") return setting;
  return [sources.callerVersion, sources.minimal].reduce<string>(
    (highest, version) =>
      version !== undefined && isVersion(version) && compareVersions(version, highest) > 0
        ? version
        : highest,
    CLIENT_VERSION,
  );
}

/** The system as the user agent tells it. */
export interface AgentSystem {
  /** `Deno.build.os` */
  readonly os: string;
  /** `Deno.build.arch` */
  readonly arch: string;
  /** e.g. `15.1.0`; undefined where it is not known without asking for a permission */
  readonly release?: string;
}

const SYSTEM_NAMES: Readonly<Record<string, string>> = {
  linux: "Linux",
  darwin: "Mac OS",
  windows: "Windows",
};

/**
 * The user agent of a Codex client, in the form seen of 0.169.0 (backend.md#user-agent-form):
 * `codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)`.
 *
 * @example
 * ```ts
 * userAgent("codex_cli_rs", "0.169.0", { os: "linux", arch: "x86_64" });
 * // codex_cli_rs/0.169.0 (Linux Unknown; x86_64) unknown (codex_cli_rs; 0.169.0)
 * ```
 */
export function userAgent(originator: string, version: string, system: AgentSystem): string {
  const name = SYSTEM_NAMES[system.os] ?? "Unknown";
  const arch = system.os === "darwin" && system.arch === "aarch64" ? "arm64" : system.arch;
  return `${originator}/${version} (${name} ${
    system.release ?? "Unknown"
  }; ${arch}) unknown (${originator}; ${version})`;
}

/** True for the user agent of a Codex client. */
export function isCodexUserAgent(agent: string | null): boolean {
  return agent !== null && CODEX_NAME.test(agent);
}

/** True when the headers are those of a Codex client, by its originator or user agent (behaviour.md#two-callers). */
export function isCodexClient(headers: Headers): boolean {
  return isCodexUserAgent(headers.get("user-agent")) || CODEX_NAME.test(headers.get("originator") ?? "");
}

/**
 * The version a calling Codex client has: its `version` header, else the one in its user agent.
 *
 * @returns undefined for other clients, whose `version` means something else, and for what is no version
 */
export function readCodexVersion(headers: Headers): string | undefined {
  if (!isCodexClient(headers)) return undefined;
  const agent = headers.get("user-agent");
  const named = headers.get("version")?.trim();
  if (named !== undefined && isVersion(named)) return named;
  const inAgent = AGENT_VERSION.exec(agent ?? "")?.[1];
  return inAgent !== undefined && isVersion(inAgent) ? inAgent : undefined;
}
