import type { StoredItem } from "../../conversations/stored_items.ts";
import { isRecord, listAt, numberAt, textAt } from "../../wire/json.ts";
import { clockText, countText, escape, type PageView } from "./view.ts";

/** Sessions that the page shows. */
const SHOWN = 50;

/** The sessions, the last used first; what each holds is asked for when it is opened. */
export function sessionsHtml({ sessions, showsPrompts, nowMs }: PageView): string {
  if (sessions.length === 0) return "<p>None is remembered.</p>";
  const rows = sessions.slice(0, SHOWN).map((session) => {
    const id = textAt(session, "id") ?? "";
    const facts = [
      countText(numberAt(session, "turns") ?? 0, "turn"),
      textAt(session, "model") ?? "",
      `last used ${clockText((numberAt(session, "last_used_at") ?? 0) * 1000, nowMs)}`,
    ].filter((text) => text !== "");
    const title = showsPrompts ? textAt(session, "title") ?? "" : "";
    return `<li><details class="session" id="s-${escape(id)}" data-session="${escape(id)}">
<summary><code>${escape(id)}</code>${
      title === "" ? "" : ` <span>${escape(title)}</span>`
    } <span class="quiet">${escape(facts.join(" · "))}</span></summary><div class="inside"><p class="quiet">${
      countText(numberAt(session, "item_count") ?? 0, "item")
    }</p></div></details>
<button class="js-only delete" type="button" data-session="${escape(id)}" aria-label="Delete session ${
      escape(id)
    }">Delete</button></li>`;
  });
  const more = sessions.length > SHOWN
    ? `\n<p class="quiet">The last ${SHOWN} of ${sessions.length}: <code>ccproxy sessions list</code> shows all.</p>`
    : "";
  return `<ul class="sessions">${rows.join("\n")}</ul>${more}`;
}

/** Items of a session whose words are shown, the last ones. */
const SHOWN_ITEMS = 40;
/** Characters of an item that are shown. */
const SHOWN_LENGTH = 500;

/** What a session holds: how many items of each kind, and their words where they may be shown. */
export function sessionItemsHtml(items: readonly StoredItem[], showsPrompts: boolean): string {
  const kinds = new Map<string, number>();
  for (const { item } of items) kinds.set(kindOf(item), (kinds.get(kindOf(item)) ?? 0) + 1);
  const counts = [...kinds].map(([kind, count]) => countText(count, kind));
  const summary = `<p class="quiet">It holds ${
    counts.length === 0 ? "nothing" : escape(counts.join(", "))
  }.</p>`;
  if (!showsPrompts) return summary;
  const rows = items.slice(-SHOWN_ITEMS).flatMap(({ item }) => {
    const words = wordsOf(item);
    if (words === "") return [];
    const cut = words.length > SHOWN_LENGTH ? `${words.slice(0, SHOWN_LENGTH)} …` : words;
    return [`<dt>${escape(kindOf(item))}</dt><dd>${escape(cut)}</dd>`];
  });
  const before = items.length > SHOWN_ITEMS ? `<p class="quiet">The last ${SHOWN_ITEMS} of them:</p>` : "";
  return `${summary}${before}<dl>${rows.join("")}</dl>`;
}

/** What an item is, as a noun in the singular. */
function kindOf(item: StoredItem["item"]): string {
  const { type } = item;
  if (type === "message") {
    const role = textAt(item, "role") ?? "";
    return role === "assistant" ? "answer" : `${role} message`.trim();
  }
  if (type === "reasoning") return "thought";
  if (type.endsWith("_call_output")) return "tool result";
  if (type.endsWith("_call")) return "tool call";
  return type.replaceAll("_", " ");
}

/** The words of an item; "" where it has none that people read. */
function wordsOf(item: StoredItem["item"]): string {
  const { content, output } = item;
  if (typeof content === "string") return content;
  const name = textAt(item, "name");
  if (name !== undefined && item.type.endsWith("_call")) {
    return `${name} ${textAt(item, "arguments") ?? textAt(item, "input") ?? ""}`.trim();
  }
  if (typeof output === "string") return output;
  const parts = [content, output, listAt(item, "summary")].find((list) =>
    Array.isArray(list) && list.length > 0
  );
  if (!Array.isArray(parts)) return "";
  return parts.map((part: unknown) =>
    isRecord(part) ? textAt(part, "text") ?? `[${textAt(part, "type") ?? ""}]` : ""
  )
    .join("\n").trim();
}
