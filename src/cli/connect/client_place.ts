/** Where the clients' own files are: decided from the environment and the system alone, as the clients do it. */
import { envText } from "../../config/environment.ts";
import { expandHome, type Place } from "../../config/paths.ts";
import type { TerminalShell } from "../../quote.ts";
import type { WritableClient } from "./client_file.ts";

/**
 * The paths at which a client looks for its file, the one it prefers first. The file to change is the first that is
 * there; where none is, the first.
 *
 * Sources: `codex` backend.md#cli-settings; the others as clients.md#own-files.
 *
 * @param shell of the lines, for the client `env`
 * @throws Problem "config" when no home directory is known
 */
export function clientPaths(name: WritableClient, place: Place, shell: TerminalShell): readonly string[] {
  const { env, os } = place;
  const home = (path: string) => expandHome(os === "windows" ? path.replaceAll("/", "\\") : path, place);
  const below = (variable: string, fallback: string, file: string) => {
    const named = envText(env, variable);
    return named === undefined
      ? home(`${fallback}/${file}`)
      : `${expandHome(named, place).replace(/[/\\]+$/, "")}/${file}`;
  };
  switch (name) {
    case "codex":
      return [below("CODEX_HOME", "~/.codex", "config.toml")];
    case "claude-code":
      return [below("CLAUDE_CONFIG_DIR", "~/.claude", "settings.json")];
    case "continue":
      return [below("CONTINUE_GLOBAL_DIR", "~/.continue", "config.yaml")];
    case "opencode": {
      const folder = below("XDG_CONFIG_HOME", "~/.config", "opencode");
      return ["opencode.jsonc", "opencode.json"].map((file) => `${folder}/${file}`).toReversed();
    }
    case "aichat": {
      const named = envText(env, "AICHAT_CONFIG_FILE");
      if (named !== undefined) return [expandHome(named, place)];
      if (envText(env, "AICHAT_CONFIG_DIR") !== undefined) {
        return [below("AICHAT_CONFIG_DIR", "", "config.yaml")];
      }
      if (os === "darwin") return [home("~/Library/Application Support/aichat/config.yaml")];
      if (os === "windows") return [below("APPDATA", "~/AppData/Roaming", "aichat/config.yaml")];
      return [below("XDG_CONFIG_HOME", "~/.config", "aichat/config.yaml")];
    }
    case "env":
      return [profilePath(place, shell, home, below)];
    default:
      return name satisfies never;
  }
}

/** The file that a shell reads at each start of a terminal. */
function profilePath(
  { env, os }: Place,
  shell: TerminalShell,
  home: (path: string) => string,
  below: (variable: string, fallback: string, file: string) => string,
): string {
  switch (shell) {
    case "fish":
      return below("XDG_CONFIG_HOME", "~/.config", "fish/config.fish");
    case "powershell":
      return os === "windows"
        ? home("~/Documents/PowerShell/Microsoft.PowerShell_profile.ps1")
        : below("XDG_CONFIG_HOME", "~/.config", "powershell/Microsoft.PowerShell_profile.ps1");
    case "sh": {
      const used = (envText(env, "SHELL") ?? "").split("/").at(-1);
      if (used === "zsh") return below("ZDOTDIR", "~", ".zshrc");
      return home(used === "bash" ? "~/.bashrc" : "~/.profile");
    }
    default:
      return shell satisfies never;
  }
}

/** The shell of this user, as far as the environment tells. */
export function shellOf({ env, os }: Place): TerminalShell {
  if (os === "windows") return "powershell";
  return /(?:^|\/)fish$/.test(envText(env, "SHELL") ?? "") ? "fish" : "sh";
}
