import { isRecord, isWrittenAlike, type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import type { OutputItem } from "../../wire/responses.ts";
import { numberIn, readDeltaLiteral, readEvent, type ResponsesEvent } from "../../wire/responses_events.ts";
import { createOutputCollector, type TextField } from "../../answer/output_collector.ts";
import { completeItem, type ResponseContext } from "./complete.ts";
import { lacksKeys, withKeys } from "./event_keys.ts";
import { createOutputBook } from "./output_book.ts";
import { ANNOUNCED, EMPTY_BODIES, partOf, PARTS, PARTS_OF_TEXT } from "./output_parts.ts";

/** Where the items of a stream write to. */
export interface ItemSink {
  /** One event, under the number it has here. */
  write(type: string, event: JsonObject): string;
  /** What to send for an event that cannot be read. */
  unreadable(data: string, name: string): string;
}

/**
 * Makes the items of a stream those of the public API: each item and part announced before its deltas and finished
 * before the end, under an id that stays the same from added to done. Of all of them the whole is collected.
 */
export interface ItemFilter {
  /** `output_item.added` or `.done`. @returns undefined when the event may go on as it came */
  item(event: ResponsesEvent): string | undefined;
  /**
   * An event inside an item: announced first where the backend did not, and under the item's one id.
   *
   * @returns undefined when the event may go on as it came
   */
  inner(type: string, data: string, name: string): string | undefined;
  /** Takes a text of deltas that went on unseen, as a JSON literal. */
  collect(type: string, outputIndex: number, partIndex: number, literal: string): void;
  /** The items as far as they came, in order. See {@linkcode OutputCollector.entries}. */
  entries(final: readonly unknown[], status: string): (readonly [outputIndex: number, item: OutputItem])[];
  /** Items that had no end of their own: frameworks take calls and texts from `done` only. */
  finish(output: readonly (readonly [outputIndex: number, item: OutputItem])[]): string;
}

/** The items of one answer. */
export function createItemFilter(context: ResponseContext, { write, unreadable }: ItemSink): ItemFilter {
  const items = createOutputCollector();
  const book = createOutputBook();

  function finish(output: readonly (readonly [number, OutputItem])[]): string {
    return output.map(([outputIndex, item]) => {
      if (book.isDone(outputIndex)) return "";
      const event = { type: "response.output_item.done", output_index: outputIndex, item };
      return ensureAdded(event) + finishParts(outputIndex, item) + writeItem(event, item);
    }).join("");
  }

  /** The parts of a message that were announced end before it does. */
  function finishParts(outputIndex: number, item: OutputItem): string {
    const content = item.type === "message" && Array.isArray(item["content"]) ? item["content"] : [];
    return content.map((part: JsonObject, contentIndex) => {
      if (!book.endPart(outputIndex, contentIndex)) return "";
      const place = {
        item_id: book.idOf(outputIndex),
        output_index: outputIndex,
        content_index: contentIndex,
      };
      const text = part["type"] === "refusal"
        ? write("response.refusal.done", { ...place, refusal: part["refusal"] })
        : write("response.output_text.done", { ...place, text: part["text"], logprobs: [] });
      return text + write("response.content_part.done", { ...place, part });
    }).join("");
  }

  function item(event: ResponsesEvent): string | undefined {
    const isDone = event.type === "response.output_item.done";
    const given = event["item"];
    const outputIndex = numberOf(event);
    if (isDone ? book.isDone(outputIndex) : book.has(outputIndex)) return "";
    const type = isRecord(given) ? textAt(given, "type") : undefined;
    if (!isRecord(given) || type === undefined) return "";
    const whole = { ...given, type };
    const stable = isDone ? items.finish(outputIndex, whole) : items.announce(outputIndex, whole);
    if (stable["id"] === undefined) stable["id"] = `item_${context.id}_${outputIndex}`;
    const before = isDone ? ensureAdded({ ...event, output_index: outputIndex, item: stable }) : "";
    if (isDone) book.done(outputIndex);
    else book.add(outputIndex, textAt(stable, "id") ?? "", clientName(stable));
    const complete = completeItem(stable, context.names, isDone ? "completed" : "in_progress");
    const isSame = before === "" && "output_index" in event &&
      isWrittenAlike(complete, given);
    return isSame
      ? undefined
      : before + write(event.type, { ...event, output_index: outputIndex, item: complete });
  }

  function writeItem(event: ResponsesEvent, value: JsonObject): string {
    const isDone = event.type === "response.output_item.done";
    if (isDone) book.done(numberOf(event));
    return write(event.type, {
      ...event,
      item: completeItem(value, context.names, isDone ? "completed" : "in_progress"),
    });
  }

  /** `output_item.added` for an item of which only a later event came. */
  function ensureAdded(event: ResponsesEvent): string {
    const outputIndex = numberOf(event);
    const whole = recordAt(event, "item") ?? {};
    if (book.has(outputIndex)) return "";
    const id = textAt(whole, "id") ?? `item_${context.id}_${outputIndex}`;
    const item = { ...whole, id, ...EMPTY_BODIES[String(whole["type"])], status: "in_progress" };
    book.add(outputIndex, id, clientName(item));
    return writeItem({ type: "response.output_item.added", output_index: outputIndex, item }, item);
  }

  /** What the client calls the tool of a call. */
  function clientName(item: JsonObject): string {
    return context.names.restore(textAt(item, "name") ?? "");
  }

  function numberOf(event: ResponsesEvent): number {
    const index = event["output_index"];
    return typeof index === "number" ? index : book.nextIndex();
  }

  /** An event inside an item: announced first where the backend did not, and under the item's one id. */
  function inner(type: string, data: string, name: string): string | undefined {
    const outputIndex = numberIn(data, '"output_index":');
    if (outputIndex === undefined) return undefined;
    if (book.isDone(outputIndex)) return "";
    let before = "";
    if (!book.has(outputIndex)) {
      if (type.endsWith(".delta") && readDeltaLiteral(data) === '""') return "";
      const event = readEvent(data);
      if (event === undefined) return unreadable(data, name);
      // An empty text says nothing of an item that nobody announced.
      const field = FIELDS.get(partOf(type));
      if (field !== undefined && type.endsWith(".done") && !textAt(event, WHOLE_KEYS[field])) return "";
      const announced = type.includes("_part.") ? undefined : ANNOUNCED[partOf(type)];
      // A call that nobody named yet: its end brings name and arguments. The frame of a part says nothing by itself.
      if (announced === undefined) return "";
      const id = textAt(event, "item_id") ?? `item_${context.id}_${outputIndex}`;
      const item = { id, ...announced };
      items.announce(outputIndex, item);
      before = ensureAdded({ type, output_index: outputIndex, item });
    }
    const part = partOf(type);
    const partIndex = numberIn(data, '"content_index":') ?? numberIn(data, '"summary_index":') ?? 0;
    if (type.endsWith("_part.added")) {
      if (!book.addPart(outputIndex, part, partIndex)) return before;
    } else if (part in PARTS && book.addPart(outputIndex, part, partIndex)) {
      before += writePart(outputIndex, part, partIndex);
    }
    if (!collectText(type, outputIndex, partIndex, data)) return before + unreadable(data, name);
    if (type === "response.content_part.done") book.endPart(outputIndex, partIndex);
    const id = JSON.stringify(book.idOf(outputIndex));
    if (before === "" && !lacksKeys(type, data, context.names) && data.includes(`"item_id":${id}`)) {
      return undefined;
    }
    const event = readEvent(data);
    if (event === undefined) return before + unreadable(data, name);
    const whole = withKeys(event, book.nameOf(outputIndex), context.names);
    return before + write(type, { ...whole, item_id: book.idOf(outputIndex), output_index: outputIndex });
  }

  /**
   * What an inner event brings of its item's texts: a delta, the whole at the end of a part, a citation.
   *
   * @returns false when it cannot be read
   */
  function collectText(type: string, outputIndex: number, partIndex: number, data: string): boolean {
    const field = FIELDS.get(partOf(type));
    if (field !== undefined && type.endsWith(".delta")) {
      const literal = readDeltaLiteral(data);
      if (literal !== undefined) items.append(outputIndex, field, partIndex, literal);
      return literal !== undefined;
    }
    const isCitation = type === "response.output_text.annotation.added";
    if (!isCitation && (field === undefined || !type.endsWith(".done"))) return true;
    const event = readEvent(data);
    if (event === undefined) return false;
    if (isCitation) items.annotate(outputIndex, partIndex, event["annotation"]);
    else if (field !== undefined) {
      items.complete(outputIndex, field, partIndex, textAt(event, WHOLE_KEYS[field]) ?? "");
    }
    return true;
  }

  function writePart(outputIndex: number, part: string, partIndex: number): string {
    const { event, key, body } = PARTS[part] ?? PARTS_OF_TEXT;
    const place = { item_id: book.idOf(outputIndex), output_index: outputIndex, [key]: partIndex };
    return write(event, { ...place, part: body });
  }

  return {
    item,
    inner,
    collect(type, outputIndex, partIndex, literal) {
      const field = FIELDS.get(partOf(type));
      if (field !== undefined) items.append(outputIndex, field, partIndex, literal);
    },
    entries: items.entries,
    finish,
  };
}

/** Which text of an item the events of a part belong to. */
const FIELDS: ReadonlyMap<string, TextField> = new Map([
  ["output_text", "text"],
  ["refusal", "refusal"],
  ["reasoning_summary", "summary"],
  ["function_call_arguments", "arguments"],
  ["custom_tool_call_input", "input"],
]);

/** The key under which the end of a part has its whole text. */
const WHOLE_KEYS: Readonly<Record<TextField, string>> = {
  text: "text",
  refusal: "refusal",
  summary: "text",
  arguments: "arguments",
  input: "input",
};
