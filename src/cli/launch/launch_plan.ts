/** How `ccproxy launch` starts a client: its settings in the environment, or where it knows none, in a file. Pure. */
import { quoteToml } from "../../quote.ts";
import { type FileEntry, printedFile, wantedFile } from "../connect/client_file.ts";
import { LAUNCHABLE, type LaunchableClient } from "./launchable.ts";
import { claudeVariables, type Target } from "../connect_clients.ts";

/** What is started. */
export interface LaunchPlan {
  readonly program: string;
  /** go in front of the person's own */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** a file that is there while the client runs; its path takes the place of {@linkcode FILE_PATH} */
  readonly file?: { readonly name: string; readonly text: string };
}

/** Stands for the path of the file in arguments and variables. */
export const FILE_PATH = "{file}";

/**
 * How a client is started.
 *
 * Sources: clients.md#own-settings.
 *
 * @param asksModel whether the client is told the model too, where it would choose one by itself
 */
export function launchPlan(name: LaunchableClient, target: Target, asksModel: boolean): LaunchPlan {
  const { program } = LAUNCHABLE[name];
  switch (name) {
    case "codex": {
      const entries = wantedFile(name, { ...target, key: "" }).entries;
      const words = entries.flatMap((entry) => codexWord(entry));
      if (target.key !== "") words.push('model_providers.ccproxy.env_key="CCPROXY_API_KEY"');
      if (asksModel) words.push(`model=${quoteToml(target.model)}`);
      const env = target.key === "" ? {} : { CCPROXY_API_KEY: target.key };
      return { program, args: words.flatMap((word) => ["-c", word]), env };
    }
    case "claude-code": {
      // The variables of its own settings file win over the environment, and those of this one over both.
      const env = claudeVariables(target);
      const file = { name: "settings.json", text: `${JSON.stringify({ env })}\n` };
      return { program, args: ["--settings", FILE_PATH], env, file };
    }
    case "opencode":
      return { program, args: [], env: { OPENCODE_CONFIG_CONTENT: printedFile(name, target) } };
    case "continue": {
      const file = { name: "config.yaml", text: `${printedFile(name, target)}\n` };
      return { program, args: ["--config", FILE_PATH], env: {}, file };
    }
    case "aichat": {
      const file = { name: "config.yaml", text: `${printedFile(name, target)}\n` };
      return { program, args: [], env: { AICHAT_CONFIG_FILE: FILE_PATH }, file };
    }
    default:
      return name satisfies never;
  }
}

/** `-c` takes a path of names and a value as TOML writes it. */
function codexWord(entry: FileEntry): string[] {
  return entry.kind === "value" ? [`${entry.path.join(".")}=${entry.text}`] : [];
}
