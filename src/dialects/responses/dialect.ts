import type { AnswerContext, Dialect } from "../dialect.ts";
import { SSE } from "../framing.ts";
import { toOpenAiError } from "../openai_error.ts";
import { completeResponse, type ResponseContext } from "./complete.ts";
import { createResponsesFilter } from "./filter.ts";
import { createFilterTranslator } from "./filter_bytes.ts";
import { RESPONSES_PARAMETERS } from "./params.ts";
import { readResponsesRequest } from "./request.ts";

/** The Responses API: the hub, so that answers are filtered and completed but not translated. */
export const RESPONSES: Dialect = {
  name: "responses",
  parameters: RESPONSES_PARAMETERS,
  readRequest: readResponsesRequest,
  createTranslator(context) {
    const { onUnknownEvent, onUnreadableEvent, inputTokens, want: { maxOutputTokens } } = context;
    const options = { onUnknownEvent, onUnreadableEvent, inputTokens, maxOutputTokens };
    const filter = createResponsesFilter(toResponseContext(context), options);
    return createFilterTranslator(filter, context.eventLimitBytes);
  },
  writeAnswer: (response, context) => completeResponse(response, toResponseContext(context)),
  writeProblem: toOpenAiError,
  framing: SSE,
  streamLane: "filtered",
  passesOn: true,
  storesResponses: true,
};

function toResponseContext(context: AnswerContext): ResponseContext {
  return {
    id: context.id,
    model: context.model,
    echo: context.want.echo,
    names: context.want.names,
    created: context.created,
    nowMs: context.nowMs,
    diagnoseCache: context.diagnoseCache,
  };
}
