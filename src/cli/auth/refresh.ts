import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { momentText, waiting, writeJson } from "../output.ts";
import { stateJson } from "./account_facts.ts";

/** `ccproxy auth refresh`. */
export const authRefreshCommand = defineCommand({
  path: ["auth", "refresh"],
  summary: "Refresh the login now",
  description:
    "Asks the issuer for a new access token and saves it. A running server and the Codex CLI take it over from the " +
    "file. You need not do this by hand: tokens are refreshed before they expire.\n\n" +
    "Refresh tokens work once, so it is proved first that the new one can be saved. Where it cannot, nothing is sent.",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy auth refresh", doc: "Refresh and see the new expiry" },
    { line: "ccproxy auth refresh --json", doc: "For programs" },
  ],
  exitCodes: {
    0: "Refreshed",
    1: "The new tokens could not be saved",
    3: "Sign in again",
    4: "The issuer could not be reached",
  },
  async run({ flags }, world): Promise<ExitCode> {
    const { access } = await openContext(world, flags.config);
    const { from } = await waiting(world, "Waiting for the issuer", access.refresh("scheduled"));
    const state = await access.peek();
    if (flags.json) {
      writeJson(world, {
        refreshed_by: from === "issuer" ? "ccproxy" : "another program",
        ...stateJson(state, world.now()),
      });
      return 0;
    }
    const expiry = state.expiresAtMs === undefined
      ? "the new token does not tell its expiry"
      : `the new token expires ${momentText(state.expiresAtMs, world.now(), world.utcOffset)}`;
    world.err(
      from === "issuer"
        ? `Refreshed: ${expiry}\n`
        : `Another program had refreshed the login meanwhile: ${expiry}\n`,
    );
    for (const warning of state.warnings) world.err(`Warning: ${cleanText(warning)}\n`);
    return 0;
  },
});
