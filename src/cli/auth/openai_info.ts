import { durationText } from "../../duration_text.ts";
import type { ExitCode } from "../../problem.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { createPaint, facts, momentText, writeJson } from "../output.ts";
import { expiryText, loginExitCode, planText, problemText, stateJson, statusText } from "./account_facts.ts";

/** `ccproxy auth openai-info`: everything that is known about the login. */
export const authOpenaiInfoCommand = defineCommand({
  path: ["auth", "openai-info"],
  summary: "Show all details of the login",
  description:
    "Shows the subscription, the account, when the token expires and how long that is, where the credentials are " +
    "stored and whether they can be refreshed. Tokens are masked. The network is not asked, except for an access " +
    "token in the environment, of which only the issuer knows.",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy auth openai-info", doc: "Look at it" },
    { line: "ccproxy auth openai-info --json", doc: "For programs" },
  ],
  exitCodes: { 0: "Signed in", 3: "Not signed in", 4: "The issuer could not be asked about an access token" },
  async run({ flags }, world): Promise<ExitCode> {
    const { access, settings } = await openContext(world, flags.config);
    const state = await access.inspect();
    const nowMs = world.now();
    const code = loginExitCode(state);
    if (flags.json) {
      writeJson(world, { ...stateJson(state, nowMs), issuer: settings["auth.issuer"] });
      return code;
    }
    const stream = state.usable ? "stdout" : "stderr";
    const paint = createPaint(world, stream);
    const write = state.usable ? world.out : world.err;
    const found = state.maskedToken !== undefined;
    const left = state.expiresAtMs === undefined
      ? "unknown"
      : state.expiresAtMs <= nowMs
      ? "none"
      : durationText(state.expiresAtMs - nowMs);
    write(`${paint("bold", "OpenAI credentials")}\n`);
    write(facts([
      ["Status", statusText(state)],
      ["Subscription", found ? planText(state.plan) : undefined],
      ["E-mail", found ? state.email ?? "unknown" : undefined],
      ["Account id", found ? state.accountId ?? "unknown" : undefined],
      ["User id", state.userId],
      ["Government cloud", state.fedramp ? "yes" : undefined],
      ["Token expires", found ? expiryText(state, world) : undefined],
      ["Time remaining", found ? left : undefined],
      ["Refresh token", found ? (state.hasRefreshToken ? "available" : "not available") : undefined],
      [
        "Last refresh",
        state.lastRefreshMs === undefined
          ? undefined
          : momentText(state.lastRefreshMs, nowMs, world.utcOffset),
      ],
      ["Access token", state.maskedToken],
      ["Storage location", state.location],
      ["Storage form", state.form === "flat" ? "flat (as older programs wrote it)" : state.form],
      ["Issuer", settings["auth.issuer"]],
      ...state.warnings.map((warning) => ["Warning", warning] as const),
      ["Problem", problemText(state)],
      ["To fix", state.command ?? state.unsavable?.fix],
    ], world.columns));
    return code;
  },
});
