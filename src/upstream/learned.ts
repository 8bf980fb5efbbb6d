import { isRecord, numberAt, parseJson } from "../wire/json.ts";

/**
 * Parameters that the backend refused for a model although they should work, so that the next request does not fail
 * first. Only what `mend` may leave out is ever learned (retry.ts), and it is forgotten after a day: backends change
 * their mind.
 */
export interface LearnedParameters {
  /** The parameters to leave out for a model, as far as they are still believed. */
  for(model: string): readonly string[];
  learn(model: string, parameter: string): void;
  /** Everything in force, for `ccproxy codex info`. */
  list(): readonly LearnedParameter[];
}

/** One learned fact. */
export interface LearnedParameter {
  readonly model: string;
  readonly parameter: string;
  readonly untilMs: number;
}

const KEPT_MS = 24 * 60 * 60 * 1000;
const LIMIT = 200;

/**
 * @param saved what `save` was last given, as JSON text; anything unreadable counts as nothing
 * @param save keeps the text; never throws
 */
export function createLearned(
  saved: string | undefined,
  save: (text: string) => void,
  nowMs: () => number,
): LearnedParameters {
  let facts = readFacts(saved);
  const inForce = () => facts.filter(({ untilMs }) => untilMs > nowMs());
  return {
    for: (model) => inForce().filter((fact) => fact.model === model).map(({ parameter }) => parameter),
    learn(model, parameter) {
      const others = inForce().filter((fact) => fact.model !== model || fact.parameter !== parameter);
      facts = [...others, { model, parameter, untilMs: nowMs() + KEPT_MS }].slice(-LIMIT);
      save(JSON.stringify(facts));
    },
    list: inForce,
  };
}

function readFacts(text: string | undefined): LearnedParameter[] {
  const value = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    if (!isRecord(entry)) return [];
    const { model, parameter } = entry;
    const untilMs = numberAt(entry, "untilMs");
    return typeof model === "string" && typeof parameter === "string" && untilMs !== undefined
      ? [{ model, parameter, untilMs }]
      : [];
  });
}
