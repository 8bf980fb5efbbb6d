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

/** An item larger than this is not kept, and its batch with it. */
const VALUE_LIMIT_CHARACTERS = 32 * 1024 * 1024;

/** A head or an item as text. @throws Problem memory_unavailable when it is too large */
export function encodeValue(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= VALUE_LIMIT_CHARACTERS) return text;
  throw new Problem(
    "memory_unavailable",
    `an item has ${text.length} characters; at most ${VALUE_LIMIT_CHARACTERS} are kept`,
  );
}
