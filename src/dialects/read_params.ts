import type { JsonObject } from "../wire/json.ts";
import type { DialectName } from "../ask/draft.ts";
import { type RouteParameters, sortParams, type UnsupportedParams } from "../ask/params.ts";
import { CHAT_PARAMETERS } from "./chat/params.ts";
import { COMPLETIONS_PARAMETERS } from "./completions/params.ts";
import { MESSAGES_PARAMETERS } from "./messages/params.ts";
import { RESPONSES_PARAMETERS } from "./responses/params.ts";

/** The parameters of every dialect, and where they belong. */
const ROUTES: Readonly<Record<DialectName, RouteParameters>> = {
  chat: { path: "/chat/completions", table: CHAT_PARAMETERS },
  responses: { path: "/responses", table: RESPONSES_PARAMETERS },
  messages: { path: "/messages", table: MESSAGES_PARAMETERS },
  completions: { path: "/completions", table: COMPLETIONS_PARAMETERS },
};

/**
 * Sorts out the parameters of a dialect's body, knowing those of all the others: one of another dialect is never
 * dropped in silence (behaviour.md#parameters). See {@linkcode sortParams}.
 *
 * @throws Problem unsupported_parameter
 */
export function readParams(
  dialect: DialectName,
  body: JsonObject,
  mode: UnsupportedParams,
): { ignored: string[]; propagated: JsonObject } {
  return readRouteParams(ROUTES[dialect], body, mode);
}

/** The same for a route that is no dialect's. @throws Problem unsupported_parameter */
export function readRouteParams(
  route: RouteParameters,
  body: JsonObject,
  mode: UnsupportedParams,
): { ignored: string[]; propagated: JsonObject } {
  return sortParams(body, route.table, [route, ...Object.values(ROUTES)], mode);
}
