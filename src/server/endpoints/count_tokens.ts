import type { Draft } from "../../ask/draft.ts";
import { countInput } from "../../ask/count_input.ts";

/**
 * `POST …/messages/count_tokens`: the tokens of a Messages request, estimated. The backend serves no such route and
 * counts only when it answers, so the number comes from the texts; clients use it to see when a conversation grows
 * long. How far off it is was measured: `estimateTokens()`.
 *
 * @param prompt ccproxy's own instructions, which are sent along and so counted; "" for none
 * @see https://platform.claude.com/docs/en/api/messages-count-tokens
 */
export function countTokensResponse(draft: Draft, prompt: string): Response {
  const texts = [prompt, draft.clientInstructions ?? ""].filter((text) => text !== "");
  const tokens = countInput({ instructions: texts.join("\n\n"), input: draft.input, tools: draft.tools });
  return Response.json({ input_tokens: tokens });
}
