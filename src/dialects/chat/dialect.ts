import type { AnswerContext, Dialect } from "../dialect.ts";
import { createLimiter, isLimited, limitEvents } from "../../answer/limiter.ts";
import { createStreamWriter } from "../../answer/stream_writer.ts";
import { toChatCompletion } from "./answer.ts";
import type { ChatIdentity } from "./chunks.ts";
import { createChatEvents } from "./events.ts";
import { readChatRequest } from "./request.ts";

/** Chat Completions. */
export const CHAT: Dialect = {
  name: "chat",
  readRequest: readChatRequest,
  createWriter(context) {
    const { want, nowMs } = context;
    const events = createChatEvents(identityOf(context), want, nowMs, context);
    return createStreamWriter(
      isLimited(want) ? limitEvents(events, createLimiter(want, context.inputTokens)) : events,
      context.eventLimitBytes,
    );
  },
  writeAnswer: (response, context) => toChatCompletion(response, identityOf(context), context.want),
};

function identityOf(context: AnswerContext): ChatIdentity {
  return { id: `chatcmpl-${context.id}`, created: context.created, model: context.model };
}
