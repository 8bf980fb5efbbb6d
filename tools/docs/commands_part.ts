import { TABLE } from "../../src/cli/commands.ts";
import { commandReference } from "../../src/cli/reference.ts";

/** The overview of all commands, and under it the reference of each. */
export function commandsPart(): string {
  return commandReference(TABLE, 2).trim();
}
