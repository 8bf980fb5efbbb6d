import { encodeLineSafe } from "../wire/line_safe.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Problem } from "../problem.ts";

/**
 * A problem as an HTTP answer in the shape of a dialect, with the headers that belong to it.
 *
 * @param hide takes the secrets out: a backend may have quoted them
 */
export function problemResponse(
  problem: Problem,
  dialect: Dialect,
  requestId: string,
  hide: (text: string) => string,
): Response {
  return new Response(encodeLineSafe(hide(JSON.stringify(dialect.writeProblem(problem, requestId)))), {
    status: problem.status,
    headers: { "content-type": "application/json", ...problem.headers },
  });
}
