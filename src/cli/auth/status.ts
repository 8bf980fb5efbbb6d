import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { createPaint, facts, writeJson } from "../output.ts";
import {
  accountText,
  expiryText,
  loginExitCode,
  planText,
  problemText,
  stateJson,
  statusText,
} from "./account_facts.ts";

/** `ccproxy auth status`: one screen, and the exit code says the same. */
export const authStatusCommand = defineCommand({
  path: ["auth", "status"],
  summary: "Show whether you are signed in",
  description:
    "Shows the account, its plan, when the login expires and where it is stored, without asking the network " +
    "(except for an access token in the environment, of which only the issuer knows). " +
    "When something is wrong, the last line is the command that fixes it.",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy auth status", doc: "Look at it" },
    { line: "ccproxy auth status > /dev/null || ccproxy auth login-openai", doc: "Sign in when needed" },
    { line: "ccproxy auth status --json", doc: "For programs" },
  ],
  exitCodes: { 0: "Signed in", 3: "Not signed in", 4: "The issuer could not be asked about an access token" },
  async run({ flags }, world): Promise<ExitCode> {
    const { access } = await openContext(world, flags.config);
    const state = await access.inspect();
    const code = loginExitCode(state);
    if (flags.json) {
      writeJson(world, stateJson(state, world.now()));
      return code;
    }
    const stream = state.usable ? "stdout" : "stderr";
    const paint = createPaint(world, stream);
    const write = state.usable ? world.out : world.err;
    const known = state.accountId !== undefined || state.email !== undefined;
    write(`${paint("bold", "ChatGPT login")}\n`);
    write(facts([
      ["Status", statusText(state)],
      ["Account", known ? accountText(state) : undefined],
      ["Plan", known ? planText(state.plan) : undefined],
      ["Expires", known || state.expiresAtMs !== undefined ? expiryText(state, world) : undefined],
      ["Credentials", state.location],
      ["Token", state.maskedToken],
      ...state.warnings.map((warning) => ["Warning", warning] as const),
      ["Problem", problemText(state)],
      ["To fix", state.command ?? state.unsavable?.fix],
    ], world.columns));
    return code;
  },
});
