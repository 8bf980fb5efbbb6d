import { NOT_ACCEPTED, type ParameterTable } from "../ask/params.ts";

/** Parameters that every front end treats alike. */
export const EVERYWHERE: ParameterTable = {
  model: { action: "translate", note: "Catalogue names as they are; others by alias" },
  stream: { action: "emulate", note: "The backend always streams; false is aggregated here" },
  max_tokens: { action: "emulate", note: "Cut once that many tokens were certainly produced" },
  max_completion_tokens: { action: "emulate", note: "As `max_tokens`" },
  max_output_tokens: { action: "emulate", note: "As `max_tokens`" },
  reasoning_effort: {
    action: "translate",
    note: "Becomes `reasoning.effort`, at the nearest level of the model",
  },
  temperature: { action: "ignore", note: NOT_ACCEPTED },
  top_p: { action: "ignore", note: NOT_ACCEPTED },
};

/** Parameters that OpenAI's APIs have in common. */
export const OPENAI: ParameterTable = {
  prompt_cache_key: {
    action: "translate",
    note: "Over 64 characters: hashed. Absent or empty: derived from the conversation",
  },
  service_tier: {
    action: "translate",
    note: "`priority` and `fast` are sent as `priority`; the backend takes no other",
    harmless: (value) => value === "auto" || value === "default",
    takes: (value) => value === "priority" || value === "fast",
  },
  frequency_penalty: { action: "ignore", note: NOT_ACCEPTED },
  presence_penalty: { action: "ignore", note: NOT_ACCEPTED },
  seed: { action: "ignore", note: NOT_ACCEPTED },
  logit_bias: { action: "ignore", note: NOT_ACCEPTED },
  user: { action: "ignore", note: NOT_ACCEPTED },
  safety_identifier: { action: "ignore", note: NOT_ACCEPTED },
  prompt_cache_retention: { action: "ignore", note: NOT_ACCEPTED },
  prompt_cache_options: { action: "ignore", note: NOT_ACCEPTED },
  prediction: { action: "ignore", note: NOT_ACCEPTED },
  n: {
    action: "refuse",
    note: "One choice per request",
    harmless: (value) => value === 1,
    needed: "1: the backend gives one choice",
  },
  logprobs: {
    action: "refuse",
    note: "The backend gives none",
    harmless: (value) => value === false,
    needed: "false: the backend gives no log probabilities",
  },
};

/** Parameters of Chat Completions and Responses alike: clients of the one send words of the other. */
export const CHAT_AND_RESPONSES: ParameterTable = {
  input: { action: "translate", note: "Text, one item or a list becomes a list of items" },
  instructions: { action: "translate", note: "By `codex.system_prompt_injection_mode`" },
  tools: { action: "translate", note: "Functions are flattened, names over 64 shortened" },
  tool_choice: { action: "translate", note: "Nested forms are flattened" },
  parallel_tool_calls: {
    action: "forward",
    note: "Only with tools; false in the lite lane, which knows no parallel calls",
    harmless: (value) => value === true,
  },
  functions: { action: "translate", note: "The form before `tools`" },
  function_call: { action: "translate", note: "The form before `tool_choice`" },
  web_search_options: { action: "translate", note: "Becomes the tool `web_search`" },
  reasoning: {
    action: "translate",
    note: "`effort` and `summary`; OpenRouter's `enabled`, `exclude` and `max_tokens`",
  },
  include_reasoning: { action: "translate", note: "false is `reasoning.exclude`" },
  enable_thinking: { action: "translate", note: "false becomes effort `none`" },
  thinking: {
    action: "translate",
    note: "`disabled` becomes effort `none`, a budget the effort that fits it",
  },
  response_format: { action: "translate", note: "Becomes `text.format`" },
  verbosity: { action: "translate", note: "Becomes `text.verbosity`" },
  system: { action: "translate", note: "Text or text blocks; stands with `instructions`" },
  text: { action: "forward", note: "`format` and `verbosity`" },
  include: { action: "translate", note: "`reasoning.encrypted_content` is always asked for" },
  store: { action: "emulate", note: "The backend stores nothing; ccproxy does" },
  metadata: { action: "ignore", note: "Repeated in Responses objects, never sent to the backend" },
  top_logprobs: {
    action: "refuse",
    note: "The backend gives none",
    harmless: (value) => value === 0,
    needed: "0: the backend gives no log probabilities",
  },
  modalities: {
    action: "refuse",
    note: "Text only",
    harmless: (value) => Array.isArray(value) && value.every((modality) => modality === "text"),
    needed: '["text"]: the backend answers in text only',
  },
  audio: { action: "refuse", note: "Text only", needed: "left out: the backend answers in text only" },
};

/** Parameters of the two older APIs, Chat Completions and Completions: a Responses stream is not cut at a text. */
export const CHAT_AND_COMPLETIONS: ParameterTable = {
  stream_options: { action: "emulate", note: "`include_usage` adds the usage chunk" },
  stop: { action: "emulate", note: "The answer is cut at the text; up to 4" },
};
