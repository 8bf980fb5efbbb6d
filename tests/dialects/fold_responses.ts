/**
 * Folds a Responses stream the way the official SDK's `responses.stream()` does, and checks what it throws on
 * (clients.md#stream-checks): public events only, `response.created` first, one response id, numbers without gaps,
 * every item and part announced before its deltas, ids and call ids that stay, every item finished before the end.
 */
import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, listAt, parseJson, recordAt, textAt } from "../../src/wire/json.ts";
import { PUBLIC_EVENTS } from "../../src/wire/responses_events.ts";

/** What a stream folds into: the final response object, or the error it ended with. */
export type FoldedResponses =
  | { readonly response: JsonObject }
  | { readonly error: JsonObject };

interface Item {
  readonly added: JsonObject;
  done: JsonObject | undefined;
  readonly parts: Map<string, string>;
}

/** Events whose number lies behind that many frames of the backend that nobody looked at may have a gap. */
export interface FoldOptions {
  /** the upstream's own numbers had gaps */
  readonly gaps?: boolean;
}

/** @throws AssertionError for a stream that breaks a rule */
export function foldResponses(stream: string, options: FoldOptions = {}): FoldedResponses {
  const events = readFrames(stream);
  const items: Item[] = [];
  let id: unknown;
  let number: number | undefined;
  let result: FoldedResponses | undefined;
  for (const [at, event] of events.entries()) {
    const type = textAt(event, "type") ?? "";
    assert(result === undefined, `nothing follows the end: ${type}`);
    assert(PUBLIC_EVENTS.has(type), `a public event: ${type}`);
    if (at === 0) assertEquals(type, "response.created", "response.created comes first");
    else assert(type !== "response.created", "response.created comes once");
    const next = event["sequence_number"];
    assert(typeof next === "number", `${type} has a sequence number`);
    if (number !== undefined) {
      if (options.gaps) assert(next > number, "sequence numbers rise");
      else assertEquals(next, number + 1, `sequence numbers rise by one, at ${type}`);
    }
    number = next;
    const response = recordAt(event, "response");
    if (response !== undefined) {
      id ??= response["id"];
      assertEquals(response["id"], id, "one response id");
      assert(typeof id === "string" && id !== "", "a response id");
    }
    if (type === "error") result = { error: event };
    else if (type === "response.failed") result = { error: recordAt(response ?? {}, "error") ?? {} };
    else if (type === "response.completed" || type === "response.incomplete") {
      result = { response: checkEnd(response ?? {}, items) };
    } else foldItem(type, event, items);
  }
  assert(result !== undefined, "a terminal event");
  return result;
}

function readFrames(stream: string): JsonObject[] {
  const frames = stream.split(/\n\n+/);
  assertEquals(frames.pop(), "", "a stream ends with a blank line");
  return frames.map((frame) => {
    const data = frame.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5))
      .join("\n");
    const event = parseJson(data);
    assert(isRecord(event), `a frame holds a JSON object: ${frame}`);
    const name = frame.split("\n").find((line) => line.startsWith("event: "))?.slice("event: ".length);
    if (name !== undefined) assertEquals(name, event["type"], "the event's name is its type");
    return event;
  });
}

function foldItem(type: string, event: JsonObject, items: Item[]): void {
  const index = event["output_index"];
  if (index === undefined) return;
  assert(typeof index === "number");
  if (type === "response.output_item.added") {
    const added = recordAt(event, "item") ?? {};
    assert(typeof added["id"] === "string", "an item has an id");
    assertEquals(items[index], undefined, "an item is announced once");
    items[index] = { added, done: undefined, parts: new Map() };
    return;
  }
  const item = items[index];
  assert(item !== undefined, `${type} belongs to an item that was announced`);
  assertEquals(item.done, undefined, `${type} comes before the item is done`);
  if (type === "response.output_item.done") {
    const done = recordAt(event, "item") ?? {};
    for (const key of ["id", "type", "call_id", "name"]) {
      if (item.added[key] !== undefined) assertEquals(done[key], item.added[key], `${key} stays the same`);
    }
    item.done = done;
    return;
  }
  assertEquals(event["item_id"], item.added["id"], `${type} has the item's id`);
  foldPart(type, event, item);
}

function foldPart(type: string, event: JsonObject, item: Item): void {
  const kind = type.startsWith("response.reasoning_summary") ? "summary" : "content";
  const key = `${kind}.${event["content_index"] ?? event["summary_index"] ?? "call"}`;
  const needsPart = /^response\.(output_text|refusal|reasoning_summary_text|reasoning_text)\./.test(type);
  if (type.endsWith("_part.added")) {
    assert(!item.parts.has(key), "a part is announced once");
    item.parts.set(key, "");
  } else if (needsPart) assert(item.parts.has(key), `${type} belongs to a part that was announced`);
  const delta = type.endsWith(".delta") ? textAt(event, "delta") : undefined;
  if (delta !== undefined) item.parts.set(key, (item.parts.get(key) ?? "") + delta);
  const whole = textAt(event, "text") ?? textAt(event, "arguments") ?? textAt(event, "refusal");
  if (type.endsWith(".done") && whole !== undefined) {
    assert(whole.startsWith(item.parts.get(key) ?? ""), "the whole begins with what the deltas brought");
  }
}

function checkEnd(response: JsonObject, items: readonly Item[]): JsonObject {
  const output = listAt(response, "output") ?? [];
  const done = items.filter((item) => item !== undefined).map((item) => item.done);
  assertEquals(output, done, "the final output is what the items ended with");
  return response;
}
