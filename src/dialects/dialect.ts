import type { JsonObject } from "../wire/json.ts";
import type { OutputItem, ResponsesObject, ResponsesUsage } from "../wire/responses.ts";
import type { DialectName, Draft, ReadSettings, Want } from "../ask/draft.ts";
import type { ParameterTable } from "../ask/params.ts";
import type { AnswerTranslator, TranslatorOptions } from "../answer/translator.ts";
import type { Problem } from "../problem.ts";
import type { Framing } from "./framing.ts";

/** What an answer's texts are made from. */
export interface AnswerContext extends TranslatorOptions {
  /** unique for the answer; dialects put their own prefix in front */
  readonly id: string;
  /** Unix time in seconds */
  readonly created: number;
  /** as the client named it */
  readonly model: string;
  readonly want: Want;
  /** what was left out of the conversation, as {@linkcode Edited.applied}; undefined when the client did not ask */
  readonly appliedEdits?: readonly JsonObject[] | undefined;
  /** the conversation was compacted for this answer: the item, and what that cost */
  readonly compacted?: Compacted | undefined;
  /** `prompt_cache_diagnostics` of the answer, where the client asked for it */
  readonly diagnoseCache?: (usage: ResponsesUsage | undefined) => JsonObject;
}

/** A compaction that was made right before an answer. */
export interface Compacted {
  readonly item: OutputItem;
  readonly usage: ResponsesUsage | null | undefined;
}

/**
 * A front end: how its requests become asks, and how answers and errors become its own. Pure; one value per dialect.
 * Whatever the rest of the program does for one front end and not for another is a member here: no other file asks
 * for a dialect's name.
 */
export interface Dialect {
  /** for the log and for the folder of a recording */
  readonly name: DialectName;
  /** names of models that mean another one here, unless `codex.model_aliases` says otherwise */
  readonly aliases?: Readonly<Record<string, string>>;
  /** in front of a model's name: that model under a name of the dialect's own, which pickers of its clients show */
  readonly modelPrefix?: string;
  /** its clients know no routes for pictures and speech, so that their lists leave such models out */
  readonly onlyText?: true;
  /** the header in which its clients name the conversation that a request belongs to, for the prompt cache */
  readonly conversationHeader?: string;
  /** its parameters, and what becomes of each */
  readonly parameters: ParameterTable;
  /** True for the headers of a client that reads this dialect's errors wherever it asks. */
  isClient?(headers: Headers): boolean;
  /** @throws Problem naming the parameter */
  readRequest(body: JsonObject, settings: ReadSettings): Draft;
  /** For an answer that is streamed. */
  createTranslator(context: AnswerContext): AnswerTranslator;
  /** For an answer that is not. */
  writeAnswer(response: ResponsesObject, context: AnswerContext): JsonObject;
  /** The body of every status from 400. @param requestId left out where none is known */
  writeProblem(problem: Problem, requestId?: string): JsonObject;
  /** how its streams look on the wire */
  readonly framing: Framing;
  /** Headers of each of its answers, in addition to `x-request-id`; without it, none. */
  responseHeaders?(requestId: string): Readonly<Record<string, string>>;
  /** the lane of its streams, as the log names it */
  readonly streamLane: "filtered" | "translated";
  /** it is what the backend speaks itself: the stream of a Codex client passes untouched, in both directions */
  readonly passesOn: boolean;
  /** a client may ask for an answer by its id afterwards, so that what it was told is remembered */
  readonly storesResponses: boolean;
  /** how its clients go on from an answer that they name by its id; without it, they cannot */
  readonly threads?: ThreadForm;
}

/** What a request wants of a thread: to begin one, or to go on from an answer. */
export type ThreadWish = { readonly kind: "create" } | {
  readonly kind: "continue";
  readonly previous: string;
};

/** What is kept of a thread, in the words of its dialect. */
export interface KeptThread {
  /** what it was created with, and what every later request of it has too */
  readonly fixed: JsonObject;
  readonly messages: readonly unknown[];
}

/** The threads of a dialect: conversations that the client leaves here, in the dialect's own words. */
export interface ThreadForm {
  /** undefined for a request without a thread. @throws Problem bad_request */
  read(body: JsonObject): ThreadWish | undefined;
  /** What of a request is kept. */
  kept(body: JsonObject): KeptThread;
  /** The whole request: what is kept, then what it brings. @throws Problem thread_mismatch, bad_request */
  join(body: JsonObject, kept: KeptThread): JsonObject;
  /** An answer as the message that a client would send back. */
  toMessage(answer: JsonObject): JsonObject;
}
