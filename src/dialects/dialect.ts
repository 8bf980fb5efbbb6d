import type { JsonObject } from "../wire/json.ts";
import type { ResponsesObject } from "../wire/responses.ts";
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
}
