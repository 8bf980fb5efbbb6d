import type { JsonObject } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import type { NameMap } from "./names.ts";

/** Front ends of the program. */
export type DialectName = "chat" | "responses" | "messages" | "completions";

/** How the reasoning of a model reaches a chat client (`codex.reasoning_output`). */
export type ReasoningOutput = "tags" | "field" | "both" | "none";

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
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolChoice: unknown;
  readonly parallelToolCalls: boolean | undefined;
  readonly effort: string | undefined;
  readonly summary: string | undefined;
  /** `text` of the request: format and verbosity */
  readonly text: JsonObject | undefined;
  readonly include: readonly string[];
  readonly promptCacheKey: string | undefined;
  readonly serviceTier: string | undefined;
  readonly clientMetadata: JsonObject | undefined;
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
  /** the client used `functions`, the form before `tools` */
  readonly legacyFunctions: boolean;
  readonly reasoningOutput: ReasoningOutput;
  /** parameters that the answer repeats, as the client gave them: a Responses object's, or the prompt */
  readonly echo: JsonObject;
}
