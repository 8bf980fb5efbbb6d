import { type Command, defineCommand } from "./command.ts";
import { completionScript, SHELLS } from "./completion_script.ts";
import type { CommandTable } from "./parse.ts";

/** `ccproxy completions SHELL`. The table is asked for when the command runs, since this command is part of it. */
export function completionsCommand(table: () => CommandTable): Command {
  return defineCommand({
    path: ["completions"],
    summary: "Print the completion script of a shell",
    description:
      "Load it from the start file of your shell, as the examples show. It knows every command, flag and choice.",
    flags: {},
    args: { shell: { doc: "The shell", required: true, choices: SHELLS } },
    examples: [
      { doc: "bash, in ~/.bashrc", line: "source <(ccproxy completions bash)" },
      { doc: "zsh, in ~/.zshrc after compinit", line: "source <(ccproxy completions zsh)" },
      { doc: "fish", line: "ccproxy completions fish > ~/.config/fish/completions/ccproxy.fish" },
      {
        doc: "PowerShell, in $PROFILE",
        line: "ccproxy completions powershell | Out-String | Invoke-Expression",
      },
    ],
    exitCodes: { 0: "Printed" },
    run(input, world) {
      world.out(completionScript(table(), input.args.shell ?? "bash"));
      return Promise.resolve(0);
    },
  });
}
