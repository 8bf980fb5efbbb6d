import type { JsonObject } from "../../wire/json.ts";
import type { ContentBlock, MessageEvent, MessageObject } from "../../wire/anthropic.ts";
import { encodeEvent } from "../../sse/encode.ts";
import type { AnswerContext } from "../dialect.ts";
import { type AnswerSteps, textOf } from "../../answer/steps.ts";
import { createReasoningCleaner } from "../../answer/reasoning_text.ts";
import { type ClientCall, readClientCall } from "../../answer/client_call.ts";
import { readUsage } from "../../answer/usage.ts";
import { compactedBlock, type MessageIdentity } from "./answer.ts";
import { createBlockStream, writeEvent } from "./block_stream.ts";
import { pictureBlock, searchBlocks, toCitation, toldInMessage, toolUseBlock } from "./blocks.ts";
import { compactionBlock } from "./compaction.ts";
import { toAnthropicError } from "./problem.ts";
import { signatureOf } from "./signature.ts";
import { toMessageEnd } from "./stop_reason.ts";
import { toMessageUsage } from "./usage.ts";

/**
 * Writes the steps of an answer as a message stream: `message_start`, a ping, the blocks one after the other,
 * `message_delta` with the end and the counts, `message_stop`; a failure as one `error` event, after which nothing
 * follows.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function createMessageSteps(identity: MessageIdentity, context: AnswerContext): AnswerSteps {
  const { want } = context;
  const blocks = createBlockStream();
  const shows = want.reasoningOutput !== "none";
  const thoughts = new Map<number, Thought>();
  let searches = 0;
  let calls = 0;
  let refused = false;
  let compacted = false;
  /** there is a block to read, which reasoning alone is not */
  let isShown = identity.compacted !== undefined;

  function opened(): string {
    const message: MessageObject = {
      id: identity.id,
      type: "message",
      role: "assistant",
      model: identity.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // The backend counts at the end: until then an estimate stands here, which `message_delta` corrects.
      usage: {
        input_tokens: context.inputTokens(),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 0,
      },
    };
    return writeEvent({ type: "message_start", message }) + writeEvent({ type: "ping" }) +
      compactedBlock(identity).map(compactionStream).join("");
  }

  function text(outputIndex: number, literal: string): string {
    isShown = true;
    return blocks.start(outputIndex, { type: "text", text: "" }) +
      blocks.delta(outputIndex, textDelta(literal));
  }

  function thinking(outputIndex: number, piece: string): string {
    return blocks.start(outputIndex, { type: "thinking", thinking: "", signature: "" }) +
      blocks.delta(outputIndex, `{"type":"thinking_delta","thinking":${JSON.stringify(piece)}}`);
  }

  /** One piece of a summary part; parts are kept apart by a blank line, as long as both have text. */
  function reasoning(outputIndex: number, partIndex: number, piece: string): string {
    if (!shows) return "";
    let thought = thoughts.get(outputIndex);
    let before = "";
    if (thought === undefined || thought.partIndex !== partIndex) {
      before = endPart(outputIndex);
      thought = { partIndex, cleaner: createReasoningCleaner(), separated: false };
      thoughts.set(outputIndex, thought);
    }
    return before + show(outputIndex, thought, thought.cleaner.take(piece));
  }

  function show(outputIndex: number, thought: Thought, clean: string): string {
    if (clean === "") return "";
    const separator = !thought.separated && blocks.has(outputIndex) ? "\n\n" : "";
    thought.separated = true;
    return thinking(outputIndex, separator + clean);
  }

  function endPart(outputIndex: number): string {
    const thought = thoughts.get(outputIndex);
    return thought === undefined ? "" : show(outputIndex, thought, thought.cleaner.end());
  }

  /** The end of a thinking block is its signature; reasoning without text is a block of its own kind. */
  function reasoningDone(outputIndex: number, item: JsonObject): string {
    if (!shows) return "";
    const rest = endPart(outputIndex);
    const signature = signatureOf(item);
    if (!blocks.has(outputIndex)) {
      const redacted: ContentBlock = { type: "redacted_thinking", data: signature ?? "" };
      return (signature === undefined ? "" : blocks.start(outputIndex, redacted)) + blocks.stop(outputIndex);
    }
    const last = signature === undefined
      ? ""
      : blocks.delta(outputIndex, JSON.stringify({ type: "signature_delta", signature }));
    return rest + last + blocks.stop(outputIndex);
  }

  function callStarted(outputIndex: number, call: ClientCall): string {
    const block = toolUseBlock(call, "", want.names);
    if (block === undefined) return "";
    calls++;
    isShown = true;
    return blocks.start(outputIndex, block);
  }

  function compactionStream(block: ContentBlock): string {
    const { type, ...content } = block;
    const delta = JSON.stringify({ type: "compaction_delta", ...content });
    return blocks.whole({ type, content: null }, [delta]);
  }

  function search(item: JsonObject): string {
    return searchBlocks(item).map((block) => {
      isShown = true;
      if (block.type !== "server_tool_use") return blocks.whole(block);
      searches++;
      // The query comes as a delta, like the input of any tool: clients collect it there.
      const start: ContentBlock = { ...block, input: {} };
      return blocks.whole(start, [inputDelta(JSON.stringify(JSON.stringify(block["input"])))]);
    }).join("");
  }

  return {
    opened,
    announced(outputIndex, item) {
      const isShown = item["type"] === "message" || (item["type"] === "reasoning" && shows);
      if (isShown || readClientCall(item)?.kind === "function") blocks.reserve(outputIndex);
      return "";
    },
    text: (at, literal) => text(at.outputIndex, literal),
    refusal(at, literal) {
      refused = true;
      return text(at.outputIndex, literal);
    },
    reasoning: (at, literal) => reasoning(at.outputIndex, at.partIndex, textOf(literal)),
    callStarted,
    callPiece: (outputIndex, _kind, literal) => blocks.delta(outputIndex, inputDelta(literal)),
    annotation(at, annotation) {
      const citation = toCitation(annotation);
      if (citation === undefined) return "";
      return blocks.delta(at.outputIndex, JSON.stringify({ type: "citations_delta", citation }));
    },
    itemDone(outputIndex, item) {
      if (item["type"] === "reasoning") return reasoningDone(outputIndex, item);
      if (item["type"] === "message" || readClientCall(item) !== undefined) return blocks.stop(outputIndex);
      const block = compactionBlock(item) ?? pictureBlock(item);
      if (block === undefined) return search(item);
      isShown = true;
      if (block.type === "image") return blocks.whole(block);
      compacted = true;
      return compactionStream(block);
    },
    finished(response) {
      const end = toMessageEnd(response, { calls: calls > 0, refusal: refused, compaction: compacted });
      const usage = toMessageUsage(readUsage(response), searches, identity.compacted);
      const delta: MessageEvent = {
        type: "message_delta",
        delta: { ...end },
        usage,
        ...identity.contextManagement,
      };
      const told = isShown ? undefined : toldInMessage(response);
      const instead = told === undefined
        ? ""
        : blocks.whole({ type: "text", text: "" }, [textDelta(JSON.stringify(told))]);
      return instead + blocks.end() + writeEvent(delta) +
        writeEvent({ type: "message_stop" });
    },
    failed: (problem) => encodeEvent("error", JSON.stringify(toAnthropicError(problem))),
  };
}

/** @param literal a piece of text as a JSON literal */
function textDelta(literal: string): string {
  return `{"type":"text_delta","text":${literal}}`;
}

/** @param literal a piece of the input's JSON text, as a JSON literal */
function inputDelta(literal: string): string {
  return `{"type":"input_json_delta","partial_json":${literal}}`;
}

/** The reasoning of one item on its way. */
interface Thought {
  /** the summary part that is being written */
  readonly partIndex: number;
  readonly cleaner: ReturnType<typeof createReasoningCleaner>;
  /** text of this part is in the stream, so that it is set apart once */
  separated: boolean;
}
