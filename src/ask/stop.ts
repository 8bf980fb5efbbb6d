import { Problem } from "../problem.ts";
import { badField } from "./fields.ts";

/** OpenAI's limit for `stop`. */
const STOP_LIMIT = 4;

/** `stop` of OpenAI's APIs: nothing, a text, or up to four. @throws Problem bad_request */
export function readStop(stop: unknown): string[] {
  const texts = readStopTexts(typeof stop === "string" ? [stop] : stop, "stop");
  if (texts.length > STOP_LIMIT) {
    throw new Problem("bad_request", `"stop" must have at most ${STOP_LIMIT} texts: found ${texts.length}`, {
      param: "stop",
    });
  }
  return texts;
}

/** Texts that end an answer: none, or any number in an array. @throws Problem bad_request */
export function readStopTexts(list: unknown, param: string): string[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw badField(param, list, "an array of texts");
  return list.map((entry, index) => {
    if (typeof entry === "string" && entry !== "") return entry;
    throw badField(`${param}[${index}]`, entry, "a text of at least one character");
  });
}
