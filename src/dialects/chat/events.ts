import { DONE, encodeData } from "../../sse/encode.ts";
import { type AnswerSteps, type Place, textOf } from "../../answer/steps.ts";
import { createReasoningCleaner } from "../../answer/reasoning_text.ts";
import { readUsage } from "../../answer/usage.ts";
import type { Want } from "../../ask/draft.ts";
import { toOpenAiError } from "../openai_error.ts";
import { toChatAnnotation } from "./annotations.ts";
import { type ChatIdentity, createChunkWriter } from "./chunks.ts";
import { toFinishReason } from "./finish_reason.ts";
import { toChatPicture, toldInChat } from "./pictures.ts";
import { CLOSE_TAG, OPEN_TAG, planReasoning } from "./thinking.ts";
import { createToolCallStream } from "./tool_calls.ts";
import { toChatUsage } from "./usage.ts";

/**
 * Writes the steps of an answer as chat chunks: the role first, exactly one chunk with a finish_reason, usage only on
 * request (clients.md#usage-chunk), a failure as one error object (clients.md#chat-stream-errors), `[DONE]` once, at the
 * end.
 *
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export function createChatSteps(identity: ChatIdentity, want: Want): AnswerSteps {
  const chunk = createChunkWriter(identity, want.includeUsage);
  const calls = createToolCallStream(chunk.delta, want.names, want.legacyFunctions);
  const plan = planReasoning(want.reasoningOutput, want.jsonFormat);
  /** of the content written so far: offsets of citations count from the start of the whole, in code points */
  const written = createPointCounter();
  /** where each text part starts in the content */
  const startsAt = new Map<Place, number>();
  let textPart: Place | undefined;
  /** tags: not yet opened, open, or behind us */
  let tag: "before" | "open" | "after" = "before";
  let cleaner = createReasoningCleaner();
  let reasoningPart: Place | undefined;
  let reasoningSeen = false;
  /** something of the answer, other than reasoning, is in the stream */
  let isVisible = false;
  let pictures = 0;
  /** the cleaner may hold something */
  let isReasoning = false;
  /** reasoning parts that have text in the stream, so that each is set apart once */
  const separated = new Set<Place | undefined>();

  /** Ends the reasoning: from now on content may stand, and in tag mode no reasoning any more. */
  function closeReasoning(): string {
    if (tag === "after" && !isReasoning) return "";
    let text = endReasoningPart();
    if (tag === "open") {
      const closing = JSON.stringify(CLOSE_TAG);
      text += chunk.content(closing);
      written.add(closing);
    }
    tag = "after";
    return text;
  }

  function endReasoningPart(): string {
    isReasoning = false;
    return writeReasoning(cleaner.end());
  }

  /** Parts of the reasoning are kept apart by a blank line. */
  function writeReasoning(clean: string): string {
    if (clean === "") return "";
    const isFirst = !separated.has(reasoningPart);
    separated.add(reasoningPart);
    const text = isFirst && reasoningSeen ? `\n\n${clean}` : clean;
    reasoningSeen = true;
    let out = "";
    if (plan.inField) out += chunk.delta(`{"reasoning_content":${JSON.stringify(text)}}`);
    if (plan.inTags && tag !== "after") {
      const shown = JSON.stringify(tag === "before" ? OPEN_TAG + text : text);
      tag = "open";
      written.add(shown);
      out += chunk.content(shown);
    }
    return out;
  }

  function beginText(at: Place): void {
    textPart = at;
    if (!startsAt.has(at)) startsAt.set(at, written.points);
  }

  return {
    opened: () => chunk.delta('{"role":"assistant","content":""}'),
    announced: () => "",
    text(at, literal) {
      isVisible ||= literal !== '""';
      const before = closeReasoning();
      if (at !== textPart) beginText(at);
      written.add(literal);
      return before + chunk.content(literal);
    },
    refusal(_at, literal) {
      isVisible = true;
      return closeReasoning() + chunk.delta(`{"refusal":${literal}}`);
    },
    reasoning(at, literal) {
      let text = "";
      if (at !== reasoningPart) {
        text = endReasoningPart();
        cleaner = createReasoningCleaner();
        reasoningPart = at;
      }
      isReasoning = true;
      return text + writeReasoning(cleaner.take(textOf(literal)));
    },
    callStarted: (outputIndex, call) => closeReasoning() + calls.start(outputIndex, call),
    callPiece: (outputIndex, _kind, literal) => calls.piece(outputIndex, literal),
    annotation(at, annotation) {
      if (toChatAnnotation(annotation, 0) === undefined) return "";
      isVisible = true;
      // A citation may come before any text of its part does.
      const before = closeReasoning();
      if (!startsAt.has(at)) beginText(at);
      const chat = toChatAnnotation(annotation, startsAt.get(at) ?? 0);
      return `${before}${chunk.delta(`{"annotations":[${JSON.stringify(chat)}]}`)}`;
    },
    itemDone(outputIndex, item) {
      if (item["type"] === "reasoning") return endReasoningPart();
      const picture = toChatPicture(item, pictures);
      if (picture === undefined) return calls.done(outputIndex);
      pictures++;
      return closeReasoning() + chunk.delta(`{"images":[${JSON.stringify(picture)}]}`);
    },
    finished(response) {
      let before = closeReasoning() + calls.end();
      const told = isVisible || pictures > 0 || calls.count > 0 ? undefined : toldInChat(response);
      if (told !== undefined) before += chunk.content(JSON.stringify(told));
      const called = calls.count === 0 ? "nothing" : want.legacyFunctions ? "function" : "tool";
      return before + chunk.finish(toFinishReason(response["incomplete_details"], called)) +
        (want.includeUsage ? chunk.usage(toChatUsage(readUsage(response))) : "") + DONE;
    },
    failed(problem) {
      const closing = tag === "open" ? closeReasoning() : "";
      return closing + encodeData(JSON.stringify(toOpenAiError(problem))) + DONE;
    },
  };
}

/** Counts the code points of texts that follow each other, also where a pair is cut in two. */
interface PointCounter {
  readonly points: number;
  /** @param literal a text as a JSON literal */
  add(literal: string): void;
}

function createPointCounter(): PointCounter {
  let points = 0;
  let afterHigh = false;
  function count(text: string, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const code = text.charCodeAt(at);
      if (!(afterHigh && code >= 0xdc00 && code <= 0xdfff)) points++;
      afterHigh = code >= 0xd800 && code <= 0xdbff;
    }
  }
  return {
    get points() {
      return points;
    },
    add(literal) {
      // Nearly all stand there as they are.
      if (!literal.includes("\\")) return count(literal, 1, literal.length - 1);
      const text = textOf(literal);
      count(text, 0, text.length);
    },
  };
}
