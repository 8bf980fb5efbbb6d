import type { JsonObject } from "../wire/json.ts";
import type { Problem } from "../problem.ts";

/**
 * A problem in OpenAI's error shape: what the SDKs parse on every status from 400, and in a running chat stream.
 *
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export function toOpenAiError(problem: Problem): JsonObject {
  return {
    error: {
      message: `${problem.message}. ${problem.hint}`,
      type: problem.type,
      param: problem.param ?? null,
      code: problem.apiCode,
    },
  };
}
