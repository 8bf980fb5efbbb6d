import type { AnswerContext, Dialect } from "../dialect.ts";
import { SSE } from "../framing.ts";
import { createTranslator } from "../../answer/translator.ts";
import { type MessageIdentity, toMessage } from "./answer.ts";
import { createMessageSteps } from "./events.ts";
import { MESSAGES_PARAMETERS } from "./params.ts";
import { toAnthropicError } from "./problem.ts";
import { readMessagesRequest } from "./request.ts";
import { THREADS } from "./thread.ts";

/**
 * Anthropic Messages: Claude Code, aichat's `claude` client, the Anthropic SDKs. Their models do not exist here, so
 * every name that begins with "claude" means the default model, unless a name of the catalogue follows.
 */
export const MESSAGES: Dialect = {
  name: "messages",
  aliases: { "claude*": "default" },
  // Claude Code's picker shows only names with "claude" in them (clients.md#claude-model-picker).
  modelPrefix: "claude-",
  onlyText: true,
  conversationHeader: "x-claude-code-session-id",
  parameters: MESSAGES_PARAMETERS,
  // Every Anthropic SDK sends it, wherever it asks.
  isClient: (headers) => headers.has("anthropic-version"),
  readRequest: readMessagesRequest,
  createTranslator: (context) => createTranslator(context, createMessageSteps(identityOf(context), context)),
  writeAnswer: (response, context) => toMessage(response, identityOf(context), context.want),
  writeProblem: toAnthropicError,
  framing: SSE,
  // The SDKs read the id under a name of their own.
  responseHeaders: (requestId) => ({ "request-id": requestId }),
  streamLane: "translated",
  passesOn: false,
  storesResponses: false,
  threads: THREADS,
};

function identityOf(context: AnswerContext): MessageIdentity {
  const { id, model, appliedEdits, compacted } = context;
  return {
    id: `msg_${id}`,
    model,
    compacted,
    contextManagement: appliedEdits === undefined
      ? {}
      : { context_management: { applied_edits: appliedEdits } },
  };
}
