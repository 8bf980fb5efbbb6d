import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";

/** What the backend puts where a summary part has no text. Observed 2026 (translation.md#t73). */
const PLACEHOLDER = "<!-- -->";

/** The parts of one reasoning item, cleaned: its summary, or the raw text where there is no summary. */
export function reasoningTexts(item: JsonObject): string[] {
  const summary = listAt(item, "summary") ?? [];
  const parts = summary.length > 0 ? summary : listAt(item, "content") ?? [];
  return parts
    .map((part) => cleanReasoning(isRecord(part) ? textAt(part, "text") ?? "" : ""))
    .filter((text) => text !== "");
}

/** The text of one reasoning part without placeholders and without white space at its end. */
export function cleanReasoning(text: string): string {
  return text.replaceAll(PLACEHOLDER, "").trimEnd();
}

/**
 * {@linkcode cleanReasoning} for a part that arrives in pieces: gives each piece as far as it is certain, and holds
 * back what may turn out to be a placeholder or the white space at the end. Where the pieces are cut makes no
 * difference.
 */
export function createReasoningCleaner(): { take(piece: string): string; end(): string } {
  /** white space that stays only if something follows */
  let space = "";
  /** what may be the beginning of a placeholder */
  let held = "";

  function release(text: string): string {
    const whole = space + text;
    const certain = whole.trimEnd();
    space = whole.slice(certain.length);
    return certain;
  }

  return {
    take(piece) {
      const texts = (held + piece).split(PLACEHOLDER);
      const last = texts.pop() ?? "";
      const cut = last.length - beginningLength(last);
      held = last.slice(cut);
      return [...texts, last.slice(0, cut)].map(release).join("");
    },
    end() {
      const rest = release(held);
      held = "";
      space = "";
      return rest;
    },
  };
}

/** How many characters at the end of the text may be the beginning of the placeholder. */
function beginningLength(text: string): number {
  for (let length = Math.min(PLACEHOLDER.length - 1, text.length); length > 0; length--) {
    if (PLACEHOLDER.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
