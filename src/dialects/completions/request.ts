import type { JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { readUserContent } from "../../ask/content.ts";
import { type Draft, type ReadSettings, UNSAID, UNSAID_WANT } from "../../ask/draft.ts";
import { badField, optionalBoolean, optionalText } from "../../ask/fields.ts";
import { createNameMap } from "../../ask/names.ts";
import { readIncludeUsage, readMaxTokens, readServiceTier } from "../../ask/options.ts";
import { readStop } from "../../ask/stop.ts";
import { readParams } from "../read_params.ts";

/**
 * Reads the body of `POST …/completions`: one prompt, which the model answers as a user's message, as the instruct
 * models that this API was left with did.
 *
 * @throws Problem bad_request or unsupported_parameter naming the parameter
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export function readCompletionsRequest(body: JsonObject, settings: ReadSettings): Draft {
  const { ignored, propagated } = readParams("completions", body, settings.unsupportedParams);
  const prompt = readPrompt(body["prompt"]);
  return {
    ...UNSAID,
    model: optionalText(body, "model"),
    stream: optionalBoolean(body, "stream") ?? false,
    input: [{ type: "message", role: "user", content: readUserContent(prompt, "prompt") }],
    effort: optionalText(body, "reasoning_effort"),
    promptCacheKey: optionalText(body, "prompt_cache_key"),
    sent: { service_tier: readServiceTier(body) },
    ignored,
    propagated,
    want: {
      ...UNSAID_WANT,
      includeUsage: readIncludeUsage(body),
      stop: readStop(body["stop"]),
      maxOutputTokens: readMaxTokens(body, "max_tokens", "max_completion_tokens", "max_output_tokens"),
      names: createNameMap(),
      reasoningOutput: "none",
      echo: optionalBoolean(body, "echo") === true ? { prompt } : {},
    },
  };
}

/** The prompt: a text, or a list of one. Several would need several choices; token numbers are of another tokenizer. */
function readPrompt(prompt: unknown): string {
  if (typeof prompt === "string") return prompt;
  if (Array.isArray(prompt) && prompt.length > 1 && prompt.every((entry) => typeof entry === "string")) {
    throw new Problem("bad_request", `"prompt" must be one text: found ${prompt.length}`, {
      param: "prompt",
      hint: "Send one request for each prompt",
    });
  }
  const [only] = Array.isArray(prompt) ? prompt : [];
  if (typeof only === "string") return only;
  throw badField("prompt", prompt, "a text, or an array of one text");
}
