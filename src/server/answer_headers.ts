import { isForced } from "../ask/lite.ts";
import type { BegunTurn } from "./exchange.ts";
import { headerList } from "./header_list.ts";
import type { RequestNote } from "./note.ts";
import { sessionIdToHeader } from "./session_id.ts";

/**
 * What ccproxy tells in the headers of an answer; asked for when they are sent, because memory may fail on the way.
 * Noted too, so that the page shows what the headers said.
 *
 * @param lite it came by the lite lane, which knows no forced choice of a tool
 * @param limits what there is to warn of in the plan's limits
 */
export function headersOf(
  { draft, model, turn }: BegunTurn,
  note: RequestNote,
  lite: boolean,
  limits: string | undefined,
): Record<string, string> {
  const warning = turn.warning();
  const ignored = lite && isForced(draft.toolChoice) ? [...draft.ignored, "tool_choice"] : draft.ignored;
  note.ignored = ignored;
  note.warnings = [warning, limits].filter((text) => text !== undefined);
  return {
    ...(turn.sessionId === undefined ? {} : { "x-session-id": sessionIdToHeader(turn.sessionId) }),
    "x-ccproxy-model": model.slug,
    ...(ignored.length === 0 ? {} : { "x-ccproxy-ignored-params": headerList(ignored) }),
    ...(warning === undefined ? {} : { "x-ccproxy-warning": warning }),
    ...(limits === undefined ? {} : { "x-ccproxy-limit-warning": limits }),
  };
}
