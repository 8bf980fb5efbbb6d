import { defined, isRecord, type JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { agreed } from "./agreed.ts";
import { readContent } from "./content.ts";
import {
  badField,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
  requiredText,
} from "./fields.ts";
import { completeStrictFormat } from "./strict_schema.ts";

/** Readers of parameters that OpenAI's APIs have in common. Each throws a Problem that names the parameter. */

/** `instructions`, and Anthropic's word for them, `system`: a text, or text blocks. */
export function readInstructions(body: JsonObject): string | undefined {
  const instructions = optionalText(body, "instructions");
  const { system } = body;
  if (system === undefined || system === null) return instructions;
  const texts = readContent(system, "developer", "system").map((part, index) =>
    requiredText(part, "text", `system[${index}].text`)
  );
  return [instructions ?? "", ...texts].filter((text) => text !== "").join("\n\n");
}

/**
 * `response_format` and `verbosity` in the words of `text`; a `text` object of its own is taken as it is, and has to agree
 * with them.
 */
export function readText(body: JsonObject): JsonObject | undefined {
  const format = optionalRecord(body, "response_format");
  const options = readTextOptions(body) ?? {};
  const text = {
    ...options,
    ...defined({
      verbosity: agreed<unknown>([
        ["text.verbosity", options["verbosity"] ?? undefined],
        ["verbosity", optionalText(body, "verbosity")],
      ]),
      format: agreed<unknown>([
        ["text.format", options["format"] ?? undefined],
        ["response_format", format === undefined ? undefined : readFormat(format)],
      ]),
    }),
  };
  return Object.keys(text).length === 0 ? undefined : text;
}

function readFormat(format: JsonObject): JsonObject {
  const type = requiredText(format, "type", "response_format.type");
  if (type === "text" || type === "json_object") return { type };
  if (type !== "json_schema") {
    throw badField("response_format.type", type, '"text", "json_object" or "json_schema"');
  }
  const nested = optionalRecord(format, "json_schema", "response_format.json_schema") ?? format;
  const schema = nested["schema"];
  if (!isRecord(schema)) throw badField("response_format.json_schema.schema", schema, "a JSON schema object");
  const read = defined({
    type,
    name: optionalText(nested, "name", "response_format.json_schema.name") ?? "response",
    schema,
    strict: nested["strict"] ?? undefined,
    description: nested["description"],
  });
  return completeStrictFormat(read, "response_format.json_schema.schema");
}

/** `text`, with a strict schema completed; undefined when it says nothing. */
function readTextOptions(body: JsonObject): JsonObject | undefined {
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

/** The limit of an answer in tokens, by whichever of these names; several have to agree. */
export function readMaxTokens(body: JsonObject, ...names: readonly string[]): number | undefined {
  return agreed(names.map((name) => [name, optionalInteger(body, name, 1)] as const));
}
