import { DONE, encodeData } from "../../sse/encode.ts";
import { type AnswerSteps, type Place, SILENT } from "../../answer/steps.ts";
import type { Want } from "../../ask/draft.ts";
import { toOpenAiError } from "../openai_error.ts";
import { cutReason } from "../../answer/cut_reason.ts";
import { readUsage } from "../../answer/usage.ts";
import { type CompletionIdentity, echoOf, toldInCompletion, toTextCompletion } from "./answer.ts";
import { toCompletionUsage } from "./usage.ts";

/**
 * Writes the steps of an answer as chunks of text: the echo first, exactly one chunk with a finish_reason,
 * usage only on request, a failure as one error object, `[DONE]` once, at the end.
 *
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export function createCompletionSteps(identity: CompletionIdentity, want: Want): AnswerSteps {
  // As in chat streams: with a usage chunk at the end, every chunk before has `usage: null`.
  const usage = want.includeUsage ? { usage: null } : {};

  function chunk(text: string, finish_reason: "stop" | "length" | "content_filter" | null): string {
    return encodeData(JSON.stringify({ ...toTextCompletion(identity, { text, finish_reason }), ...usage }));
  }

  /** A chunk is the same around every text. */
  const [before = "", after = ""] = chunk("", null).split('"text":""');
  let isShown = false;
  const write = (_at: Place, literal: string) => {
    isShown = true;
    return `${before}"text":${literal}${after}`;
  };
  return {
    ...SILENT,
    opened: () => (echoOf(want) === "" ? "" : chunk(echoOf(want), null)),
    text: write,
    refusal: write,
    finished(response) {
      const last = {
        ...toTextCompletion(identity, undefined),
        usage: toCompletionUsage(readUsage(response)),
      };
      const told = isShown ? undefined : toldInCompletion(response);
      return (told === undefined ? "" : chunk(told, null)) +
        chunk("", cutReason(response["incomplete_details"]) ?? "stop") +
        (want.includeUsage ? encodeData(JSON.stringify(last)) : "") + DONE;
    },
    failed: (problem) => encodeData(JSON.stringify(toOpenAiError(problem))) + DONE,
  };
}
