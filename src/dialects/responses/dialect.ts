import type { AnswerContext, Dialect } from "../dialect.ts";
import { createStreamWriter } from "../stream_writer.ts";
import { completeResponse, type ResponseContext } from "./complete.ts";
import { createResponsesFilter } from "./filter.ts";
import { createFilterWriter } from "./filter_bytes.ts";
import { createLimiter, isLimited, limitEvents } from "./limiter.ts";
import { readResponsesRequest } from "./request.ts";

/** The Responses API: the hub, so that answers are filtered and completed but not translated. */
export const RESPONSES: Dialect = {
  name: "responses",
  readRequest: readResponsesRequest,
  createWriter(context) {
    const filter = createResponsesFilter(toResponseContext(context), context.onUnknownEvent);
    // A limit has to look into every delta; without one the bytes themselves go on.
    return isLimited(context.want)
      ? createStreamWriter(limitEvents(filter, createLimiter(context.want, context.inputTokens)))
      : createFilterWriter(filter);
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
