import { isRecord, type JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import {
  badField,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
} from "./fields.ts";
import { completeStrictFormat } from "./strict_schema.ts";

/** Readers of parameters that OpenAI's APIs have in common. Each throws a Problem that names the parameter. */

/** `reasoning.summary`, also under its older name `generate_summary`. */
export function readSummary(reasoning: JsonObject | undefined): string | undefined {
  if (reasoning === undefined) return undefined;
  return optionalText(reasoning, "summary", "reasoning.summary") ??
    optionalText(reasoning, "generate_summary", "reasoning.generate_summary");
}

/** `text`, with a strict schema completed; undefined when it says nothing. */
export function readTextOptions(body: JsonObject): JsonObject | undefined {
  const text = optionalRecord(body, "text");
  if (text === undefined || Object.keys(text).length === 0) return undefined;
  const format = optionalRecord(text, "format", "text.format");
  return format === undefined
    ? text
    : { ...text, format: completeStrictFormat(format, "text.format.schema") };
}

/** `priority` where the client asks for it; the backend takes no other but `default` (backend.md#service-tier). */
export function readServiceTier(body: JsonObject): string | undefined {
  const tier = optionalText(body, "service_tier");
  return tier === "priority" || tier === "fast" ? "priority" : undefined;
}

/** The texts of `include`. */
export function readInclude(body: JsonObject): string[] {
  return (optionalList(body, "include") ?? []).map((entry, index) => {
    if (typeof entry !== "string") throw badField(`include[${index}]`, entry, "a string");
    if (entry === "message.output_text.logprobs") {
      throw new Problem(
        "unsupported_parameter",
        '"include" asks for log probabilities: the backend gives none',
        {
          param: `include[${index}]`,
        },
      );
    }
    return entry;
  });
}

/** True when the answer has to be JSON: `text.format` of type `json_object` or `json_schema`. */
export function isJsonFormat(text: JsonObject | undefined): boolean {
  const format = text?.["format"];
  return isRecord(format) && (format["type"] === "json_object" || format["type"] === "json_schema");
}

/** `stream_options.include_usage`. */
export function readIncludeUsage(body: JsonObject): boolean {
  const options = optionalRecord(body, "stream_options");
  return options !== undefined &&
    (optionalBoolean(options, "include_usage", "stream_options.include_usage") ?? false);
}

/** The limit of an answer in tokens: the first of these parameters that is given. */
export function readMaxTokens(body: JsonObject, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const limit = optionalInteger(body, name, 1);
    if (limit !== undefined) return limit;
  }
  return undefined;
}
