import type { ReasoningOutput } from "../draft.ts";

/** Where reasoning goes in one answer. */
export interface ReasoningPlan {
  /** `<thinking>…</thinking>` in front of the content */
  readonly inTags: boolean;
  /** the field `reasoning_content` beside the content */
  readonly inField: boolean;
}

/** Opens the reasoning in the content (the guide's form). */
export const OPEN_TAG = "<thinking>";
/** Closes it; the blank line keeps the answer apart in a terminal and in Markdown. */
export const CLOSE_TAG = "</thinking>\n\n";

/** The plan for a setting. Structured output stays bare JSON: tags never stand in front of it (clients.md, trap 9). */
export function planReasoning(setting: ReasoningOutput, jsonFormat: boolean): ReasoningPlan {
  return {
    inTags: !jsonFormat && (setting === "tags" || setting === "both"),
    inField: setting === "field" || setting === "both",
  };
}

/** What the backend puts where a summary part has no text. Observed 2026 (translation.md 73). */
const PLACEHOLDER = "<!-- -->";

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
