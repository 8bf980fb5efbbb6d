import { type ExitCode, Problem } from "../../problem.ts";
import { toItemResource } from "../../server/endpoints/responses_resource.ts";
import { toSession } from "../../server/endpoints/sessions.ts";
import { textOf } from "../../conversations/canonical.ts";
import { fromRow } from "../../conversations/stored_items.ts";
import { textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";
import { openContext } from "../context.ts";
import { cleanText } from "../../clean_text.ts";
import { createPaint, writeJson } from "../output.ts";
import { wrapText } from "../text_width.ts";
import { findSession, withStore } from "./open_sessions.ts";

/** `ccproxy sessions show`. */
export const sessionsShowCommand = defineCommand({
  path: ["sessions", "show"],
  summary: "Show a stored conversation",
  flags: { json: JSON_FLAG, config: CONFIG_FLAG },
  args: { id: { doc: "Id of the session, as the list shows it", required: true, completes: "session" } },
  examples: [
    { line: "ccproxy sessions show my-session", doc: "Read it" },
    { line: "ccproxy sessions show my-session --json", doc: "With every item, for programs" },
  ],
  exitCodes: { 0: "Shown", 1: "There is no such session, or the store cannot be used" },
  async run({ flags, args }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    const { id = "" } = args;
    const record = await withStore(
      world,
      context,
      async (store) => await store.get((await findSession(store, id)).key),
    );
    if (record === undefined) throw new Problem("session_not_found", `session ${JSON.stringify(id)} is gone`);
    const items = record.items.flatMap((row) => fromRow(row) ?? []);
    if (flags.json) {
      writeJson(world, { ...toSession(record), items: items.map((kept) => toItemResource(kept, new Set())) });
      return 0;
    }
    const paint = createPaint(world);
    for (const { item } of items) {
      const line = describe(item);
      if (line === undefined) continue;
      world.out(`${paint("bold", cleanText(line.who))}\n`);
      for (const paragraph of line.text.split("\n")) {
        const lines = wrapText(cleanText(paragraph), Math.max(20, world.columns - 2));
        world.out(lines.map((text) => `  ${text}\n`).join(""));
      }
    }
    return 0;
  },
});

/** One item for people; undefined for what people cannot read. */
function describe(item: InputItem): { who: string; text: string } | undefined {
  switch (item.type) {
    case "message":
      return { who: textAt(item, "role") ?? "message", text: textOf(item) };
    case "function_call":
    case "custom_tool_call":
      return {
        who: `call of ${textAt(item, "name") ?? ""}`,
        text: textAt(item, "arguments") ?? textAt(item, "input") ?? "",
      };
    case "function_call_output":
    case "custom_tool_call_output": {
      const { output } = item;
      return {
        who: "answer of the tool",
        text: typeof output === "string" ? output : JSON.stringify(output),
      };
    }
    default:
      return undefined;
  }
}
