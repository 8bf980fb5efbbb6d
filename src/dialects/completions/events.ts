import { DONE, encodeData } from "../../sse/encode.ts";
import { createAnswerReader } from "../../answer/answer_steps.ts";
import type { AnswerContext } from "../dialect.ts";
import type { EventWriter } from "../../answer/event_writer.ts";
import { toOpenAiError } from "../openai_error.ts";
import { cutReason } from "../../answer/cut_reason.ts";
import { readUsage } from "../../answer/usage.ts";
import { type CompletionIdentity, echoOf, toTextCompletion } from "./answer.ts";
import { toCompletionUsage } from "./usage.ts";

/**
 * Translates the events of an answer into chunks of text: the echo first, exactly one chunk with a finish_reason,
 * usage only on request, a failure as one error object, `[DONE]` once, at the end.
 *
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export function createCompletionEvents(identity: CompletionIdentity, context: AnswerContext): EventWriter {
  const { want } = context;
  // As in chat streams: with a usage chunk at the end, every chunk before has `usage: null`.
  const usage = want.includeUsage ? { usage: null } : {};

  function chunk(text: string, finish_reason: "stop" | "length" | "content_filter" | null): string {
    return encodeData(JSON.stringify({ ...toTextCompletion(identity, { text, finish_reason }), ...usage }));
  }

  const write = (_outputIndex: number, piece: string) => chunk(piece, null);
  const nothing = () => "";
  return createAnswerReader(
    {
      opened: () => (echoOf(want) === "" ? "" : chunk(echoOf(want), null)),
      announced: nothing,
      text: write,
      refusal: write,
      reasoning: nothing,
      callStarted: nothing,
      callPiece: nothing,
      annotation: nothing,
      itemDone: nothing,
      finished(response) {
        const last = {
          ...toTextCompletion(identity, undefined),
          usage: toCompletionUsage(readUsage(response)),
        };
        return chunk("", cutReason(response["incomplete_details"]) ?? "stop") +
          (want.includeUsage ? encodeData(JSON.stringify(last)) : "") + DONE;
      },
      failed: (problem) => encodeData(JSON.stringify(toOpenAiError(problem))) + DONE,
    },
    context.nowMs,
    context,
  );
}
