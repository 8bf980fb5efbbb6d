import type { JsonObject } from "../wire/json.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import type { ContextEdit } from "./edit_context.ts";
import type { NameMap } from "./names.ts";
import type { UnsupportedParams } from "./params.ts";

/** Front ends of the program. */
export type DialectName = "chat" | "responses" | "messages" | "completions";

/** How the reasoning of a model reaches a chat client (`codex.reasoning_output`). */
export type ReasoningOutput = "tags" | "field" | "both" | "none";

/** Settings that bear on reading a request. */
export interface ReadSettings {
  readonly unsupportedParams: UnsupportedParams;
  readonly reasoningOutput: ReasoningOutput;
  /** the request is counted, not sent: it may end in the middle of the assistant's turn */
  readonly onlyCounts?: boolean;
}

/** Parameters that are sent as they were read; what is undefined is not sent. */
export type SentParameters = {
  readonly [Key in Exclude<keyof Ask, SettledKey>]?: Ask[Key] | undefined;
};

/** Keys of an ask that composing decides. */
type SettledKey =
  | ("model" | "instructions" | "input" | "tools" | "tool_choice" | "parallel_tool_calls" | "reasoning")
  | ("store" | "stream" | "include" | "prompt_cache_key");

/**
 * A client's request, read and checked, in the words of the Responses API, before model, instructions and memory are
 * settled. A new value: the client's body is never changed.
 */
export interface Draft {
  /** as the client named it; undefined when it named none */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** the `instructions` of a Responses body */
  readonly clientInstructions: string | undefined;
  /** messages have roles user, assistant and developer; system text is a developer message at its place */
  readonly input: readonly InputItem[];
  /** what of the conversation is left out when it is sent; undefined when the client did not speak of it */
  readonly edits: readonly ContextEdit[] | undefined;
  /** the conversation is compacted by these items behind it, and the answer goes on from there */
  readonly compactsFirst: readonly InputItem[] | undefined;
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolChoice: unknown;
  readonly parallelToolCalls: boolean | undefined;
  readonly effort: string | undefined;
  readonly summary: string | undefined;
  readonly include: readonly string[];
  readonly promptCacheKey: string | undefined;
  readonly sent: SentParameters;
  /** parameters that have no effect, named in `x-ccproxy-ignored-params` */
  readonly ignored: readonly string[];
  /** parameters forwarded as they are (`codex.unsupported_params = "propagate"`) */
  readonly propagated: JsonObject;
  readonly memory: MemoryWish;
  readonly want: Want;
}

/** What the client says about remembering. */
export interface MemoryWish {
  /** undefined when the client did not say */
  readonly store: boolean | undefined;
  readonly previousResponseId: string | undefined;
  /** id of a conversation */
  readonly conversation: string | undefined;
  readonly background: boolean;
}

/** What the answer has to look like; nothing of it is sent upstream. */
export interface Want {
  /** a usage chunk at the end of a chat stream */
  readonly includeUsage: boolean;
  /** JSON was asked for: nothing may stand in front of it */
  readonly jsonFormat: boolean;
  /** texts at which the answer is cut; at most 4 */
  readonly stop: readonly string[];
  readonly maxOutputTokens: number | undefined;
  readonly names: NameMap;
  /** arguments of calls have to be a JSON object: the dialect has no form for any other text */
  readonly objectArguments: boolean;
  /** the answer is to be a compaction, and nothing else will do */
  readonly compacts: boolean;
  /** the client used `functions`, the form before `tools` */
  readonly legacyFunctions: boolean;
  readonly reasoningOutput: ReasoningOutput;
  /** the response with which the use of the prompt cache is to be compared */
  readonly comparedResponse: string | undefined;
  /** parameters that the answer repeats, as the client gave them: a Responses object's, or the prompt */
  readonly echo: JsonObject;
}

/** What a draft holds where its client said nothing: a dialect puts what it reads in place of it. */
export const UNSAID = {
  clientInstructions: undefined,
  edits: undefined,
  compactsFirst: undefined,
  tools: undefined,
  toolChoice: undefined,
  parallelToolCalls: undefined,
  effort: undefined,
  summary: undefined,
  include: [],
  promptCacheKey: undefined,
  sent: {},
  memory: { store: undefined, previousResponseId: undefined, conversation: undefined, background: false },
} as const satisfies Partial<Draft>;

/** What the answer looks like where its client said nothing. */
export const UNSAID_WANT = {
  includeUsage: false,
  jsonFormat: false,
  stop: [],
  maxOutputTokens: undefined,
  objectArguments: false,
  compacts: false,
  legacyFunctions: false,
  comparedResponse: undefined,
  echo: {},
} as const satisfies Partial<Want>;
