import { jsonReply } from "../../wire/json_reply.ts";
import { countInput } from "../../ask/count_input.ts";
import { editContext } from "../../ask/edit_context.ts";
import type { ModelEndpoint } from "../exchange.ts";

/**
 * `POST …/messages/count_tokens`: the tokens of a Messages request, estimated. The backend serves no such route and
 * counts only when it answers, so the number comes from the texts; clients use it to see when a conversation grows
 * long. How far off it is was measured: `estimateTokens()`.
 *
 * @see https://platform.claude.com/docs/en/api/messages-count-tokens
 */
export const countTokens: ModelEndpoint = async (turns, call, { json }) => {
  const { draft, prompt } = await turns.preview(call, json);
  const texts = [prompt, draft.clientInstructions ?? ""].filter((text) => text !== "");
  const request = { instructions: texts.join("\n\n"), input: draft.input, tools: draft.tools, earlier: 0 };
  const { edits } = draft;
  if (edits === undefined) return jsonReply({ input_tokens: countInput(request) });
  const edited = editContext(request, edits);
  return jsonReply({
    input_tokens: countInput({ ...request, input: edited.input }),
    context_management: { original_input_tokens: countInput(request) },
  });
};
