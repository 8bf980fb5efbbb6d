import type { JsonObject } from "../wire/json.ts";
import type { Call } from "./call.ts";
import type { BegunTurn, ExchangeParts } from "./exchange.ts";

/** Of a response that asked nobody. */
const NO_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
} as const;

/**
 * Ends a turn that has begun without asking a model: what the client sent is remembered as the beginning of a
 * conversation (`generate: false`, websocket.md#ws-protocol).
 *
 * @returns the response, in the words of the dialect
 */
export async function beginOnly(
  parts: Pick<ExchangeParts, "newId" | "nowMs" | "nameModel">,
  { dialect }: Call,
  { turn, draft, model }: BegunTurn,
): Promise<JsonObject> {
  const { nowMs } = parts;
  const id = parts.newId();
  const answer = { id: `resp_${id}`, object: "response", status: "completed", output: [], usage: NO_USAGE };
  try {
    const written = dialect.writeAnswer(answer, {
      id,
      created: Math.floor(nowMs() / 1000),
      model: parts.nameModel(draft.model, model.slug),
      want: draft.want,
      nowMs,
      inputTokens: () => 0,
    });
    await turn.end({ answer: { ...written, ...answer }, cacheKey: turn.cacheKey ?? "" });
    return written;
  } finally {
    await turn.end();
  }
}
