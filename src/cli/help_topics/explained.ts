import { type ProblemCode, PROBLEMS } from "../../problem.ts";

/** Problems whose entry in the page of errors says more than their hint, in the order of that page. */
export const EXPLAINED = [
  "no_credentials",
  "refresh_failed",
  "plan_required",
  "session_not_found",
  "model_not_available",
  "rate_limited",
  "backend_unreachable",
] as const satisfies readonly ProblemCode[];

/** The command that prints the entry of a problem, where it says more than the hint. */
export function moreAbout(code: ProblemCode): string | undefined {
  const explained = EXPLAINED.find((candidate) => PROBLEMS[candidate].title === PROBLEMS[code].title);
  return explained === undefined ? undefined : `ccproxy help ${PROBLEMS[explained].apiCode}`;
}
