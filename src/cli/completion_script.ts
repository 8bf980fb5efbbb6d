/**
 * Completion scripts, generated from the command table. Pure.
 *
 * All four are tables that the shell looks up: for each path of words the words and flags that may follow, and for
 * each flag with choices its choices. Only ids of sessions and names of models are asked of ccproxy, and not over the
 * network: `ASKED` in positions.ts. What it prints is compared and never expanded, since clients name their sessions.
 */
import { bashScript } from "./completion/bash_script.ts";
import { fishScript } from "./completion/fish_script.ts";
import { listPositions } from "./completion/positions.ts";
import { powershellScript } from "./completion/powershell_script.ts";
import { zshScript } from "./completion/zsh_script.ts";
import type { CommandTable } from "./parse.ts";

/** The shells that are known. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** The script for one shell. */
export function completionScript(table: CommandTable, shell: Shell): string {
  const places = listPositions(table);
  switch (shell) {
    case "bash":
      return bashScript(places);
    case "zsh":
      return zshScript(places);
    case "fish":
      return fishScript(places);
    case "powershell":
      return powershellScript(places);
  }
}
