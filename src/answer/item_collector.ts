import { isRecord, type JsonObject, numberAt, recordAt, textAt } from "../wire/json.ts";
import type { OutputItem } from "../wire/responses.ts";
import { numberIn, readDelta, readEvent, type ResponsesEvent } from "../wire/responses_events.ts";

/** Collects the output items of a stream. */
export interface ItemCollector {
  /** Takes a delta, a citation, or the `done` of a part; "other" when the event is none of them. */
  delta(type: string, data: string): "taken" | "other" | "unreadable";
  /** Takes the text of some deltas of one part. */
  append(type: string, outputIndex: number, partIndex: number, text: string): void;
  /** Takes `output_item.added` or `output_item.done`; gives the item, with the id it was first seen with. */
  item(event: ResponsesEvent): OutputItem | undefined;
  /**
   * The items with their output indexes, in order. One that had a `done` is what that said; of the others the final object's, or what the
   * deltas brought.
   *
   * @param status of the response: the one of items that were never finished
   */
  entries(final: readonly unknown[] | undefined, status: string): [outputIndex: number, item: OutputItem][];
}

const ANNOTATION = "response.output_text.annotation.added";

/** Which text of an item a delta event belongs to. */
const DELTA_FIELDS: ReadonlyMap<string, string> = new Map([
  ["response.output_text.delta", "text"],
  ["response.refusal.delta", "refusal"],
  ["response.reasoning_summary_text.delta", "summary"],
  ["response.function_call_arguments.delta", "arguments"],
  ["response.custom_tool_call_input.delta", "input"],
]);

/** Which text of an item the end of a part tells whole, and under which key of the event. */
const WHOLE_FIELDS: ReadonlyMap<string, readonly [field: string, key: string]> = new Map([
  ["response.output_text.done", ["text", "text"]],
  ["response.refusal.done", ["refusal", "refusal"]],
  ["response.reasoning_summary_text.done", ["summary", "text"]],
  ["response.function_call_arguments.done", ["arguments", "arguments"]],
  ["response.custom_tool_call_input.done", ["input", "input"]],
]);

interface Part {
  readonly field: string;
  readonly index: number;
  text: string;
  /** the whole text, where an event told it */
  whole: string | undefined;
  readonly annotations: unknown[];
}

interface Unfinished {
  item: OutputItem | undefined;
  /** from the first event of an item that was never announced */
  id: string | undefined;
  /** `field.part index` -> part, in order of appearance */
  readonly parts: Map<string, Part>;
}

/** An empty collector for one answer. */
export function createItemCollector(): ItemCollector {
  const done = new Map<number, OutputItem>();
  const unfinished = new Map<number, Unfinished>();

  function unfinishedAt(outputIndex: number): Unfinished {
    let entry = unfinished.get(outputIndex);
    if (entry === undefined) {
      entry = { item: undefined, id: undefined, parts: new Map() };
      unfinished.set(outputIndex, entry);
    }
    return entry;
  }

  function partAt(outputIndex: number, field: string, index: number): Part {
    const { parts } = unfinishedAt(outputIndex);
    const key = `${field}.${index}`;
    let part = parts.get(key);
    if (part === undefined) {
      part = { field, index, text: "", whole: undefined, annotations: [] };
      parts.set(key, part);
    }
    return part;
  }

  /** A delta of nothing makes no part. */
  function append(outputIndex: number, field: string, partIndex: number, text: string): void {
    if (text !== "") partAt(outputIndex, field, partIndex).text += text;
  }

  function annotate(event: ResponsesEvent): void {
    const outputIndex = numberAt(event, "output_index") ?? 0;
    if (done.has(outputIndex)) return;
    partAt(outputIndex, "text", numberAt(event, "content_index") ?? 0).annotations.push(event["annotation"]);
  }

  return {
    delta(type, data) {
      if (type === ANNOTATION) {
        const event = readEvent(data);
        if (event === undefined) return "unreadable";
        annotate(event);
        return "taken";
      }
      const field = DELTA_FIELDS.get(type);
      const [wholeField = "", wholeKey = ""] = field === undefined ? WHOLE_FIELDS.get(type) ?? [] : [];
      if (field === undefined && wholeField === "") return "other";
      const outputIndex = numberIn(data, '"output_index":') ?? 0;
      if (done.has(outputIndex)) return "taken";
      const event = field === undefined ? readEvent(data) : undefined;
      const text = field === undefined ? event && (textAt(event, wholeKey) ?? "") : readDelta(data);
      if (text === undefined) return "unreadable";
      const partIndex = numberIn(data, '"content_index":') ?? numberIn(data, '"summary_index":') ?? 0;
      const entry = unfinishedAt(outputIndex);
      if (entry.item === undefined) entry.id ??= ITEM_ID.exec(data)?.[1];
      if (field === undefined) partAt(outputIndex, wholeField, partIndex).whole = text;
      else append(outputIndex, field, partIndex, text);
      return "taken";
    },
    append(type, outputIndex, partIndex, text) {
      const field = DELTA_FIELDS.get(type);
      if (field !== undefined && !done.has(outputIndex)) append(outputIndex, field, partIndex, text);
    },
    item(event) {
      const item = recordAt(event, "item");
      const outputIndex = numberAt(event, "output_index") ?? done.size;
      const type = item === undefined ? undefined : textAt(item, "type");
      if (item === undefined || type === undefined) return undefined;
      // The id a client saw first stays: some answers name another one at the end (codex-lb#398).
      const added = textAt(unfinished.get(outputIndex)?.item ?? {}, "id");
      const stable = { ...item, type, ...(added === undefined ? {} : { id: added }) };
      if (event.type === "response.output_item.done") {
        unfinished.delete(outputIndex);
        done.set(outputIndex, stable);
      } else if (!done.has(outputIndex)) {
        unfinishedAt(outputIndex).item = stable;
      }
      return stable;
    },
    entries(final, status) {
      const whole = new Map(done);
      for (const [outputIndex, entry] of unfinished) {
        const item = fromDeltas(entry, status);
        if (item !== undefined) whole.set(outputIndex, item);
      }
      const ids = new Set([...done.values()].map((item) => item["id"]));
      for (const [index, item] of (final ?? []).entries()) {
        if (done.has(index) || !isRecord(item)) continue;
        // The final list may leave items out; what stands at another place there is no second item.
        if (item["id"] !== undefined && ids.has(item["id"])) continue;
        whole.set(index, { ...item, type: textAt(item, "type") ?? "" });
      }
      return [...whole.entries()].sort(([a], [b]) => a - b);
    },
  };
}

const ITEM_ID = /"item_id":"([^"\\]*)"/;

/** The text of a part: what its `done` told, unless the deltas brought more. */
function textOf(part: Part): string {
  const whole = part.whole ?? "";
  return whole.length > part.text.length ? part.text + whole.slice(part.text.length) : part.text;
}

/** An item from what its deltas brought; undefined when they brought nothing and nobody said what it is. */
function fromDeltas({ item, id, parts }: Unfinished, responseStatus: string): OutputItem | undefined {
  const texts = [...parts.values()].sort((a, b) => a.index - b.index)
    .map((part) => ({ field: part.field, text: textOf(part), annotations: part.annotations }));
  const joined = (field: string) =>
    texts.filter((part) => part.field === field).map(({ text }) => text).join("");
  const type = item?.type ?? typeOf(texts.map(({ field }) => field));
  const named = id === undefined ? {} : { id };
  const status = responseStatus === "incomplete" ? "incomplete" : "completed";
  switch (type) {
    case "message":
      return {
        role: "assistant",
        ...item ?? named,
        type,
        status,
        content: texts.flatMap(({ field, text, annotations }): JsonObject[] => {
          if (field === "text") return [{ type: "output_text", text, annotations, logprobs: [] }];
          return field === "refusal" ? [{ type: "refusal", refusal: text }] : [];
        }),
      };
    case "reasoning":
      return {
        ...item ?? named,
        type,
        summary: texts.filter(({ field }) => field === "summary")
          .map(({ text }) => ({ type: "summary_text", text })),
      };
    case "function_call":
      return { ...item, type, status, arguments: joined("arguments") };
    case "custom_tool_call":
      return { ...item, type, status, input: joined("input") };
    default:
      return item;
  }
}

/** What an item is that was never announced; a call without a name can be made by nobody. */
function typeOf(fields: readonly string[]): string {
  if (fields.includes("text") || fields.includes("refusal")) return "message";
  return fields.includes("summary") ? "reasoning" : "";
}
