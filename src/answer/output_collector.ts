import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";
import type { OutputItem } from "../wire/responses.ts";

/** The texts of an item that arrive in pieces. */
export type TextField = "text" | "refusal" | "summary" | "arguments" | "input";

/** Collects the output items of an answer, in whatever order and shape they come. */
export interface OutputCollector {
  /**
   * An item has begun.
   *
   * @returns the item under the id it was first seen with
   */
  announce(outputIndex: number, item: OutputItem): OutputItem;
  /** The id of an item that may never be announced. */
  identify(outputIndex: number, id: string): void;
  /** A piece of a text, as a JSON literal with its quotes. */
  append(outputIndex: number, field: TextField, partIndex: number, literal: string): void;
  /** The whole text, as the end of a part has it: what the pieces did not bring is added. */
  complete(outputIndex: number, field: TextField, partIndex: number, whole: string): void;
  /** The text so far of a part without an index: a call's. */
  text(outputIndex: number, field: TextField): string;
  annotate(outputIndex: number, partIndex: number, annotation: unknown): void;
  /**
   * The item is complete. Its id is the one it was first seen with (some answers name another at the end,
   * codex-lb#398), and a text that is empty in it is what its pieces brought.
   */
  finish(outputIndex: number, item: OutputItem): OutputItem;
  /**
   * The items with their output indexes, in order. One that was finished is what that said; of the others the final
   * object's, or what their pieces brought.
   *
   * @param final the `output` of the final response object
   * @param status of the response: items that were never finished get it
   */
  entries(final: readonly unknown[] | undefined, status: string): [outputIndex: number, item: OutputItem][];
}

interface Part {
  readonly field: TextField;
  readonly index: number;
  text: string;
  /** JSON literals without their quotes that are not in `text` yet: read together, which is cheaper than each by itself */
  pending: string;
  readonly annotations: unknown[];
}

interface Unfinished {
  item: OutputItem | undefined;
  id: string | undefined;
  /** in order of appearance */
  readonly parts: Part[];
  /** the part that the last piece went to */
  last: Part | undefined;
}

/** Pieces are folded at this many characters: before that they keep the reads in memory that they were cut from. */
const FOLD_AT = 4096;

/** An empty collector for one answer. */
export function createOutputCollector(): OutputCollector {
  const done = new Map<number, OutputItem>();
  const unfinished = new Map<number, Unfinished>();
  /** the entry that the last piece went to: most come in a row */
  let lastIndex = -1;
  let lastEntry: Unfinished | undefined;

  function entryAt(outputIndex: number): Unfinished {
    if (outputIndex === lastIndex && lastEntry !== undefined) return lastEntry;
    let entry = unfinished.get(outputIndex);
    if (entry === undefined) {
      entry = { item: undefined, id: undefined, parts: [], last: undefined };
      unfinished.set(outputIndex, entry);
    }
    lastIndex = outputIndex;
    lastEntry = entry;
    return entry;
  }

  function partAt(outputIndex: number, field: TextField, index: number): Part {
    const entry = entryAt(outputIndex);
    const { last } = entry;
    if (last !== undefined && last.field === field && last.index === index) return last;
    let part = entry.parts.find((one) => one.field === field && one.index === index);
    if (part === undefined) {
      part = { field, index, text: "", pending: "", annotations: [] };
      entry.parts.push(part);
    }
    entry.last = part;
    return part;
  }

  function stable(outputIndex: number, item: OutputItem): OutputItem {
    const seen = unfinished.get(outputIndex)?.item?.["id"];
    return seen === undefined ? { ...item } : { ...item, id: seen };
  }

  return {
    announce(outputIndex, item) {
      const announced = stable(outputIndex, item);
      if (!done.has(outputIndex)) entryAt(outputIndex).item = announced;
      return announced;
    },
    identify(outputIndex, id) {
      if (!done.has(outputIndex)) entryAt(outputIndex).id ??= id;
    },
    append(outputIndex, field, partIndex, literal) {
      if (literal === '""' || done.has(outputIndex)) return;
      const part = partAt(outputIndex, field, partIndex);
      part.pending += literal.slice(1, -1);
      if (part.pending.length > FOLD_AT) fold(part);
    },
    complete(outputIndex, field, partIndex, whole) {
      if (whole === "" || done.has(outputIndex)) return;
      const part = fold(partAt(outputIndex, field, partIndex));
      part.text += whole.slice(part.text.length);
    },
    text: (outputIndex, field) => joined(unfinished.get(outputIndex)?.parts ?? [], field),
    annotate(outputIndex, partIndex, annotation) {
      if (!done.has(outputIndex)) partAt(outputIndex, "text", partIndex).annotations.push(annotation);
    },
    finish(outputIndex, item) {
      const entry = unfinished.get(outputIndex);
      const whole = ended(withPieces(stable(outputIndex, item), entry?.parts ?? []));
      unfinished.delete(outputIndex);
      if (outputIndex === lastIndex) lastEntry = undefined;
      done.set(outputIndex, whole);
      return whole;
    },
    entries(final, status) {
      const whole = new Map(done);
      for (const [outputIndex, entry] of unfinished) {
        const item = fromPieces(entry, status);
        if (item !== undefined) whole.set(outputIndex, ended(item));
      }
      const ids = new Set([...done.values()].map((item) => item["id"]));
      for (const [index, item] of (final ?? []).entries()) {
        if (done.has(index) || !isRecord(item)) continue;
        // The final list may leave items out; what stands at another place there is no second item.
        if (item["id"] !== undefined && ids.has(item["id"])) continue;
        const { parts = [] } = unfinished.get(index) ?? {};
        whole.set(index, ended(withPieces({ ...item, type: textAt(item, "type") ?? "" }, parts)));
      }
      return [...whole.entries()].sort(([a], [b]) => a - b);
    },
  };
}

/** The part with all its pieces in `text`. */
function fold(part: Part): Part {
  if (part.pending === "") return part;
  part.text += JSON.parse(`"${part.pending}"`);
  part.pending = "";
  return part;
}

function joined(parts: readonly Part[], field: TextField): string {
  return parts.filter((part) => part.field === field).map((part) => fold(part).text).join("");
}

/** Parts of a message by their index, as the public API has them. */
function contentOf(parts: readonly Part[]): Map<number, JsonObject> {
  return new Map(
    inOrder(parts).flatMap((part): [number, JsonObject][] => {
      const { field, index, text, annotations } = fold(part);
      if (field === "text") return [[index, { type: "output_text", text, annotations, logprobs: [] }]];
      return field === "refusal" ? [[index, { type: "refusal", refusal: text }]] : [];
    }),
  );
}

/** Paragraphs of a reasoning summary by their index. */
function summaryOf(parts: readonly Part[]): Map<number, JsonObject> {
  return new Map(
    inOrder(parts).filter(({ field }) => field === "summary")
      .map((part) => [part.index, { type: "summary_text", text: fold(part).text }]),
  );
}

function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => a.index - b.index);
}

/** A picture that is there is complete, whatever its status says (backend.md#image-call-without-end). */
function ended(item: OutputItem): OutputItem {
  const isPicture = item.type === "image_generation_call" && (textAt(item, "result") ?? "") !== "";
  const isOpen = item["status"] === "generating" || item["status"] === "in_progress";
  return isPicture && isOpen ? { ...item, status: "completed" } : item;
}

/** A finished item whose empty texts are filled with what its pieces brought. */
function withPieces(item: OutputItem, parts: readonly Part[]): OutputItem {
  if (!parts.some((part) => part.text !== "" || part.pending !== "")) return item;
  switch (item.type) {
    case "message":
      return { ...item, content: filled(listAt(item, "content"), contentOf(parts)) };
    case "reasoning":
      return { ...item, summary: filled(listAt(item, "summary"), summaryOf(parts)) };
    case "function_call":
      return textAt(item, "arguments") ? item : { ...item, arguments: joined(parts, "arguments") };
    case "custom_tool_call":
      return textAt(item, "input") ? item : { ...item, input: joined(parts, "input") };
    default:
      return item;
  }
}

/** A list of parts in which those without text are the ones that were collected. */
function filled(
  given: readonly unknown[] | undefined,
  collected: ReadonlyMap<number, JsonObject>,
): unknown[] {
  const list = given ?? [];
  if (list.length === 0) return [...collected.values()];
  return list.map((part, index) => {
    if (!isRecord(part)) return part;
    const key = part["type"] === "refusal" ? "refusal" : "text";
    const text = collected.get(index)?.[key];
    return part[key] === "" && typeof text === "string" ? { ...part, [key]: text } : part;
  });
}

/** An item from what its pieces brought; undefined when they brought nothing and nobody said what it is. */
function fromPieces({ item, id, parts }: Unfinished, responseStatus: string): OutputItem | undefined {
  const type = item?.type ?? typeOf(parts);
  const head = item ?? (id === undefined ? {} : { id });
  const status = responseStatus === "incomplete" ? "incomplete" : "completed";
  switch (type) {
    case "message":
      return { role: "assistant", ...head, type, status, content: [...contentOf(parts).values()] };
    case "reasoning":
      return { ...head, type, summary: [...summaryOf(parts).values()] };
    case "function_call":
      return { ...item, type, status, arguments: joined(parts, "arguments") };
    case "custom_tool_call":
      return { ...item, type, status, input: joined(parts, "input") };
    default:
      return item;
  }
}

/** What an item is that was never announced; a call without a name can be made by nobody. */
function typeOf(parts: readonly Part[]): string {
  if (parts.some(({ field }) => field === "text" || field === "refusal")) return "message";
  return parts.some(({ field }) => field === "summary") ? "reasoning" : "";
}
