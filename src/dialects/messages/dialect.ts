import type { AnswerContext, Dialect } from "../dialect.ts";
import { createLimiter, isLimited, limitEvents } from "../../answer/limiter.ts";
import { createStreamWriter } from "../../answer/stream_writer.ts";
import { type MessageIdentity, toMessage } from "./answer.ts";
import { createMessageEvents } from "./events.ts";
import { readMessagesRequest } from "./request.ts";

/**
 * Anthropic Messages: Claude Code, aichat's `claude` client, the Anthropic SDKs. Their models do not exist here, so
 * every name that begins with "claude" means the default model.
 */
export const MESSAGES: Dialect = {
  name: "messages",
  aliases: { "claude*": "default" },
  readRequest: readMessagesRequest,
  createWriter(context) {
    const events = createMessageEvents(identityOf(context), context);
    return createStreamWriter(
      isLimited(context.want)
        ? limitEvents(events, createLimiter(context.want, context.inputTokens))
        : events,
      context.eventLimitBytes,
    );
  },
  writeAnswer: (response, context) => toMessage(response, identityOf(context), context.want),
};

function identityOf(context: AnswerContext): MessageIdentity {
  return { id: `msg_${context.id}`, model: context.model };
}
