import { Problem } from "../problem.ts";

/**
 * A failure of an engine as a problem that says which and why.
 *
 * @param where the file or the address, without a password
 */
export function storeProblem(where: string, error: unknown, hint?: string): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Problem("memory_unavailable", `${where}: ${reason}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
