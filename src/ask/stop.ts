import { Problem } from "../problem.ts";
import { badField } from "./fields.ts";

/** OpenAI's limit for `stop`. */
const STOP_LIMIT = 4;

/**
 * `stop` of OpenAI's APIs: nothing, a text, or up to four.
 *
 * @throws Problem bad_request
 */
export function readStop(stop: unknown): string[] {
  if (stop === undefined || stop === null) return [];
  const list = Array.isArray(stop) ? stop : [stop];
  const texts = list.map((entry, index) => {
    if (typeof entry !== "string" || entry === "") {
      throw badField(
        Array.isArray(stop) ? `stop[${index}]` : "stop",
        entry,
        "a text of at least one character",
      );
    }
    return entry;
  });
  if (texts.length > STOP_LIMIT) {
    throw new Problem("bad_request", `"stop" must have at most ${STOP_LIMIT} texts: found ${texts.length}`, {
      param: "stop",
    });
  }
  return texts;
}
