import type { JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import type { DialectName } from "./draft.ts";

/**
 * Every request parameter known, and what becomes of it (product.md 5). The one place: request reading, the README
 * table and `ccproxy codex info` all come from here. Long, because it is one table.
 */

/** What happens to a parameter. */
export type ParamAction =
  /** sent to the backend as it is */
  | "forward"
  /** sent in other words, or with other values */
  | "translate"
  /** done by ccproxy itself */
  | "emulate"
  /** has no effect; named in `x-ccproxy-ignored-params` */
  | "ignore"
  /** 400: the answer would silently mean something else */
  | "refuse";

/** One row of the table. */
export interface ParamRow {
  readonly name: string;
  readonly dialects: readonly DialectName[];
  readonly action: ParamAction;
  /** what happens and why, for the README */
  readonly note: string;
  /** values that ask for nothing beyond the default: neither reported nor refused */
  readonly harmless?: (value: unknown) => boolean;
  /** for the others: values that can be honoured; any other one is ignored and reported */
  readonly takes?: (value: unknown) => boolean;
  /** for refuse: what is needed instead */
  readonly needed?: string;
}

const EVERY: readonly DialectName[] = ["chat", "responses", "messages", "completions"];
const OPENAI: readonly DialectName[] = ["chat", "responses", "completions"];
const BOTH: readonly DialectName[] = ["chat", "responses"];
const OLD: readonly DialectName[] = ["chat", "completions"];
const CHAT: readonly DialectName[] = ["chat"];
const RESPONSES: readonly DialectName[] = ["responses"];
const MESSAGES: readonly DialectName[] = ["messages"];
const COMPLETIONS: readonly DialectName[] = ["completions"];
const NOT_ACCEPTED = "The backend refuses it, so it cannot be honoured";

function isTextOnly(value: unknown): boolean {
  return Array.isArray(value) && value.every((modality) => modality === "text");
}

/** The table, in the order of the README. */
export const PARAMS: readonly ParamRow[] = [
  {
    name: "model",
    dialects: EVERY,
    action: "translate",
    note: "Catalogue names as they are; others by alias",
  },
  { name: "messages", dialects: BOTH, action: "translate", note: "Becomes `input`" },
  {
    name: "messages",
    dialects: MESSAGES,
    action: "translate",
    note: "Becomes `input`; the last one must be the user's, uploaded files and unknown blocks are refused",
  },
  {
    name: "system",
    dialects: MESSAGES,
    action: "translate",
    note: "As `instructions`; Claude Code's billing line, new in each request, is taken out",
  },
  { name: "prompt", dialects: COMPLETIONS, action: "translate", note: "One text; becomes a user's message" },
  {
    name: "input",
    dialects: BOTH,
    action: "translate",
    note: "Text, one item or a list becomes a list of items",
  },
  {
    name: "instructions",
    dialects: BOTH,
    action: "translate",
    note: "By `codex.system_prompt_injection_mode`",
  },
  {
    name: "tools",
    dialects: BOTH,
    action: "translate",
    note: "Functions are flattened, names over 64 shortened",
  },
  { name: "tool_choice", dialects: BOTH, action: "translate", note: "Nested forms are flattened" },
  {
    name: "tools",
    dialects: MESSAGES,
    action: "translate",
    note:
      "With `input_schema`: functions; `web_search_…`: the backend's; other tools of Anthropic's are refused",
  },
  {
    name: "tool_choice",
    dialects: MESSAGES,
    action: "translate",
    note: "`any` becomes `required`; `disable_parallel_tool_use` becomes `parallel_tool_calls`",
  },
  { name: "functions", dialects: CHAT, action: "translate", note: "The form before `tools`" },
  { name: "function_call", dialects: CHAT, action: "translate", note: "The form before `tool_choice`" },
  {
    name: "parallel_tool_calls",
    dialects: BOTH,
    action: "forward",
    note: "Only with tools; false in the lite lane, which knows no parallel calls",
  },
  {
    name: "reasoning_effort",
    dialects: OLD,
    action: "translate",
    note: "Becomes `reasoning.effort`, at the nearest level of the model",
  },
  { name: "reasoning", dialects: BOTH, action: "translate", note: "`effort` and `summary`" },
  { name: "enable_thinking", dialects: CHAT, action: "translate", note: "false becomes effort `none`" },
  { name: "thinking", dialects: CHAT, action: "translate", note: "`disabled` becomes effort `none`" },
  {
    name: "thinking",
    dialects: MESSAGES,
    action: "translate",
    note: "Thinking blocks; a budget under 4,096 tokens is effort `low`, under 16,384 `medium`, else `high`",
  },
  {
    name: "output_config",
    dialects: MESSAGES,
    action: "translate",
    note: "`effort` wins over the budget; `format` becomes `text.format`",
  },
  { name: "output_format", dialects: MESSAGES, action: "translate", note: "As `output_config.format`" },
  { name: "response_format", dialects: CHAT, action: "translate", note: "Becomes `text.format`" },
  { name: "verbosity", dialects: CHAT, action: "translate", note: "Becomes `text.verbosity`" },
  { name: "text", dialects: BOTH, action: "forward", note: "`format` and `verbosity`" },
  { name: "web_search_options", dialects: CHAT, action: "translate", note: "Becomes the tool `web_search`" },
  {
    name: "include",
    dialects: BOTH,
    action: "translate",
    note: "`reasoning.encrypted_content` is always asked for",
  },
  {
    name: "prompt_cache_key",
    dialects: OPENAI,
    action: "translate",
    note: "Over 64 characters: hashed. Absent: derived from the conversation",
  },
  {
    name: "service_tier",
    dialects: OPENAI,
    action: "translate",
    note: "`priority` and `fast` are sent as `priority`; the backend takes no other",
    harmless: (value) => value === "auto" || value === "default",
    takes: (value) => value === "priority" || value === "fast",
  },
  {
    name: "speed",
    dialects: MESSAGES,
    action: "translate",
    note: "`fast` becomes the service tier `priority`",
    harmless: (value) => value === "standard",
    takes: (value) => value === "fast",
  },
  { name: "client_metadata", dialects: RESPONSES, action: "forward", note: "Of Codex clients" },
  {
    name: "stream",
    dialects: EVERY,
    action: "emulate",
    note: "The backend always streams; false is aggregated here",
  },
  {
    name: "stream_options",
    dialects: OPENAI,
    action: "emulate",
    note: "`include_usage` adds the usage chunk",
  },
  { name: "stop", dialects: OLD, action: "emulate", note: "The answer is cut at the text; up to 4" },
  { name: "stop_sequences", dialects: MESSAGES, action: "emulate", note: "As `stop`, any number of them" },
  {
    name: "echo",
    dialects: COMPLETIONS,
    action: "emulate",
    note: "The prompt stands in front of the answer",
  },
  {
    name: "max_tokens",
    dialects: EVERY,
    action: "emulate",
    note: "Cut once that many tokens were certainly produced",
  },
  { name: "max_completion_tokens", dialects: BOTH, action: "emulate", note: "As `max_tokens`" },
  { name: "max_output_tokens", dialects: BOTH, action: "emulate", note: "As `max_tokens`" },
  { name: "store", dialects: BOTH, action: "emulate", note: "The backend stores nothing; ccproxy does" },
  { name: "previous_response_id", dialects: RESPONSES, action: "emulate", note: "From ccproxy's store" },
  { name: "conversation", dialects: RESPONSES, action: "emulate", note: "From ccproxy's store" },
  { name: "background", dialects: RESPONSES, action: "emulate", note: "Runs on in ccproxy; poll with GET" },
  ...["temperature", "top_p"].map((name): ParamRow => ({
    name,
    dialects: EVERY,
    action: "ignore",
    note: NOT_ACCEPTED,
  })),
  ...[
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "logit_bias",
    "user",
    "safety_identifier",
    "prompt_cache_retention",
    "prediction",
  ].map((name): ParamRow => ({ name, dialects: OPENAI, action: "ignore", note: NOT_ACCEPTED })),
  { name: "top_k", dialects: MESSAGES, action: "ignore", note: NOT_ACCEPTED },
  { name: "metadata", dialects: MESSAGES, action: "ignore", note: NOT_ACCEPTED },
  {
    name: "context_management",
    dialects: MESSAGES,
    action: "ignore",
    note: "The conversation is sent as the client sends it",
  },
  {
    name: "cache_control",
    dialects: MESSAGES,
    action: "ignore",
    note: "The backend caches by itself",
    harmless: () => true,
  },
  {
    name: "service_tier",
    dialects: MESSAGES,
    action: "ignore",
    note: NOT_ACCEPTED,
    harmless: (value) => value === "auto" || value === "standard_only",
  },
  {
    name: "container",
    dialects: MESSAGES,
    action: "refuse",
    note: "Containers of Anthropic's platform do not exist here",
    needed: "left out: containers and skills do not exist on this backend",
  },
  {
    name: "mcp_servers",
    dialects: MESSAGES,
    action: "refuse",
    note: "The backend calls no servers of the client's",
    harmless: (value) => Array.isArray(value) && value.length === 0,
    needed: "left out: the backend calls no MCP servers; let the client call them as tools",
  },
  {
    name: "metadata",
    dialects: BOTH,
    action: "ignore",
    note: "Repeated in Responses objects, never sent to the backend",
  },
  {
    name: "truncation",
    dialects: RESPONSES,
    action: "ignore",
    note: NOT_ACCEPTED,
    harmless: (value) => value === "disabled",
  },
  { name: "max_tool_calls", dialects: RESPONSES, action: "ignore", note: NOT_ACCEPTED },
  {
    name: "n",
    dialects: OPENAI,
    action: "refuse",
    note: "One choice per request",
    harmless: (value) => value === 1,
    needed: "1: the backend gives one choice",
  },
  {
    name: "best_of",
    dialects: COMPLETIONS,
    action: "refuse",
    note: "One choice per request",
    harmless: (value) => value === 1,
    needed: "1: the backend gives one choice",
  },
  {
    name: "suffix",
    dialects: COMPLETIONS,
    action: "refuse",
    note: "The backend fills in no gaps",
    harmless: (value) => value === "",
    needed: "left out: the backend fills in no gaps",
  },
  {
    name: "logprobs",
    dialects: OPENAI,
    action: "refuse",
    note: "The backend gives none",
    harmless: (value) => value === false,
    needed: "false: the backend gives no log probabilities",
  },
  {
    name: "top_logprobs",
    dialects: BOTH,
    action: "refuse",
    note: "The backend gives none",
    harmless: (value) => value === 0,
    needed: "0: the backend gives no log probabilities",
  },
  {
    name: "modalities",
    dialects: BOTH,
    action: "refuse",
    note: "Text only",
    harmless: isTextOnly,
    needed: '["text"]: the backend answers in text only',
  },
  {
    name: "audio",
    dialects: BOTH,
    action: "refuse",
    note: "Text only",
    needed: "left out: the backend answers in text only",
  },
  {
    name: "prompt",
    dialects: RESPONSES,
    action: "refuse",
    note: "Stored prompts of the OpenAI platform do not exist here",
    needed: "left out: stored prompts do not exist on this backend",
  },
];

/** The setting `codex.unsupported_params`. */
export type UnsupportedParams = "ignore" | "propagate" | "block";

/**
 * Sorts out the parameters of a body that nothing else reads: refuses, ignores or propagates them.
 *
 * A parameter that no row knows is treated as one the backend does not know either.
 *
 * @returns `ignored` in the order of the body, `propagated` as key and value
 * @throws Problem unsupported_parameter for a refused one, and for every one under "block"
 */
export function sortParams(
  body: JsonObject,
  dialect: DialectName,
  mode: UnsupportedParams,
): { ignored: string[]; propagated: JsonObject } {
  const ignored: string[] = [];
  const propagated: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined || value === null) continue;
    const row = rowOf(name, dialect);
    if (row?.harmless?.(value) === true) continue;
    if (row?.action === "refuse") {
      const found = typeof value === "object" ? "an object or array" : JSON.stringify(value);
      throw new Problem("unsupported_parameter", `"${name}" must be ${row.needed}; found ${found}`, {
        param: name,
      });
    }
    if (row !== undefined && row.action !== "ignore" && row.takes?.(value) !== false) continue;
    if (mode === "propagate") propagated[name] = value;
    else ignored.push(name);
  }
  if (mode === "block" && ignored.length > 0) {
    throw new Problem(
      "unsupported_parameter",
      `the ChatGPT backend does not accept ${ignored.map((name) => `"${name}"`).join(", ")}`,
      {
        param: ignored[0],
        hint: 'Leave them out, or run "ccproxy codex set --ignore-unsupported-params" to have them ignored',
      },
    );
  }
  return { ignored, propagated };
}

const ROWS = new Map(
  PARAMS.flatMap((row) => row.dialects.map((dialect) => [`${dialect} ${row.name}`, row] as const)),
);

function rowOf(name: string, dialect: DialectName): ParamRow | undefined {
  return ROWS.get(`${dialect} ${name}`);
}
