import type { JsonObject } from "../../wire/json.ts";
import type { ContentBlock } from "../../wire/anthropic.ts";
import type { InputItem } from "../../wire/responses.ts";
import { Problem } from "../../problem.ts";
import { isCompactionItem } from "../../answer/collect.ts";
import { developerMessage } from "../../ask/content.ts";
import { badField, optionalRecord, optionalText, requiredText } from "../../ask/fields.ts";
import { type EditsWish, spoken } from "./context_edits.ts";
import { signatureOf } from "./signature.ts";

/** What a client wants done when its conversation grows long. */
export interface CompactionWish {
  /** the answer is to be a compaction and nothing else, or to go on behind one; undefined for neither */
  readonly compacts: "alone" | "first" | undefined;
  /** what stands behind the conversation then */
  readonly request: readonly InputItem[];
  /** wishes that have no effect */
  readonly ignored: readonly string[];
}

/**
 * Reads `compaction`, and settles whether an edit compacts (clients.md#anthropic-compaction).
 *
 * The backend makes a compaction as an answer of its own: where the client does not pause for it, a second request goes
 * on behind it. Below its number of tokens an edit asks for nothing.
 *
 * @param tokens what the request counts, its other edits done
 * @throws Problem bad_request
 */
export function readCompactionWish(body: JsonObject, wish: EditsWish, tokens: () => number): CompactionWish {
  const compaction = optionalRecord(body, "compaction");
  if (compaction === undefined) {
    const edit = wish.compaction;
    if (edit === undefined || tokens() <= edit.above) {
      return { compacts: undefined, request: [], ignored: [] };
    }
    return {
      compacts: edit.pauses ? "alone" : "first",
      request: compactionRequest(edit.instructions),
      ignored: [],
    };
  }
  const type = requiredText(compaction, "type", "compaction.type");
  if (type !== "summarize") throw badField("compaction.type", type, '"summarize"');
  if (wish.compaction !== undefined || (wish.edits ?? []).length > 0) {
    throw new Problem(
      "bad_request",
      '"compaction" must not be used with "context_management": found both',
      { param: "compaction" },
    );
  }
  const instructions = spoken(optionalText(compaction, "instructions", "compaction.instructions"));
  const ignored = Object.keys(compaction)
    .filter((key) => key !== "type" && key !== "instructions" && compaction[key] !== null)
    .map((key) => `compaction.${key}`);
  return { compacts: "alone", request: compactionRequest(instructions), ignored };
}

/** How the backend is asked to compact: what the summary is to hold is said right before. */
function compactionRequest(instructions: string | undefined): InputItem[] {
  const said = instructions === undefined
    ? ""
    : `Instructions for the summary of this conversation:\n\n${instructions}`;
  return [...developerMessage(said), { type: "compaction_trigger" }];
}

/** What stands for the summary, which nobody but the backend can read. */
const TOLD =
  "The conversation up to here was compacted by the ChatGPT backend, which alone can read the summary.";

/** A compaction of the backend's as a block; undefined for an item that is none. */
export function compactionBlock(item: JsonObject): ContentBlock | undefined {
  if (!isCompactionItem(item)) return undefined;
  const encrypted = signatureOf(item);
  return encrypted === undefined
    ? undefined
    : { type: "compaction", content: TOLD, encrypted_content: encrypted };
}
