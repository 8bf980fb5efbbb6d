/**
 * Folds a message stream the way the SDKs do, and checks on the way what they rely on: `message_start` first, a ping,
 * blocks one after the other with rising indexes, deltas only of the kind of their block, one `message_delta`, then
 * `message_stop`, or an `error` event as the last one.
 */
import { assert, assertEquals } from "@std/assert";
import {
  isRecord,
  type JsonObject,
  listAt,
  numberAt,
  parseJson,
  recordAt,
  textAt,
} from "../../../src/wire/json.ts";

/** What a stream folds into: the message it tells of, or the error it ended with. */
export type FoldedMessage = { readonly message: JsonObject } | { readonly error: JsonObject };

/** Which deltas a block takes. */
const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
  compaction: ["compaction_delta"],
};

/** @throws AssertionError for a stream that breaks a rule */
export function foldMessages(stream: string): FoldedMessage {
  const events = readEvents(stream);
  const last = events.at(-1);
  if (last?.["type"] === "error") {
    foldBlocks(events.slice(0, -1).filter((event) => `${event["type"]}`.startsWith("content_block")), false);
    return { error: last };
  }
  const [start, ping, ...rest] = events;
  assertEquals([start?.["type"], ping?.["type"]], ["message_start", "ping"]);
  const [end, stop] = rest.splice(-2);
  assertEquals([end?.["type"], stop], ["message_delta", { type: "message_stop" }]);
  const message = recordAt(start ?? {}, "message") ?? {};
  assertEquals([message["content"], message["stop_reason"]], [[], null]);
  return {
    message: {
      ...message,
      content: foldBlocks(rest, true),
      ...recordAt(end ?? {}, "delta"),
      usage: recordAt(end ?? {}, "usage"),
      ...(end?.["context_management"] === undefined ? {} : { context_management: end["context_management"] }),
    },
  };
}

function readEvents(stream: string): JsonObject[] {
  const frames = stream.split("\n\n");
  assertEquals(frames.pop(), "", "a stream ends with a blank line");
  return frames.map((frame) => {
    const [, name, data] = /^event: (\w+)\ndata: (\{[^\n]*\})$/.exec(frame) ?? [];
    const event = parseJson(data ?? "");
    assert(isRecord(event), `every frame is an event and a data line: ${frame}`);
    assertEquals(event["type"], name, "the event's name is its type");
    return event;
  });
}

function foldBlocks(events: readonly JsonObject[], mustEnd: boolean): JsonObject[] {
  const blocks: JsonObject[] = [];
  let input = "";
  let open = false;
  for (const event of events) {
    const block = blocks.at(-1);
    if (event["type"] === "content_block_start") {
      assert(!open, "a block starts when the one before has stopped");
      assertEquals(event["index"], blocks.length, "indexes rise one by one");
      blocks.push({ ...recordAt(event, "content_block") });
      open = true;
      input = "";
      continue;
    }
    assert(open && block !== undefined, "deltas and stops belong to an open block");
    assertEquals(numberAt(event, "index"), blocks.length - 1);
    if (event["type"] === "content_block_stop") {
      if (input !== "") block["input"] = parseJson(input) ?? {};
      open = false;
      continue;
    }
    assertEquals(event["type"], "content_block_delta");
    const delta = recordAt(event, "delta") ?? {};
    assert(DELTAS[`${block["type"]}`]?.includes(`${delta["type"]}`), "the delta is of the block's kind");
    input += textAt(delta, "partial_json") ?? "";
    for (const key of ["text", "thinking", "signature"]) {
      if (typeof delta[key] === "string") block[key] = `${block[key]}${delta[key]}`;
    }
    if (block["type"] === "compaction") {
      const { type: _, ...content } = delta;
      Object.assign(block, content);
    }
    if (delta["citation"] !== undefined) {
      block["citations"] = [...listAt(block, "citations") ?? [], delta["citation"]];
    }
  }
  assert(!mustEnd || !open, "every block stops");
  return blocks;
}
