import { TABLE } from "../../src/cli/commands.ts";
import { commandReference } from "../../src/cli/reference.ts";

/** The overview of all commands, and under it the reference of each, folded. */
export function commandsPart(): string {
  const reference = commandReference(TABLE, 4);
  const single = reference.indexOf("\n\n#### ");
  return [
    reference.slice(0, single),
    "<details>\n<summary>Every command with its flags, examples and exit codes</summary>",
    reference.slice(single).trim(),
    "</details>",
  ].join("\n\n");
}
