import { type Bound, sizeText } from "./bounds.ts";
import { Problem } from "./problem.ts";

/** The problem of something that is larger than its bound. @param limitBytes in force, where a setting changes it */
export function tooLarge(bound: Bound, limitBytes: number = bound.bytes): Problem {
  return new Problem("answer_too_large", `${bound.what} has more than ${sizeText(limitBytes)}`, {
    hint: bound.setting === undefined
      ? "Try again later: what answered has a fault, or is not what it should be"
      : `Raise ${bound.setting} if answers may be that large`,
  });
}
