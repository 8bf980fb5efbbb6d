/**
 * The one list of what the program may do. Tasks (tools/flags.ts), end-to-end tests (tests/program.ts) and
 * `deno task compile` (tools/compile.ts) read it; nothing else spells a permission of the program.
 *
 * Paths: an executable cannot know its user's home when it is built, so the prefixes under which homes and state
 * directories lie on the target system are baked in (Deno expands neither `~` nor variables).
 */

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

/**
 * Hosts the program may connect to or listen on: the two OpenAI hosts, loopback, the wildcard addresses that
 * `server.host` may name once an API key is set, and where `ccproxy update` downloads releases: GitHub and the two
 * hosts that it hands downloads over to. `serve` gives the latter back before it listens
 * (src/cli/drop_permissions.ts). An entry without a port allows every port.
 */
const NET = [
  "127.0.0.1",
  "localhost",
  "[::1]",
  "0.0.0.0",
  "[::]",
  "chatgpt.com:443",
  "auth.openai.com:443",
  "github.com:443",
  "objects.githubusercontent.com:443",
  "release-assets.githubusercontent.com:443",
];

/** Environment variables the program reads. Deno throws on any other, even an unset one. */
const ENV = [
  "CCPROXY_*",
  "CODEX_HOME",
  "HOME",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_CACHE_HOME",
  "NO_COLOR",
  "TERM",
  "COLUMNS",
  "SSH_CONNECTION",
  "BROWSER",
  "VISUAL",
  "EDITOR",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "HTTPS_PROXY",
  "https_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
];

/**
 * Prefixes under which homes, service state and mounted secrets lie. `/tmp` serves containers that run as a user
 * without a home, and the tests.
 */
const PATHS: Record<System, readonly string[]> = {
  linux: ["/home", "/root", "/tmp", "/var/lib", "/etc/ccproxy", "/run/secrets", "/config", "/data"],
  darwin: ["/Users", "/var/root", "/tmp", "/private/tmp", "/var/folders", "/private/var/folders"],
  windows: ["C:\\Users"],
};

/** Editors that "ccproxy config edit" may start, when $VISUAL or $EDITOR names one of them. */
const EDITORS = ["code", "codium", "ed", "emacs", "helix", "hx", "kak", "micro", "nano", "nvim", "vi", "vim"];

/**
 * The only programs that may be run: the system's own opener for URLs, its service manager ("ccproxy service"), and
 * editors. All of it ends before a proxy serves (src/cli/drop_permissions.ts).
 */
const PROGRAMS: Record<System, readonly string[]> = {
  linux: ["xdg-open", "systemctl", ...EDITORS],
  darwin: ["open", "launchctl", ...EDITORS],
  windows: ["rundll32", "notepad", ...EDITORS],
};

/** What a caller of {@linkcode permissionFlags} adds to the baked list. */
export interface Extra {
  /** further path prefixes to read and write */
  extraPaths?: readonly string[];
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
  const paths = [...PATHS[system]];
  for (const path of extra.extraPaths ?? []) {
    if (
      !paths.some((prefix) =>
        path === prefix || path.startsWith(prefix + (system === "windows" ? "\\" : "/"))
      )
    ) {
      paths.push(path);
    }
  }
  return [
    "-q",
    "--no-prompt",
    `--allow-net=${[...NET, ...extra.extraNet ?? []].join(",")}`,
    `--allow-env=${ENV.join(",")}`,
    `--allow-read=${paths.join(",")}`,
    `--allow-write=${paths.join(",")}`,
    `--allow-run=${PROGRAMS[system].join(",")}`,
  ];
}
