import { isRecord, parseJson } from "../wire/json.ts";
import { eventType, PUBLIC_EVENTS } from "../wire/responses_events.ts";
import { Problem } from "../problem.ts";

/** An event that was left out because nobody can read it. */
export interface UnreadableEvent {
  /** its type, from its text or the stream's `event` line; "" when neither says one */
  readonly type: string;
  /** characters of its data */
  readonly length: number;
  /** what it may have brought is missing, so that the answer ends with this */
  readonly problem: Problem | undefined;
}

/** Who hears of events that nothing is made of. */
export interface EventHooks {
  /** told the type of each event that is not of the public API, and its JSON text */
  readonly onUnknownEvent?: ((type: string, data: string) => void) | undefined;
  /** told each event that is no JSON object with a type */
  readonly onUnreadableEvent?: ((event: UnreadableEvent) => void) | undefined;
}

/**
 * Judges an event that is no JSON object with a text `type`, or is broken inside.
 *
 * An event of the public API may have brought text, a call or the end, and an answer with a gap must not look whole:
 * it is an error. So is one that begins as an object and ends somewhere, since it may have been any of them. What is
 * certainly none, a `[DONE]`, a word of a gateway, an event of the vendor's own, is only counted.
 *
 * @param name of the stream's `event` line, "" without one
 */
export function judgeUnreadable(data: string, name: string): UnreadableEvent {
  const type = eventType(data) || name;
  const mayMatter = type === ""
    ? data.trimStart().startsWith("{") && !isRecord(parseJson(data))
    : PUBLIC_EVENTS.has(type);
  const shown = type === "" ? "an event" : `the event ${JSON.stringify(type.slice(0, 80))}`;
  return {
    type,
    length: data.length,
    problem: mayMatter
      ? new Problem("answer_damaged", `${shown} of ${data.length} characters cannot be read`)
      : undefined,
  };
}

/** A cheap look at both ends: false for an event that was cut, or is no JSON object. It costs 20 ns. */
export function seemsWhole(data: string): boolean {
  return (data.startsWith("{") ? data : data.trimStart()).startsWith("{") && data.trimEnd().endsWith("}");
}
