import type { AnswerContext, Dialect } from "../dialect.ts";
import { SSE } from "../framing.ts";
import { toOpenAiError } from "../openai_error.ts";
import { createTranslator } from "../../answer/translator.ts";
import { toChatCompletion } from "./answer.ts";
import type { ChatIdentity } from "./chunks.ts";
import { createChatSteps } from "./events.ts";
import { CHAT_PARAMETERS } from "./params.ts";
import { readChatRequest } from "./request.ts";

/** Chat Completions. */
export const CHAT: Dialect = {
  name: "chat",
  parameters: CHAT_PARAMETERS,
  readRequest: readChatRequest,
  createTranslator: (context) =>
    createTranslator(context, createChatSteps(identityOf(context), context.want)),
  writeAnswer: (response, context) => toChatCompletion(response, identityOf(context), context.want),
  writeProblem: toOpenAiError,
  framing: SSE,
  streamLane: "translated",
  passesOn: false,
  storesResponses: false,
};

function identityOf(context: AnswerContext): ChatIdentity {
  return { id: `chatcmpl-${context.id}`, created: context.created, model: context.model };
}
