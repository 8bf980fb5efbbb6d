import type { JsonObject } from "../wire/json.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import type { DialectName, Draft, ReadSettings, Want } from "../ask/draft.ts";
import type { ParameterTable } from "../ask/params.ts";
import type { AnswerTranslator, TranslatorOptions } from "../answer/translator.ts";

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
 * A front end: how its requests become asks, and how answers become its own. Pure; one value per dialect. The only
 * abstraction of the program.
 */
export interface Dialect {
  readonly name: DialectName;
  /** names of models that mean another one here, unless `codex.model_aliases` says otherwise */
  readonly aliases?: Readonly<Record<string, string>>;
  /** its parameters, and what becomes of each */
  readonly parameters: ParameterTable;
  /** @throws Problem naming the parameter */
  readRequest(body: JsonObject, settings: ReadSettings): Draft;
  /** For an answer that is streamed. */
  createTranslator(context: AnswerContext): AnswerTranslator;
  /** For an answer that is not. */
  writeAnswer(response: ResponsesObject, context: AnswerContext): JsonObject;
}
