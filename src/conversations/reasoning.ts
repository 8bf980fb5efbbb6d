import { sha256Hex } from "../sha256.ts";
import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { type Step, textOf, toSteps, withoutThinking } from "./canonical.ts";
import { isCall, isSameOrigin, type ItemOrigin, type StoredItem } from "./stored_items.ts";

/**
 * Reasoning for clients that cannot keep it: Chat Completions has no place for encrypted reasoning, so it is kept
 * here and put back in front of the call or the text it belongs to (translation.md#t106,
 * behaviour.md#carried-reasoning).
 */

/** Reasoning and what it belongs to. */
export interface ReasoningNote {
  /** a call id, or a hash of a text and of what it answered */
  readonly id: string;
  readonly items: readonly JsonObject[];
}

/**
 * What to keep of an answer.
 *
 * @param input what the answer answers: a short answer alone ("Yes.") would be found in other conversations too
 */
export function reasoningNotes(input: readonly InputItem[], output: readonly StoredItem[]): ReasoningNote[] {
  const notes: ReasoningNote[] = [];
  let waiting: JsonObject[] = [];
  const text = output.map(({ item }) => (item.type === "message" ? textOf(item) : "")).join("");
  let textDone = false;
  for (const { item } of output) {
    if (item.type === "reasoning") {
      if (typeof item["encrypted_content"] === "string") waiting.push(item);
      continue;
    }
    const id = isCall(item) ? callNoteId(item) : item.type === "message" && !textDone ? "text" : undefined;
    if (id === undefined) continue;
    if (id === "text") textDone = true;
    if (waiting.length > 0) {
      notes.push({ id: id === "text" ? textNoteId(lastSaid(toSteps(input)), text) : id, items: waiting });
    }
    waiting = [];
  }
  return notes;
}

/** Where reasoning may be missing in what a client sent: the note to look for, and the item it goes in front of. */
export interface Gap {
  readonly noteId: string;
  readonly before: number;
}

/** Answers in a client's history that stand without any reasoning. */
export function findGaps(input: readonly InputItem[]): Gap[] {
  const gaps: Gap[] = [];
  let said = "";
  for (const step of toSteps(input)) {
    if (!step.isModel) {
      said = step.isDeveloper ? said : step.key;
      continue;
    }
    const run = input.slice(step.start, step.end);
    if (run.some((item) => item.type === "reasoning")) continue;
    const text = run.map((item) => (item.type === "message" ? textOf(item) : "")).join("");
    for (const [offset, item] of run.entries()) {
      const before = step.start + offset;
      if (isCall(item)) gaps.push({ noteId: callNoteId(item), before });
      else if (item.type === "message" && offset === firstMessage(run)) {
        gaps.push({ noteId: textNoteId(said, text), before });
      }
    }
  }
  return gaps;
}

/** A note with who made it, as it is kept. */
export interface KeptNote {
  readonly origin: ItemOrigin;
  readonly items: readonly InputItem[];
}

/** As the head of a record. */
export function noteHead(note: ReasoningNote, origin: ItemOrigin): JsonObject {
  return { items: note.items, model: origin.model, account: origin.account };
}

/** From the head of a record. */
export function readNote(head: JsonObject): KeptNote {
  const items = Array.isArray(head["items"]) ? head["items"].filter(isRecord) : [];
  return {
    origin: { model: textAt(head, "model") ?? "", account: textAt(head, "account") ?? "" },
    items: items.map((item) => ({ ...item, type: "reasoning" })),
  };
}

/**
 * The input with the reasoning that was found, each in its place. Where reasoning of ours is known, the `<thinking>`
 * block in the text behind it is ours as well and goes: the model gets its reasoning once.
 */
export function fillGaps(
  input: readonly InputItem[],
  gaps: readonly Gap[],
  notes: readonly (KeptNote | undefined)[],
  origin: ItemOrigin,
): InputItem[] {
  const found = new Map<number, readonly InputItem[]>();
  for (const [index, gap] of gaps.entries()) {
    const note = notes[index];
    if (note !== undefined) found.set(gap.before, isSameOrigin(note.origin, origin) ? note.items : []);
  }
  if (found.size === 0) return [...input];
  return input.flatMap((item, index) => {
    const reasoning = found.get(index);
    if (reasoning === undefined) return [item];
    return [...reasoning, item.type === "message" ? stripThinking(item) : item];
  });
}

function stripThinking(item: InputItem): InputItem {
  const { content } = item;
  if (!Array.isArray(content)) return item;
  const [first, ...rest] = content;
  const text = isRecord(first) ? textAt(first, "text") : undefined;
  if (!isRecord(first) || text === undefined || withoutThinking(text) === text) return item;
  return { ...item, content: [{ ...first, text: withoutThinking(text) }, ...rest] };
}

function callNoteId(call: JsonObject): string {
  return `call ${textAt(call, "call_id") ?? ""}`;
}

function textNoteId(said: string, text: string): string {
  const clean = withoutThinking(text).trim();
  return `text ${sha256Hex(`${said.length}\n${said}\n${clean}`)}`;
}

function lastSaid(steps: readonly Step[]): string {
  return steps.findLast((step) => !step.isModel && !step.isDeveloper)?.key ?? "";
}

function firstMessage(run: readonly InputItem[]): number {
  return run.findIndex((item) => item.type === "message");
}
