import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";
import { cleanText } from "../clean_text.ts";
import { fittedTable } from "./output.ts";
import type { World } from "./world.ts";

/** The conversations in the answer of `GET /codex/usage/cache`. */
export function readCacheReport(answer: JsonObject): JsonObject[] {
  return (listAt(answer, "data") ?? []).filter(isRecord);
}

/** The report as a table; under it why the share of a conversation dropped. */
export function cacheReportText(conversations: readonly JsonObject[], world: World): string {
  if (conversations.length === 0) return "No conversation was seen since the proxy started\n";
  const percent = (value: unknown) => (typeof value === "number" ? `${value}%` : "-");
  const rows = conversations.map((entry) => [
    textAt(entry, "client") ?? "",
    textAt(entry, "session") ?? "-",
    String(entry["turns"] ?? ""),
    String(entry["input_tokens"] ?? ""),
    percent(entry["cached_percent"]),
    percent(entry["last_percent"]),
  ]);
  const drops = conversations.flatMap((entry) => {
    const reason = textAt(entry, "last_drop");
    if (reason === undefined) return [];
    const who = textAt(entry, "session") ?? textAt(entry, "client") ?? "";
    return [`${cleanText(who)}: the share dropped because ${cleanText(reason)}\n`];
  });
  return fittedTable(world, ["CLIENT", "SESSION", "TURNS", "INPUT TOKENS", "CACHED", "LAST TURN"], rows) +
    (drops.length === 0 ? "" : `\n${drops.join("")}`);
}
