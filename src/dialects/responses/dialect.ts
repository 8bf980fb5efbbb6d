import type { AnswerContext, Dialect } from "../dialect.ts";
import { createStreamWriter } from "../../answer/stream_writer.ts";
import { completeResponse, type ResponseContext } from "./complete.ts";
import { createResponsesFilter } from "./filter.ts";
import { createFilterWriter } from "./filter_bytes.ts";
import { createLimiter, limitEvents } from "../../answer/limiter.ts";
import { readResponsesRequest } from "./request.ts";

/** The Responses API: the hub, so that answers are filtered and completed but not translated. */
export const RESPONSES: Dialect = {
  name: "responses",
  readRequest: readResponsesRequest,
  createWriter(context) {
    const {
      onUnknownEvent,
      onUnreadableEvent,
      eventLimitBytes,
      inputTokens,
      want: { stop, maxOutputTokens },
    } = context;
    const response = toResponseContext(context);
    const hooks = { onUnknownEvent, onUnreadableEvent };
    // A stop text has to be looked for in every delta; otherwise the bytes themselves go on.
    return stop.length > 0
      ? createStreamWriter(
        limitEvents(
          createResponsesFilter(response, hooks),
          createLimiter(context.want, inputTokens),
        ),
        eventLimitBytes,
      )
      : createFilterWriter(
        createResponsesFilter(response, { ...hooks, maxOutputTokens, inputTokens }),
        eventLimitBytes,
      );
  },
  writeAnswer: (response, context) => completeResponse(response, toResponseContext(context)),
};

function toResponseContext(context: AnswerContext): ResponseContext {
  return {
    id: context.id,
    model: context.model,
    echo: context.want.echo,
    names: context.want.names,
    created: context.created,
    nowMs: context.nowMs,
  };
}
