import type { AnswerContext, Dialect } from "../dialect.ts";
import { SSE } from "../framing.ts";
import { toOpenAiError } from "../openai_error.ts";
import { createTranslator } from "../../answer/translator.ts";
import { type CompletionIdentity, toCompletion } from "./answer.ts";
import { createCompletionSteps } from "./events.ts";
import { COMPLETIONS_PARAMETERS } from "./params.ts";
import { readCompletionsRequest } from "./request.ts";

/** Legacy Completions. */
export const COMPLETIONS: Dialect = {
  name: "completions",
  parameters: COMPLETIONS_PARAMETERS,
  readRequest: readCompletionsRequest,
  createTranslator: (context) =>
    createTranslator(context, createCompletionSteps(identityOf(context), context.want)),
  writeAnswer: (response, context) => toCompletion(response, identityOf(context), context.want),
  writeProblem: toOpenAiError,
  framing: SSE,
  streamLane: "translated",
  passesOn: false,
  storesResponses: false,
};

function identityOf(context: AnswerContext): CompletionIdentity {
  return { id: `cmpl-${context.id}`, created: context.created, model: context.model };
}
