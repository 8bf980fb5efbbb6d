import { isRecord, type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import type { OutputItem } from "../../wire/responses.ts";
import {
  eventType,
  numberIn,
  PUBLIC_EVENTS,
  readDeltaLiteral,
  readEvent,
  type ResponsesEvent,
} from "../../wire/responses_events.ts";
import type { Problem } from "../../problem.ts";
import { encodeEvent } from "../../sse/encode.ts";
import type { AnswerFacts } from "../../answer/collect.ts";
import { completeItem, completeResponse, type ResponseContext } from "./complete.ts";
import { isFailed, toStreamProblem } from "../../answer/failure.ts";
import { createOutputCollector, type TextField } from "../../answer/output_collector.ts";
import { cutUsage } from "../../answer/limit_steps.ts";
import { createOutputBook } from "./output_book.ts";
import { ANNOUNCED, EMPTY_BODIES, partOf, PARTS, PARTS_OF_TEXT } from "./output_parts.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "../../answer/unreadable.ts";
import { readUsage } from "../../answer/usage.ts";

/**
 * Makes a backend's stream one of the public Responses API (product.md 3): vendor events dropped, complete response
 * objects in the lifecycle events, `output` rebuilt, `response.created` first, sequence numbers without gaps, every
 * item and part announced before its deltas and finished before the end, an id that stays the same from added to
 * done.
 *
 * One file of more than 300 lines, because the rules share one state: an event that one of them adds or drops moves
 * the numbers of all others.
 *
 * Events that are public already are not rewritten: {@linkcode keep} tells the byte lane (filter_bytes.ts) that the
 * frame may go on as the bytes it came in.
 */
export interface ResponsesFilter {
  /**
   * Text for one event, given as its JSON text; "" for none.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   */
  event(data: string, name?: string): string;
  /** Text that ends the stream with an error. "" when it is over already. */
  fail(problem: Problem): string;
  /** True once more than the opening of the answer was seen: from then on a failure belongs into the stream. */
  readonly hasBegun: boolean;
  /** True once the end of the answer was written. */
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
  /**
   * Judges one event.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   * @returns undefined when the event may go on as it came; else the text to send in its place ("" for none)
   */
  judge(data: string, name: string): string | undefined;
  /**
   * Counts a delta that goes on without being judged, because one before it in the same part was found right.
   *
   * @param number the backend's sequence number of it
   * @returns the number it has to have here; undefined when it has to be judged after all
   */
  keep(number: number, type: string, isEmpty: boolean): number | undefined;
  /**
   * Takes a text of deltas that were kept, as a JSON literal: items that never get their end are made from it.
   *
   * @param literal undefined when it cannot be read: the answer then ends with that
   */
  collect(type: string, outputIndex: number, partIndex: number, literal: string | undefined): void;
}

/** What a filter does beside making a stream public. */
export interface FilterOptions extends EventHooks {
  /**
   * The answer is cut when one more delta arrives after that many, as limit_steps.ts does it for other front ends. Counted
   * here, because agents always send a limit: an event each would cost five times the bytes (4.0 against 0.7 µs).
   */
  readonly maxOutputTokens?: number | undefined;
  /** an estimate of the input, for the usage of an answer that is cut */
  readonly inputTokens?: () => number;
}

/** The filter of one answer. */
export function createResponsesFilter(
  context: ResponseContext,
  options: FilterOptions = {},
): ResponsesFilter {
  const limit = options.maxOutputTokens ?? Infinity;
  const items = createOutputCollector();
  const book = createOutputBook();
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  let over = false;
  let created = false;
  let begun = false;
  let responseId = "";
  /** the response as it was opened, for an answer that is cut */
  let opened: JsonObject = {};
  let tokens = 0;
  /** number of events sent; the sequence number of the next one, counted from the backend's first */
  let sent = 0;
  let firstNumber: number | undefined;
  /** the backend's number of its next event, less the number it gets here; undefined while it gives none */
  let shift: number | undefined;
  /** type of deltas that were passed on and turned out to be unreadable */
  let damaged: string | undefined;

  function nextNumber(): number {
    return (firstNumber ?? 0) + sent;
  }

  function write(type: string, event: JsonObject): string {
    const { type: _, sequence_number: __, ...rest } = event;
    const text = encodeEvent(type, JSON.stringify({ type, sequence_number: nextNumber(), ...rest }));
    sent++;
    return text;
  }

  function lifecycle(event: ResponsesEvent): string {
    const response = recordAt(event, "response") ?? {};
    if (event.type === "response.created" && created) return "";
    if (responseId === "") responseId = textAt(response, "id") ?? `resp_${context.id}`;
    opened = response;
    const complete = completeResponse({ ...response, id: responseId }, context);
    const before = event.type === "response.created" ? "" : ensureCreated(complete);
    created = true;
    return before + write(event.type, { ...event, response: complete });
  }

  function end(event: ResponsesEvent): string {
    const response = recordAt(event, "response") ?? {};
    const hasFailed = event.type === "response.failed" || isFailed(response);
    // A failure under another name: SDKs look at the event's name only.
    if (hasFailed && event.type !== "response.failed") return fail(toStreamProblem(event, context.nowMs()));
    over = true;
    facts.usage = readUsage(response);
    if (hasFailed) facts.problem = toStreamProblem(event, context.nowMs());
    if (responseId === "") responseId = textAt(response, "id") ?? `resp_${context.id}`;
    const status = textAt(response, "status") ?? event.type.slice("response.".length);
    const final = Array.isArray(response["output"]) ? response["output"] : [];
    const output = items.entries(final, status);
    const before = ensureCreated(response) + (hasFailed ? "" : finishItems(output));
    const complete = completeResponse(
      { ...response, id: responseId, status },
      context,
      output.map(([, item]) => item),
    );
    if (!hasFailed) {
      facts.response = { ...complete, id: responseId, status, output: output.map(([, item]) => item) };
    }
    return before + write(event.type, { ...event, response: complete });
  }

  function cut(): string {
    const usage = cutUsage(options.inputTokens?.() ?? 0, tokens);
    const incomplete_details = { reason: "max_output_tokens" };
    const response = { ...opened, status: "incomplete", output: [], incomplete_details, usage };
    return end({ type: "response.incomplete", response });
  }

  /** SDKs need `response.created` first; a stream that starts with a failure has none. */
  function ensureCreated(response: JsonObject): string {
    if (created) return "";
    created = true;
    const { usage: _, error: __, incomplete_details: ___, completed_at: ____, ...rest } = response;
    const begun = { ...rest, id: responseId, status: "in_progress", output: [] };
    return write("response.created", { response: completeResponse(begun, context) });
  }

  /** Items of the final object that had no end of their own: frameworks take calls and texts from `done` only. */
  function finishItems(output: readonly (readonly [number, OutputItem])[]): string {
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
    else book.add(outputIndex, textAt(stable, "id") ?? "");
    const complete = completeItem(stable, context.names, isDone ? "completed" : "in_progress");
    const isSame = before === "" && "output_index" in event &&
      JSON.stringify(complete) === JSON.stringify(given);
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
    book.add(outputIndex, id);
    return writeItem({ type: "response.output_item.added", output_index: outputIndex, item }, item);
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
    // Newer backends name the function once more at the end of its arguments.
    const isNamed = !context.names.isIdentity && type === "response.function_call_arguments.done";
    if (before === "" && !isNamed && data.includes(`"item_id":${id}`)) return undefined;
    const event = readEvent(data);
    if (event === undefined) return before + unreadable(data, name);
    const called = textAt(event, "name");
    return before + write(type, {
      ...event,
      ...(called === undefined ? {} : { name: context.names.restore(called) }),
      item_id: book.idOf(outputIndex),
      output_index: outputIndex,
    });
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

  function fail(problem: Problem): string {
    if (over) return "";
    if (responseId === "") responseId = `resp_${context.id}`;
    const before = ensureCreated({ id: responseId });
    over = true;
    facts.problem = problem;
    const shape = {
      code: problem.apiCode,
      message: `${problem.message}. ${problem.hint}`,
      param: problem.param ?? null,
    };
    // Flat and nested at once: the SDKs read one form, the Open Responses schema the other (clients.md, trap 2).
    return before + write("error", { ...shape, error: { type: problem.type, ...shape } });
  }

  function unreadable(data: string, name: string): string {
    const event = judgeUnreadable(data, name);
    options.onUnreadableEvent?.(event);
    return event.problem === undefined ? "" : fail(event.problem);
  }

  function judge(data: string, name: string): string | undefined {
    if (over) return "";
    if (damaged !== undefined) return unreadable("", damaged);
    const type = eventType(data);
    const number = numberIn(data, '"sequence_number":');
    firstNumber ??= number;
    const text = judgeType(type, data, number, name);
    // What the backend's next number would be, against what comes next here.
    shift = number === undefined ? undefined : number + 1 - nextNumber();
    return text;
  }

  function judgeType(
    type: string,
    data: string,
    number: number | undefined,
    name: string,
  ): string | undefined {
    if (type === "" || !seemsWhole(data)) return unreadable(data, name);
    if (!PUBLIC_EVENTS.has(type)) {
      options.onUnknownEvent?.(type);
      return "";
    }
    const delta = COUNTED_DELTAS.has(type) ? readDeltaLiteral(data) : '""';
    if (delta === undefined) return unreadable(data, name);
    if (delta !== '""' && tokens++ >= limit) {
      tokens--;
      return cut();
    }
    begun ||= !OPENING.has(type) && type !== "response.failed" && type !== "error";
    const text = withCreated(type, data, name);
    if (text !== undefined) return text;
    const right = nextNumber();
    if (number === right) {
      sent++;
      return undefined;
    }
    const moved = number === undefined
      ? undefined
      : data.replace(/"sequence_number":\d+/, `"sequence_number":${right}`);
    if (moved === undefined) return rewritten(type, data, name);
    sent++;
    return encodeEvent(type, moved);
  }

  /** Nothing comes before `response.created`. */
  function withCreated(type: string, data: string, name: string): string | undefined {
    const kind = REWRITTEN.get(type);
    if (created || (kind !== undefined && kind !== "item")) return rewrite(kind, type, data, name);
    if (responseId === "") responseId = `resp_${context.id}`;
    const opening = ensureCreated({});
    return opening + (rewrite(kind, type, data, name) ?? rewritten(type, data, name));
  }

  /** The event as it came, written again for its number. */
  function rewritten(type: string, data: string, name: string): string {
    const event = readEvent(data);
    return event === undefined ? unreadable(data, name) : write(type, event);
  }

  /** Text in place of the event; undefined when it needs no change but perhaps of its number. */
  function rewrite(
    kind: Rewriting | undefined,
    type: string,
    data: string,
    name: string,
  ): string | undefined {
    if (kind === undefined) return inner(type, data, name);
    const event = readEvent(data);
    if (event === undefined) return unreadable(data, name);
    if (kind === "item") return item(event);
    if (kind === "error") return fail(toStreamProblem(event, context.nowMs()));
    return kind === "end" ? end(event) : lifecycle(event);
  }

  return {
    judge,
    event(data, name = "") {
      return judge(data, name) ?? encodeEvent(eventType(data), data);
    },
    keep(number, type, isEmpty) {
      const right = nextNumber();
      if (over || shift === undefined || number !== right + shift) return undefined;
      if (!isEmpty && COUNTED_DELTAS.has(type)) {
        if (tokens >= limit) return undefined;
        tokens++;
      }
      begun = true;
      sent++;
      return right;
    },
    collect(type, outputIndex, partIndex, literal) {
      const field = FIELDS.get(partOf(type));
      if (literal === undefined) damaged ??= type;
      else if (field !== undefined) items.append(outputIndex, field, partIndex, literal);
    },
    fail,
    get hasBegun() {
      return begun;
    },
    get isOver() {
      return over;
    },
    facts,
  };
}

/** Deltas that are the model's output. Summaries of reasoning are not: they are written beside it. */
const COUNTED_DELTAS: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);

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

/** Events that only open an answer. */
const OPENING: ReadonlySet<string> = new Set(["response.created", "response.queued", "response.in_progress"]);

type Rewriting = "lifecycle" | "end" | "error" | "item";

const REWRITTEN: ReadonlyMap<string, Rewriting> = new Map([
  ["response.created", "lifecycle"],
  ["response.queued", "lifecycle"],
  ["response.in_progress", "lifecycle"],
  ["response.completed", "end"],
  ["response.incomplete", "end"],
  ["response.failed", "end"],
  ["error", "error"],
  ["response.output_item.added", "item"],
  ["response.output_item.done", "item"],
]);
