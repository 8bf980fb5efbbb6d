import { isRecord, type JsonObject, numberAt, recordAt, textAt } from "../../wire/json.ts";
import type { ContentBlock } from "../../wire/anthropic.ts";
import { Problem } from "../../problem.ts";
import { badField, optionalBoolean, optionalList, optionalRecord, requiredText } from "../../ask/fields.ts";
import { signatureOf } from "./signature.ts";

/** What a client wants done when its conversation grows long. */
export interface CompactionWish {
  /** the answer is to be a compaction, and nothing else */
  readonly compacts: boolean;
  /** the same, once the input has more tokens than this */
  readonly compactsAbove: number | undefined;
  /** wishes that have no effect */
  readonly ignored: readonly string[];
}

/** When a conversation is compacted for which the client names no number, in tokens. */
const TRIGGER_TOKENS = 150_000;

/**
 * Reads `compaction` and `context_management` (clients.md#anthropic-compaction).
 *
 * A compaction is an answer of its own here, as the backend makes it: so `compact_20260112` is done where the client
 * pauses for it, and refused where it wants the answer in the same message. Edits that only leave something out to
 * save room are told as ignored: the model reads more than it has to.
 *
 * @throws Problem bad_request, unsupported_parameter
 */
export function readCompactionWish(body: JsonObject): CompactionWish {
  const compaction = optionalRecord(body, "compaction");
  const management = optionalRecord(body, "context_management");
  const edits = management === undefined
    ? []
    : optionalList(management, "edits", "context_management.edits") ?? [];
  if (compaction !== undefined) {
    const type = requiredText(compaction, "type", "compaction.type");
    if (type !== "summarize") throw badField("compaction.type", type, '"summarize"');
    if (edits.length > 0) {
      throw new Problem(
        "bad_request",
        '"compaction" must not be used with "context_management": found both',
        {
          param: "compaction",
        },
      );
    }
    const hasPrompt = (textAt(compaction, "instructions") ?? "").trim() !== "";
    return {
      compacts: true,
      compactsAbove: undefined,
      ignored: hasPrompt ? ["compaction.instructions"] : [],
    };
  }
  let compactsAbove: number | undefined;
  const ignored = new Set<string>();
  for (const [index, edit] of edits.entries()) {
    const param = `context_management.edits[${index}]`;
    if (!isRecord(edit)) throw badField(param, edit, "an object");
    const type = requiredText(edit, "type", `${param}.type`);
    if (type === "compact_20260112") {
      compactsAbove = readTrigger(edit, param);
      if ((textAt(edit, "instructions") ?? "").trim() !== "") {
        ignored.add(`context_management.${type}.instructions`);
      }
    } else if (edit["keep"] !== "all") {
      ignored.add(`context_management.${type}`);
    }
  }
  return { compacts: false, compactsAbove, ignored: [...ignored] };
}

function readTrigger(edit: JsonObject, param: string): number {
  if (optionalBoolean(edit, "pause_after_compaction", `${param}.pause_after_compaction`) !== true) {
    throw new Problem(
      "unsupported_parameter",
      `"${param}.pause_after_compaction" must be true: a compaction is an answer of its own here`,
      {
        param: `${param}.pause_after_compaction`,
        hint: 'Set it, and go on with the block that comes back; or send "compaction": {"type": "summarize"}',
      },
    );
  }
  const trigger = recordAt(edit, "trigger");
  return (trigger === undefined ? undefined : numberAt(trigger, "value")) ?? TRIGGER_TOKENS;
}

/** What stands for the summary, which nobody but the backend can read. */
const TOLD =
  "The conversation up to here was compacted by the ChatGPT backend, which alone can read the summary.";

/** A compaction of the backend's as a block; undefined for an item that is none. */
export function compactionBlock(item: JsonObject): ContentBlock | undefined {
  if (item["type"] !== "compaction" && item["type"] !== "compaction_summary") return undefined;
  const encrypted = signatureOf(item);
  return encrypted === undefined
    ? undefined
    : { type: "compaction", content: TOLD, encrypted_content: encrypted };
}
