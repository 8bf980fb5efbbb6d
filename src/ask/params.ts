import type { JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";

/**
 * What can become of a request parameter (behaviour.md#parameters). The tables are the dialects' own, `params.ts` in
 * each folder: request reading and the page of parameters come from them.
 */

/** What happens to a parameter. */
export type ParamAction =
  /** sent to the backend as it is */
  | "forward"
  /** sent in other words, or with other values */
  | "translate"
  /** done by ccproxy itself */
  | "emulate"
  /** has no effect; named in `x-ccproxy-ignored-params` */
  | "ignore"
  /** 400: the answer would silently mean something else */
  | "refuse";

/** What becomes of one parameter. */
export type ParamRow =
  & {
    /** what happens and why, for the page of parameters */
    readonly note: string;
    /** values that ask for nothing beyond the default: neither reported nor refused */
    readonly harmless?: (value: unknown) => boolean;
  }
  & ({
    readonly action: Exclude<ParamAction, "refuse">;
    /** values that can be honoured; any other one is ignored and reported */
    readonly takes?: (value: unknown) => boolean;
  } | {
    readonly action: "refuse";
    /** what is needed instead */
    readonly needed: string;
  });

/** The parameters of a dialect by name, in the order of its page. */
export type ParameterTable = Readonly<Record<string, ParamRow>>;

/** Why a parameter has no effect, where there is no more to say. */
export const NOT_ACCEPTED = "The backend refuses it, so it cannot be honoured";

/** The setting `codex.unsupported_params`. */
export type UnsupportedParams = "ignore" | "propagate" | "block";

/** The parameters of one route of the program. */
export interface RouteParameters {
  /** as a client calls it: `/chat/completions` */
  readonly path: string;
  readonly table: ParameterTable;
}

/**
 * Sorts out the parameters of a body that nothing else reads: refuses, ignores or propagates them.
 *
 * One that means something on another route, and nothing here, is refused whatever the mode: without it the answer
 * would mean something else. One that no row knows is treated as one the backend does not know either.
 *
 * @param routes every route, this one among them
 * @returns `ignored` in the order of the body, `propagated` as key and value
 * @throws Problem unsupported_parameter for a refused one, and for every one under "block"
 */
export function sortParams(
  body: JsonObject,
  table: ParameterTable,
  routes: readonly RouteParameters[],
  mode: UnsupportedParams,
): { ignored: string[]; propagated: JsonObject } {
  const ignored: string[] = [];
  const propagated: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined || value === null) continue;
    const row = Object.hasOwn(table, name) ? table[name] : undefined;
    if (row === undefined) refuseForeign(name, value, table, routes);
    if (row?.harmless?.(value) === true) continue;
    if (row?.action === "refuse") {
      const found = typeof value === "object" ? "an object or array" : JSON.stringify(value);
      throw new Problem("unsupported_parameter", `"${name}" must be ${row.needed}; found ${found}`, {
        param: name,
      });
    }
    if (row !== undefined && row.action !== "ignore" && row.takes?.(value) !== false) continue;
    if (mode === "propagate") propagated[name] = value;
    else ignored.push(name);
  }
  if (mode === "block" && ignored.length > 0) {
    throw new Problem(
      "unsupported_parameter",
      `the ChatGPT backend does not accept ${ignored.map((name) => `"${name}"`).join(", ")}`,
      {
        param: ignored[0],
        hint: 'Leave them out, or run "ccproxy codex set --ignore-unsupported-params" to have them ignored',
      },
    );
  }
  return { ignored, propagated };
}

/** @throws Problem unsupported_parameter for a parameter that other routes act on */
function refuseForeign(
  name: string,
  value: unknown,
  table: ParameterTable,
  routes: readonly RouteParameters[],
): void {
  if (asksNothing(value)) return;
  const rows = routes.flatMap(({ path, table: other }) => {
    const row = Object.hasOwn(other, name) ? other[name] : undefined;
    return row === undefined ? [] : [{ path, row }];
  });
  if (rows.some(({ row }) => row.harmless?.(value) === true)) return;
  const acting = rows.filter(({ row }) => row.action !== "ignore");
  const own = routes.find((route) => route.table === table)?.path ?? "this route";
  const served = acting.filter(({ row }) => row.action !== "refuse").map(({ path }) => `POST ${path}`);
  if (served.length > 0) {
    throw new Problem(
      "unsupported_parameter",
      `"${name}" is a parameter of ${served.join(" and ")}, not of POST ${own}`,
      { param: name, hint: `Send the request there, or leave "${name}" out` },
    );
  }
  for (const { row } of acting) {
    if (row.action === "refuse") {
      throw new Problem("unsupported_parameter", `"${name}" must be ${row.needed}`, { param: name });
    }
  }
}

/** True for a value that asks for nothing where its parameter has no meaning. */
function asksNothing(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === false || value === "";
}
