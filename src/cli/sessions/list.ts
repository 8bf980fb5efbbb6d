import { isUnnamed } from "../../conversations/unnamed.ts";
import { durationText } from "../../duration_text.ts";
import type { ExitCode } from "../../problem.ts";
import { toSession } from "../../server/endpoints/sessions.ts";
import { numberAt, textAt } from "../../wire/json.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { fittedTable, writeJson } from "../output.ts";
import { cleanText } from "../../clean_text.ts";
import { withStore } from "./open_sessions.ts";

/** `ccproxy sessions list`. */
export const sessionsListCommand = defineCommand({
  path: ["sessions", "list"],
  summary: "List the stored conversations, the last used first",
  flags: {
    limit: { kind: "integer", value: "N", min: 1, max: 100_000, doc: "Show at most N, 50 by default" },
    quiet: { kind: "boolean", short: "q", doc: "Print the ids alone, one a line" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy sessions list", doc: "The last 50" },
    { line: "ccproxy sessions list --quiet", doc: "The ids, for a script" },
    { line: "ccproxy sessions list --json --limit 1000", doc: "For programs" },
  ],
  exitCodes: { 0: "Shown", 1: "The store cannot be used" },
  async run({ flags }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const limit = flags.limit ?? 50;
    const heads = await withStore(world, context, (store) => store.list("session", { limit }));
    const sessions = heads.map(toSession);
    if (flags.json) {
      writeJson(world, sessions);
      return 0;
    }
    if (flags.quiet) {
      world.out(sessions.map((session) => `${cleanText(textAt(session, "id") ?? "")}\n`).join(""));
      return 0;
    }
    if (sessions.length === 0) {
      world.err("No session is stored\n");
      return 0;
    }
    const ago = (seconds: number | undefined) => durationText(world.now() - (seconds ?? 0) * 1000);
    world.out(fittedTable(
      world,
      ["ID", "TURNS", "LAST USED", "EXPIRES IN", "MODEL", "BEGINS WITH"],
      sessions.map((session) => [
        textAt(session, "id") ?? "",
        String(session["turns"]),
        ago(numberAt(session, "last_used_at")) === "now"
          ? "now"
          : `${ago(numberAt(session, "last_used_at"))} ago`,
        durationText((numberAt(session, "expires_at") ?? 0) * 1000 - world.now()),
        textAt(session, "model") ?? "",
        textAt(session, "title") ?? "",
      ]),
    ));
    const unnamed = heads.filter(isUnnamed).length;
    const most = context.settings["storage.max_unnamed_sessions"];
    if (unnamed > 0) {
      world.err(`${unnamed} without a name of the client's; of those ${most} are kept at most\n`);
    }
    return 0;
  },
});
