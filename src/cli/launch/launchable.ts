/** The clients that can be started, by their names in `ccproxy connect`, with their programs. */
export const LAUNCHABLE = {
  "codex": { program: "codex", install: "npm install -g @openai/codex" },
  "claude-code": { program: "claude", install: "npm install -g @anthropic-ai/claude-code" },
  "opencode": { program: "opencode", install: "npm install -g opencode-ai" },
  "continue": { program: "cn", install: "npm install -g @continuedev/cli" },
  "aichat": { program: "aichat", install: "cargo install aichat, or brew install aichat" },
} as const;

/** One of {@linkcode LAUNCHABLE}. */
export type LaunchableClient = keyof typeof LAUNCHABLE;

/** Their names, in the order of the list. */
export const LAUNCHABLE_NAMES = [
  "codex",
  "claude-code",
  "opencode",
  "continue",
  "aichat",
] as const satisfies readonly LaunchableClient[];
