import { isRecord, type JsonObject, listAt, recordAt } from "../../wire/json.ts";
import type { NameMap } from "../../ask/names.ts";

/** Request parameters that a Responses object repeats as the client gave them. */
const ECHOED = [
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "safety_identifier",
  "service_tier",
  "store",
  "temperature",
  "top_p",
  "truncation",
  "user",
  "background",
  "conversation",
] as const;

/** What the body was read as, where it may have been said in another API's words. */
export interface ReadWishes {
  readonly text: JsonObject | undefined;
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolChoice: unknown;
  readonly names: NameMap;
}

/**
 * The parameters that a Responses object repeats. Format, tools and choice stand there in the words of Responses, also
 * where the client said them in those of Chat Completions: a client that reads the object knows no others.
 */
export function echoOf(body: JsonObject, { text, tools, toolChoice, names }: ReadWishes): JsonObject {
  const echo: JsonObject = {};
  for (const key of ECHOED) if (body[key] !== undefined) echo[key] = body[key];
  if (text !== undefined) echo["text"] = { ...text, ...recordAt(body, "text") };
  if (tools !== undefined) echo["tools"] = echoedTools(listAt(body, "tools") ?? [], tools, names);
  const choice = body["tool_choice"];
  if (toolChoice !== undefined) {
    echo["tool_choice"] = isRecord(choice) && isFlat(choice) ? choice : restored(toolChoice, names);
  }
  return echo;
}

/** The tools as the client gave them where that is the form of Responses, else as they were read. */
function echoedTools(given: readonly unknown[], read: readonly JsonObject[], names: NameMap): unknown[] {
  return read.map((tool, index) => {
    const own = given[index];
    return isRecord(own) && isFlat(own) ? own : restored(tool, names);
  });
}

/** True for a tool, or a choice of some, that does not nest as Chat Completions does. */
function isFlat(value: JsonObject): boolean {
  const nested = ["function", "custom", "allowed_tools"].some((key) => isRecord(value[key]));
  return !nested && (listAt(value, "tools") ?? []).every((tool) => !isRecord(tool) || isFlat(tool));
}

/** What was read, under the client's own names. */
function restored(value: unknown, names: NameMap): unknown {
  if (!isRecord(value)) return value;
  const { name, tools } = value;
  return {
    ...value,
    ...(typeof name === "string" ? { name: names.restore(name) } : {}),
    ...(Array.isArray(tools) ? { tools: tools.map((tool) => restored(tool, names)) } : {}),
  };
}
