/**
 * Realistic event sequences of `POST /responses` (backend.md#stream-events), ready for `{ events: … }` of a script.
 *
 * Every event carries `sequence_number`; deltas carry `item_id`, `output_index`, `logprobs` and `obfuscation`. As the
 * backend does since 2026-04, `response.completed` has an empty `output` unless `output: "full"` is asked for.
 */
import { outputItem, type OutputPart, partEvents } from "./answer_parts.ts";
import type { EventStep } from "./script.ts";

/** What the sequences have in common. */
export interface AnswerOptions {
  readonly model?: string;
  /** makes the ids of this answer different from those of another; "1" by default */
  readonly seed?: string;
  /** adds `codex.rate_limits`, `response.metadata`, `codex.response.metadata` and `keepalive` frames */
  readonly vendorFrames?: boolean;
  /** `output` of the terminal event; "empty" by default */
  readonly output?: "empty" | "full";
  /** lifecycle events with only the keys that the backend is certain to send */
  readonly sparse?: boolean;
  /** token counts; `null` sends none */
  readonly usage?: FakeUsage | null;
  /** interleaves the deltas of all parts instead of one part after the other */
  readonly interleave?: boolean;
  /** more keys of the response object */
  readonly response?: Record<string, unknown>;
}

/** Token counts of {@linkcode AnswerOptions}. */
export interface FakeUsage {
  readonly inputTokens: number;
  readonly cachedTokens?: number;
  readonly outputTokens: number;
  readonly reasoningTokens?: number;
}

/** How an answer ends. */
export type Ending =
  | { readonly type: "completed" }
  | { readonly type: "incomplete"; readonly reason: string }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/** A call that the model makes. */
export interface FakeCall {
  readonly name: string;
  /** JSON text, or the pieces in which it is streamed */
  readonly arguments: string | readonly string[];
  readonly callId?: string;
  readonly namespace?: string;
}

/** The sequence for these outputs, from `response.created` to the terminal event. */
export function answerEvents(
  parts: readonly OutputPart[],
  options: AnswerOptions = {},
  ending: Ending = { type: "completed" },
): EventStep[] {
  const seed = options.seed ?? "1";
  const base = { id: `resp_fake${seed.padStart(32, "0")}`, object: "response", created_at: 1_795_000_000 };
  const object = (status: string, more: Record<string, unknown>) => ({
    ...base,
    ...(options.sparse ? {} : RESPONSE_KEYS),
    status,
    model: options.model ?? "gpt-5.5",
    ...options.response,
    ...more,
  });
  const started = object("in_progress", { output: [] });
  const vendor = options.vendorFrames ?? false;
  const groups = parts.map((part, index) => partEvents(part, index, seed));
  const middle = options.interleave
    ? [
      ...groups.flatMap((group) => group.opening),
      ...roundRobin(groups.map((group) => group.deltas)),
      ...groups.flatMap((group) => group.closing),
    ]
    : groups.flatMap((group) => [...group.opening, ...group.deltas, ...group.closing]);
  const output = options.output === "full" ? parts.map((part, index) => outputItem(part, index, seed)) : [];
  const events: EventStep[] = [
    ...(vendor ? [RATE_LIMITS_EVENT] : []),
    { type: "response.created", response: started },
    { type: "response.in_progress", response: started },
    ...(vendor ? [METADATA_EVENT, { type: "keepalive" }] : []),
    ...middle,
    ...(vendor
      ? [{ type: "codex.response.metadata", headers: { "openai-model": options.model ?? "gpt-5.5" } }]
      : []),
    terminalEvent(object, ending, output, usageObject(options.usage)),
  ];
  return events.map((event, index) =>
    event.type.startsWith("codex.") || event.type === "response.metadata" ? event : withNumber(event, index)
  );
}

/** A message; each word is one delta. */
export function textAnswer(words: readonly string[], options: AnswerOptions = {}): EventStep[] {
  return answerEvents([{ type: "text", words }], options);
}

/** A reasoning item with this summary (each entry is one summary part, streamed in words), then a message. */
export function reasoningAnswer(
  summary: readonly string[],
  words: readonly string[],
  options: AnswerOptions = {},
): EventStep[] {
  const usage = { inputTokens: 20, outputTokens: 40, reasoningTokens: 32 };
  return answerEvents([{ type: "reasoning", summary }, { type: "text", words }], { usage, ...options });
}

/** Function calls, one after the other; `parallel` interleaves their argument deltas. */
export function toolCallAnswer(
  calls: readonly FakeCall[],
  options: AnswerOptions & { readonly parallel?: boolean } = {},
): EventStep[] {
  const parts = calls.map((call): OutputPart => ({ type: "call", ...call }));
  return answerEvents(parts, { ...options, interleave: options.parallel ?? false });
}

/** A call of a custom (free-form) tool; the input is streamed in these pieces. */
export function customToolAnswer(
  name: string,
  input: readonly string[],
  options: AnswerOptions = {},
): EventStep[] {
  return answerEvents([{ type: "custom_call", name, input }], options);
}

/** A refusal instead of text. */
export function refusalAnswer(words: readonly string[], options: AnswerOptions = {}): EventStep[] {
  return answerEvents([{ type: "refusal", words }], options);
}

/** Text that ends with `response.incomplete`; reason `max_output_tokens` or `content_filter`. */
export function incompleteAnswer(
  words: readonly string[],
  reason = "max_output_tokens",
  options: AnswerOptions = {},
): EventStep[] {
  return answerEvents([{ type: "text", words, unfinished: true }], options, { type: "incomplete", reason });
}

/** Text (or none) that ends with `response.failed`. */
export function failedAnswer(
  code: string,
  message: string,
  words: readonly string[] = [],
  options: AnswerOptions = {},
): EventStep[] {
  const parts: OutputPart[] = words.length === 0 ? [] : [{ type: "text", words, unfinished: true }];
  return answerEvents(parts, options, { type: "failed", code, message });
}

/** The `error` event alone, nested as newer backends send it or flat. */
export function errorEvent(code: string, message: string, shape: "nested" | "flat" = "nested"): EventStep {
  const error = { type: "invalid_request_error", code, message, param: null };
  return shape === "nested"
    ? { type: "error", error, sequence_number: 2 }
    : { type: "error", code, message, param: null, sequence_number: 2 };
}

/** An image_generation_call with a result (base64), then a message when there are words. */
export function imageAnswer(
  base64: string,
  words: readonly string[] = [],
  options: AnswerOptions = {},
): EventStep[] {
  const text: OutputPart[] = words.length === 0 ? [] : [{ type: "text", words }];
  return answerEvents([{ type: "image", base64 }, ...text], options);
}

/** A web_search_call, then a message that cites one page over its whole length. */
export function webSearchAnswer(
  query: string,
  words: readonly string[],
  options: AnswerOptions & { readonly url?: string } = {},
): EventStep[] {
  const citation = {
    type: "url_citation",
    url: options.url ?? "https://example.com/page",
    title: "Example page",
    start_index: 0,
    end_index: words.join("").length,
  };
  return answerEvents(
    [{ type: "web_search", query }, { type: "text", words, annotations: [citation] }],
    options,
  );
}

function terminalEvent(
  object: (status: string, more: Record<string, unknown>) => Record<string, unknown>,
  ending: Ending,
  output: unknown[],
  usage: unknown,
): EventStep {
  switch (ending.type) {
    case "completed":
      return { type: "response.completed", response: object("completed", { output, usage, end_turn: true }) };
    case "incomplete":
      return {
        type: "response.incomplete",
        response: object("incomplete", { output, usage, incomplete_details: { reason: ending.reason } }),
      };
    case "failed":
      return {
        type: "response.failed",
        response: object("failed", {
          output,
          usage: null,
          error: { code: ending.code, message: ending.message },
        }),
      };
  }
}

function usageObject(usage: FakeUsage | null | undefined): unknown {
  if (usage === null) return null;
  const { inputTokens, cachedTokens = 0, outputTokens, reasoningTokens = 0 } = usage ??
    { inputTokens: 11, outputTokens: 7 };
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

function withNumber(event: EventStep, sequenceNumber: number): EventStep {
  return { ...event, sequence_number: sequenceNumber };
}

function roundRobin(lists: readonly (readonly EventStep[])[]): EventStep[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat();
}

/** The keys of a response object that say nothing in these tests. */
const RESPONSE_KEYS = {
  background: false,
  error: null,
  incomplete_details: null,
  instructions: "",
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  prompt_cache_retention: null,
  reasoning: { effort: "medium", summary: null },
  safety_identifier: null,
  service_tier: "auto",
  store: false,
  temperature: 1,
  text: { format: { type: "text" }, verbosity: "medium" },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
  usage: null,
  user: null,
};

const RATE_LIMITS_EVENT: EventStep = {
  type: "codex.rate_limits",
  plan_type: "plus",
  rate_limits: {
    allowed: true,
    limit_reached: false,
    primary: { used_percent: 12, window_minutes: 300, reset_after_seconds: 9000, reset_at: 1_795_009_000 },
    secondary: {
      used_percent: 34,
      window_minutes: 10080,
      reset_after_seconds: 300_000,
      reset_at: 1_795_300_000,
    },
  },
  code_review_rate_limits: null,
  additional_rate_limits: null,
  credits: { has_credits: false, unlimited: false, balance: null },
  promo: null,
};

const METADATA_EVENT: EventStep = {
  type: "response.metadata",
  metadata: { openai_verification_recommendation: [], openai_chatgpt_moderation_metadata: null },
};
