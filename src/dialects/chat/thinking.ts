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
 * back what may turn out to be a placeholder or the white space at the end.
 */
export function createReasoningCleaner(): { take(piece: string): string; end(): string } {
  let held = "";
  return {
    take(piece) {
      held = (held + piece).replaceAll(PLACEHOLDER, "");
      const cut = certainLength(held);
      const certain = held.slice(0, cut);
      held = held.slice(cut);
      return certain;
    },
    end() {
      const rest = cleanReasoning(held);
      held = "";
      return rest;
    },
  };
}

/** How much of the text can be given: all but a beginning of the placeholder at its end, and white space before. */
function certainLength(text: string): number {
  let end = text.length;
  for (let length = Math.min(PLACEHOLDER.length - 1, text.length); length > 0; length--) {
    if (PLACEHOLDER.startsWith(text.slice(-length))) {
      end = text.length - length;
      break;
    }
  }
  return text.slice(0, end).trimEnd().length;
}
