import { Problem } from "../problem.ts";

/**
 * One wish that a body may say under several names: the first that is given. Names that are given with different values
 * contradict each other, and whichever won would do so in silence.
 *
 * @param said by name, as it was read; undefined where the body does not say it
 * @throws Problem bad_request naming two that differ
 *
 * @example
 * ```ts
 * agreed([["max_completion_tokens", 100], ["max_tokens", 100]]); // 100
 * ```
 */
export function agreed<T>(said: readonly (readonly [param: string, value: T | undefined])[]): T | undefined {
  const [first, ...others] = said.filter(([, value]) => value !== undefined);
  if (first === undefined) return undefined;
  const [name, value] = first;
  const text = JSON.stringify(value);
  const other = others.find(([, found]) => JSON.stringify(found) !== text);
  if (other !== undefined) throw contradiction(name, other[0]);
  return value;
}

/** A `bad_request` for two parameters of which only one can count. */
export function contradiction(name: string, other: string): Problem {
  return new Problem("bad_request", `"${name}" and "${other}" say different things: send one of them`, {
    param: other,
  });
}
