import type { AnswerContext, Dialect } from "../dialect.ts";
import { createLimiter, isLimited, limitEvents } from "../../answer/limiter.ts";
import { createStreamWriter } from "../../answer/stream_writer.ts";
import { type CompletionIdentity, toCompletion } from "./answer.ts";
import { createCompletionEvents } from "./events.ts";
import { readCompletionsRequest } from "./request.ts";

/** Legacy Completions. */
export const COMPLETIONS: Dialect = {
  name: "completions",
  readRequest: readCompletionsRequest,
  createWriter(context) {
    const events = createCompletionEvents(identityOf(context), context);
    return createStreamWriter(
      isLimited(context.want)
        ? limitEvents(events, createLimiter(context.want, context.inputTokens))
        : events,
      context.eventLimitBytes,
    );
  },
  writeAnswer: (response, context) => toCompletion(response, identityOf(context), context.want),
};

function identityOf(context: AnswerContext): CompletionIdentity {
  return { id: `cmpl-${context.id}`, created: context.created, model: context.model };
}
