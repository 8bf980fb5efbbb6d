import { Problem } from "../../src/problem.ts";

/** The message of the Problem that `action` throws; "no problem" when it throws none. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.message;
    throw thrown;
  }
  return "no problem";
}

/** {@linkcode messageOf} for an action that takes time. */
export async function messageOfAsync(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.message;
    throw thrown;
  }
  return "no problem";
}
