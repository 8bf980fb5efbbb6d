import { isRecord, type JsonObject, listAt } from "../../wire/json.ts";
import type { NameMap } from "../../ask/names.ts";
import { readUsage } from "../../answer/usage.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/** What a response object takes from the request. */
export interface ResponseContext {
  /** for objects that the backend gave no id: `resp_` is put in front */
  readonly id: string;
  /** as the client named it */
  readonly model: string;
  /** the client's own parameters, repeated as the public API does */
  readonly echo: JsonObject;
  readonly names: NameMap;
  /** Unix time in seconds */
  readonly created: number;
  /** for `completed_at`, and for limits that say when they reset */
  readonly nowMs: () => number;
  /** `prompt_cache_diagnostics`, where the client asked for it */
  readonly diagnoseCache?: ((usage: ResponsesUsage | undefined) => JsonObject) | undefined;
}

/**
 * A response object with every key of the public schema, as strict clients and the Open Responses schema need it
 * (clients.md#response-resource). The backend leaves some out and reports its own instructions and tools where the
 * client's belong.
 *
 * @param output the items, when those of the object itself are not the whole
 */
export function completeResponse(
  response: JsonObject,
  context: ResponseContext,
  output?: readonly JsonObject[],
): JsonObject {
  const { echo } = context;
  const status = response["status"] ?? "in_progress";
  const created = response["created_at"] ?? context.created;
  const given: JsonObject = {};
  for (const [key, value] of Object.entries(response)) if (value !== null) given[key] = value;
  return {
    ...DEFAULTS,
    ...given,
    id: typeof given["id"] === "string" && given["id"] !== "" ? given["id"] : `resp_${context.id}`,
    created_at: created,
    completed_at: status === "completed" ? given["completed_at"] ?? Math.floor(context.nowMs() / 1000) : null,
    status,
    usage: readUsage(response) ?? null,
    model: context.model,
    instructions: echo["instructions"] ?? null,
    tools: (Array.isArray(echo["tools"]) ? echo["tools"] : []).map(completeTool),
    tool_choice: echo["tool_choice"] ?? "auto",
    parallel_tool_calls: echo["parallel_tool_calls"] ?? true,
    text: {
      format: { type: "text" },
      ...(isRecord(response["text"]) ? response["text"] : {}),
      ...asRecord(echo["text"]),
    },
    temperature: echo["temperature"] ?? DEFAULTS.temperature,
    top_p: echo["top_p"] ?? DEFAULTS.top_p,
    truncation: echo["truncation"] ?? DEFAULTS.truncation,
    metadata: echo["metadata"] ?? {},
    store: echo["store"] ?? true,
    background: echo["background"] ?? false,
    previous_response_id: echo["previous_response_id"] ?? null,
    max_output_tokens: echo["max_output_tokens"] ?? null,
    max_tool_calls: echo["max_tool_calls"] ?? null,
    safety_identifier: echo["safety_identifier"] ?? null,
    prompt_cache_key: echo["prompt_cache_key"] ?? null,
    ...(isAnswered(status) && context.diagnoseCache !== undefined
      ? { prompt_cache_diagnostics: context.diagnoseCache(readUsage(response)) }
      : {}),
    ...(echo["user"] === undefined ? {} : { user: echo["user"] }),
    output: (output ?? listAt(response, "output") ?? []).map((item) =>
      isRecord(item)
        ? completeItem(item, context.names, status === "incomplete" ? status : "completed")
        : item
    ),
  };
}

/** Whether the input was read: only then is there something to say of its cache. */
function isAnswered(status: unknown): boolean {
  return status === "completed" || status === "incomplete";
}

/** Keys of the schema and what they hold when nobody said otherwise. Numbers may not be null. */
const DEFAULTS = {
  object: "response",
  incomplete_details: null,
  error: null,
  truncation: "disabled",
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  temperature: 1,
  reasoning: { effort: null, summary: null },
  service_tier: "default",
} as const;

/** Tools in a response object need these three keys (null is allowed). */
function completeTool(tool: unknown): unknown {
  if (!isRecord(tool) || tool["type"] !== "function") return tool;
  return { description: null, parameters: null, strict: null, ...tool };
}

/** Items that the public API gives a status, always. */
const WITH_STATUS: ReadonlySet<unknown> = new Set([
  "message",
  "function_call",
  "custom_tool_call",
  "web_search_call",
  "image_generation_call",
]);

/**
 * An output item as the public API has it: client names restored, keys that must not be null left out, the lists of
 * a text part there, and a status.
 *
 * @param status of an item that has none of its own
 */
export function completeItem(item: JsonObject, names: NameMap, status: string): JsonObject {
  const complete: JsonObject = {};
  for (const [key, value] of Object.entries(item)) {
    if (value !== null || (key !== "phase" && key !== "encrypted_content")) complete[key] = value;
  }
  if (!names.isIdentity) {
    for (const key of ["name", "call_id"]) {
      const value = complete[key];
      if (typeof value === "string") complete[key] = names.restore(value);
    }
  }
  for (const key of ["content", "output"]) {
    const parts = complete[key];
    if (Array.isArray(parts)) complete[key] = parts.map(completePart);
  }
  if (complete["status"] === undefined && WITH_STATUS.has(complete["type"])) complete["status"] = status;
  if (complete["type"] === "reasoning" && !Array.isArray(complete["summary"])) complete["summary"] = [];
  return { ...complete, ...missing(complete) };
}

/** Keys that are required of an item from its beginning and that the backend gives at its end (clients.md#required-keys). */
function missing(item: JsonObject): JsonObject {
  if (item["type"] === "web_search_call" && item["action"] === undefined) {
    return { action: { type: "search" } };
  }
  if (item["type"] === "image_generation_call" && item["result"] === undefined) return { result: null };
  return {};
}

/** A part of a message, or of a tool's output, with the keys that are required of its kind. */
export function completePart(part: unknown): unknown {
  if (!isRecord(part)) return part;
  if (part["type"] === "output_text") return { annotations: [], logprobs: [], ...part };
  return part["type"] === "input_image" ? { detail: "auto", ...part } : part;
}

function asRecord(value: unknown): JsonObject {
  return isRecord(value) ? value : {};
}
