import { sha256Hex } from "../sha256.ts";
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
  /** Takes over what others have learned; of two about the same parameter the one that lasts longer counts. */
  add(others: readonly LearnedParameter[]): void;
  /** Everything in force, for `ccproxy codex info`. */
  list(): readonly LearnedParameter[];
}

/**
 * What stands for the standard lane among the parameters, when an account's request for a model was refused there and
 * taken in the lite shape (backend.md#lite-learned). Accounts differ; the id itself is nobody's business.
 */
export function standardLane(accountId: string | undefined): string {
  return `the standard lane (account ${sha256Hex(accountId ?? "").slice(0, 8)})`;
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
  let facts = readFacts(saved === undefined ? undefined : parseJson(saved));
  const inForce = () => facts.filter(({ untilMs }) => untilMs > nowMs());
  const keep = (news: readonly LearnedParameter[]) => {
    const others = inForce().filter((fact) => !news.some((one) => isSame(one, fact)));
    facts = [...others, ...news].slice(-LIMIT);
    save(JSON.stringify(facts));
  };
  return {
    for: (model) => inForce().filter((fact) => fact.model === model).map(({ parameter }) => parameter),
    learn: (model, parameter) => keep([{ model, parameter, untilMs: nowMs() + KEPT_MS }]),
    add(others) {
      const news = new Map<string, LearnedParameter>();
      for (const fact of others) {
        // The clock of another machine may be wrong, and nothing is believed for longer than a day.
        const untilMs = Math.min(fact.untilMs, nowMs() + KEPT_MS);
        const known = [...facts, ...news.values()].filter((one) => isSame(one, fact));
        const isNews = untilMs > nowMs() && known.every((one) => one.untilMs < untilMs);
        if (isNews) news.set(`${fact.model}\n${fact.parameter}`, { ...fact, untilMs });
      }
      if (news.size > 0) keep([...news.values()]);
    },
    list: inForce,
  };
}

/** The facts of a list, as they were saved; whatever is none is passed over. */
export function readFacts(value: unknown): LearnedParameter[] {
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

function isSame(left: LearnedParameter, right: LearnedParameter): boolean {
  return left.model === right.model && left.parameter === right.parameter;
}
