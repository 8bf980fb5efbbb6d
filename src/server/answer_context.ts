import { countInput } from "../ask/count_input.ts";
import type { AnswerContext } from "../dialects/dialect.ts";
import type { Ask } from "../wire/responses.ts";
import type { Call } from "./call.ts";
import type { BegunTurn, ExchangeParts } from "./exchange.ts";

/** What the texts of an answer are made from. */
export function contextOf(
  parts: Pick<
    ExchangeParts,
    "newId" | "nowMs" | "nameModel" | "onUnknownEvent" | "onUnreadableEvent" | "cacheDoctor"
  >,
  { settings, note, caller }: Call,
  { draft, model, edited }: BegunTurn,
  { ask, onBackendEvent }: {
    readonly ask: Ask;
    readonly onBackendEvent: (type: string, data: string) => void;
  },
): AnswerContext {
  const { comparedResponse } = draft.want;
  return {
    id: parts.newId(),
    created: Math.floor(parts.nowMs() / 1000),
    model: parts.nameModel(draft.model, model.slug),
    want: draft.want,
    appliedEdits: draft.edits === undefined ? undefined : edited.applied,
    ...comparedResponse === undefined ? {} : {
      diagnoseCache: (usage) => parts.cacheDoctor.diagnose(caller.owner, comparedResponse, ask, usage),
    },
    nowMs: parts.nowMs,
    inputTokens: () => countInput(ask),
    eventLimitBytes: settings["limits.event_limit_mb"] * 1024 * 1024,
    onUnknownEvent: (type, data) => {
      parts.onUnknownEvent(type);
      onBackendEvent(type, data);
    },
    onUnreadableEvent: (event) => parts.onUnreadableEvent(event, note),
  };
}
