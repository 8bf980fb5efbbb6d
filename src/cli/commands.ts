/**
 * The one list of commands, in the order the help shows them. All are loaded at every start: to load them when they are
 * typed gains next to nothing (deno.md#code-splitting).
 */
import { authLoginCommand } from "./auth/login_openai.ts";
import { authLogoutCommand } from "./auth/logout_openai.ts";
import { authOpenaiInfoCommand } from "./auth/openai_info.ts";
import { authRefreshCommand } from "./auth/refresh.ts";
import { authStatusCommand } from "./auth/status.ts";
import { codexInfoCommand } from "./codex/info.ts";
import { codexSetCommand } from "./codex/set.ts";
import type { Group } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { configCodexCommand } from "./config/codex.ts";
import { configEditCommand } from "./config/edit.ts";
import { configPathCommand } from "./config/path.ts";
import { configShowCommand } from "./config/show.ts";
import { keysCreateCommand } from "./keys/create.ts";
import { keysDeleteCommand } from "./keys/delete.ts";
import { keysListCommand } from "./keys/list.ts";
import { keysRotateCommand } from "./keys/rotate.ts";
import type { CommandTable } from "./parse.ts";
import { connectCommand } from "./connect.ts";
import { doctorCommand } from "./doctor.ts";
import { launchCommand } from "./launch.ts";
import { modelsCommand } from "./models.ts";
import { serveCommand } from "./serve.ts";
import { serviceInstallCommand } from "./service/install.ts";
import { serviceStatusCommand } from "./service/status.ts";
import { serviceUninstallCommand } from "./service/uninstall.ts";
import { sessionsDeleteCommand } from "./sessions/delete.ts";
import { sessionsListCommand } from "./sessions/list.ts";
import { sessionsShowCommand } from "./sessions/show.ts";
import { updateCommand } from "./update.ts";
import { usageCommand } from "./usage.ts";

const GROUPS: readonly Group[] = [
  { path: [], summary: "Use a ChatGPT subscription through a local OpenAI-compatible API." },
  { path: ["auth"], summary: "Sign in to ChatGPT, look at the login, sign out." },
  { path: ["config"], summary: "Look at the settings and switch the provider on or off." },
  { path: ["codex"], summary: "Look at and change how requests reach the Codex backend." },
  { path: ["service"], summary: "Run the proxy in the background as a service of this user." },
  { path: ["keys"], summary: "Give other people and programs keys of their own, with limits." },
  { path: ["sessions"], summary: "Look at and remove the stored conversations." },
];

/** All commands. Parsing, help, completions and the page of commands are read from here. */
export const TABLE: CommandTable = {
  groups: GROUPS,
  commands: [
    serveCommand,
    authLoginCommand,
    authStatusCommand,
    authOpenaiInfoCommand,
    authRefreshCommand,
    authLogoutCommand,
    configCodexCommand,
    configShowCommand,
    configPathCommand,
    configEditCommand,
    codexInfoCommand,
    codexSetCommand,
    modelsCommand,
    usageCommand,
    keysCreateCommand,
    keysListCommand,
    keysRotateCommand,
    keysDeleteCommand,
    sessionsListCommand,
    sessionsShowCommand,
    sessionsDeleteCommand,
    doctorCommand,
    serviceInstallCommand,
    serviceUninstallCommand,
    serviceStatusCommand,
    connectCommand,
    launchCommand,
    updateCommand,
    completionsCommand(() => TABLE),
  ],
};
