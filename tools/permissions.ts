/**
 * The one list of what the program is built with. Tasks (tools/flags.ts), end-to-end tests (tests/program.ts) and
 * `deno task compile` (tools/compile.ts) read it; nothing else spells a permission of the program.
 *
 * Paths: an executable cannot know its user's home when it is built (Deno expands neither `~` nor variables), so the
 * roots of the file system are baked in. Before a command runs, the program gives back all that it does not need
 * (src/cli/keeps.ts).
 */
import { LOCAL_HOSTS, OPENAI_HOSTS, RELEASE_HOSTS, rootsOf } from "../src/cli/baked.ts";
import { LAUNCHABLE } from "../src/cli/launch/launchable.ts";
import { ALLOWED_VARIABLES } from "../src/config/environment_names.ts";

/** Targets of `deno compile` that a release is built for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

/** One of {@linkcode TARGETS}. */
export type Target = typeof TARGETS[number];

type System = "linux" | "darwin" | "windows";

/** Editors that "ccproxy config edit" may start, when $VISUAL or $EDITOR names one of them. */
const EDITORS = ["code", "codium", "ed", "emacs", "helix", "hx", "kak", "micro", "nano", "nvim", "vi", "vim"];

/** Clients that "ccproxy launch" starts. */
const CLIENTS = Object.values(LAUNCHABLE).map(({ program }) => program);

/**
 * The only programs that may be run: the system's own opener for URLs, its service manager ("ccproxy service"), clients
 * ("ccproxy launch") and editors. Each command but those that need one gives all of it back (src/cli/keeps.ts).
 *
 * Names and not paths, since editors lie anywhere. The runtime looks them up before the program begins: an executable on
 * Deno 2.6.10 ends there without a `PATH` ("no path to search"), with names of any kind; one with paths alone starts.
 * Deno 2.9.6, which releases are built with, starts without a `PATH` too.
 */
const PROGRAMS: Record<System, readonly string[]> = {
  linux: ["xdg-open", "systemctl", ...CLIENTS, ...EDITORS],
  darwin: ["open", "launchctl", ...CLIENTS, ...EDITORS],
  windows: ["rundll32", "notepad", ...CLIENTS, ...EDITORS],
};

/** What a caller of {@linkcode permissionFlags} adds to the baked list. */
export interface Extra {
  /** further hosts, as `host` or `host:port`: a gateway in front of the backend, a Redis on another machine */
  extraNet?: readonly string[];
}

/** The compile target of the machine this runs on. */
export function hostTarget(build: { arch: string; os: string } = Deno.build): Target {
  const arch = build.arch === "aarch64" ? "aarch64" : "x86_64";
  if (build.os === "windows") return `${arch}-pc-windows-msvc`;
  if (build.os === "darwin") return `${arch}-apple-darwin`;
  return `${arch}-unknown-linux-gnu`;
}

/** `linux`, `darwin` or `windows` of a compile target. */
export function systemOf(target: Target): System {
  if (target.includes("windows")) return "windows";
  return target.includes("apple") ? "darwin" : "linux";
}

/**
 * The flags for `deno run` and `deno compile`, in a fixed order. `-q` keeps Deno from announcing a missing URL
 * opener at every start (a container has none); `--no-prompt` turns a missing permission into an error.
 */
export function permissionFlags(target: Target, extra: Extra = {}): string[] {
  const system = systemOf(target);
  const roots = rootsOf(system).join(",");
  return [
    "-q",
    "--no-prompt",
    `--allow-net=${[...LOCAL_HOSTS, ...OPENAI_HOSTS, ...RELEASE_HOSTS, ...extra.extraNet ?? []].join(",")}`,
    `--allow-env=${ALLOWED_VARIABLES.join(",")}`,
    `--allow-read=${roots}`,
    `--allow-write=${roots}`,
    `--allow-run=${PROGRAMS[system].join(",")}`,
  ];
}
