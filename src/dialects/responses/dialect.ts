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
  createWriter: (context) =>
    createFilterWriter(createResponsesFilter(toResponseContext(context), context.nowMs)),
  writeAnswer: (response, context) => completeResponse(response, toResponseContext(context)),
};

function toResponseContext(context: AnswerContext): ResponseContext {
  return {
    model: context.model,
    echo: context.want.echo,
    names: context.want.names,
    created: context.created,
  };
}
