/** The one list of commands, in the order the help shows them. */
import type { Group } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import type { CommandTable } from "./parse.ts";

const GROUPS: readonly Group[] = [
  { path: [], summary: "Use a ChatGPT subscription through a local OpenAI-compatible API." },
  { path: ["auth"], summary: "Sign in to ChatGPT, look at the login, sign out." },
  { path: ["config"], summary: "Look at the settings and switch the provider on or off." },
  { path: ["codex"], summary: "Look at and change how requests reach the Codex backend." },
  { path: ["sessions"], summary: "Look at and remove the stored conversations." },
];

/** All commands. Parsing, help, completions and the README's reference are read from here. */
export const TABLE: CommandTable = {
  groups: GROUPS,
  commands: [
    completionsCommand(() => TABLE),
  ],
};
