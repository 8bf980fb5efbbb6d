import type { JsonObject } from "../wire/json.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import { type AnswerSteps, type Place, textOf } from "./steps.ts";
import { firstStop, heldLength, shortestStart } from "./stop_texts.ts";

/** Where an answer is cut, which the backend does not know how to do (behaviour.md#emulated-limits). */
export interface AnswerLimits {
  /** texts at which the answer is cut; at most 4 */
  readonly stop: readonly string[];
  readonly maxOutputTokens: number | undefined;
}

/** True when a request asks for any of the two. */
export function isLimited(limits: AnswerLimits): boolean {
  return limits.stop.length > 0 || limits.maxOutputTokens !== undefined;
}

/**
 * The same steps, cut where the limits say so; what follows a cut is left out.
 *
 * - `stop`: text is cut in front of the first stop text, also when that is spread over pieces; what may be the
 *   beginning of one is held back until it is certain. Any other step in between ends the comparison. The answer is
 *   then complete, as if the model had ended there.
 * - `maxOutputTokens`: a delta carries at least one token, so when one more arrives after that many, the limit is
 *   certainly reached: never early. The answer is then incomplete with reason `max_output_tokens`.
 *
 * @param inputTokens an estimate of the input, for the usage of an answer whose own the backend never sent
 */
export function limitSteps(next: AnswerSteps, limits: AnswerLimits, inputTokens: () => number): AnswerSteps {
  const { stop, maxOutputTokens = Infinity } = limits;
  let response: JsonObject = {};
  let tokens = 0;
  let isCut = false;
  /** text that may be the beginning of a stop text, and where it belongs */
  let held = "";
  let heldAt: Place | undefined;

  /** The text that was held back turned out to be no stop text. */
  function flush(): string {
    const [at, text] = [heldAt, held];
    held = "";
    heldAt = undefined;
    return at === undefined || text === "" ? "" : next.text(at, JSON.stringify(text));
  }

  function end(status: "completed" | "incomplete", why: JsonObject): string {
    isCut = true;
    const whole: ResponsesObject = {
      ...response,
      id: typeof response["id"] === "string" ? response["id"] : "",
      status,
      output: [],
      incomplete_details: null,
      ...why,
      usage: cutUsage(inputTokens(), tokens),
    };
    return next.finished(whole);
  }

  function endAtLimit(): string {
    return end("incomplete", { incomplete_details: { reason: "max_output_tokens" } });
  }

  /** Text as far as it is certain to hold no stop text; the end of the answer where it does. */
  function search(at: Place, literal: string): string {
    const before = heldAt === at ? "" : flush();
    const text = held + textOf(literal);
    const found = firstStop(text, stop);
    const certain = text.slice(0, found ?? text.length - heldLength(text, stop));
    if (found === undefined && held === "" && certain === text) return before + next.text(at, literal);
    const told = certain === "" ? "" : next.text(at, JSON.stringify(certain));
    heldAt = at;
    held = text.slice(certain.length);
    if (found === undefined) return before + told;
    // `stop_sequence` is ours: Messages answers repeat it.
    return before + told + end("completed", { stop_sequence: shortestStart(held, stop) });
  }

  /** A step that nothing is looked for in. */
  function step(write: () => string): string {
    return isCut ? "" : flush() + write();
  }

  return {
    opened(opening) {
      response = opening;
      return next.opened(opening);
    },
    // Nothing begins where there is room for no token: what was announced would be told as begun.
    announced: (outputIndex, item) =>
      step(() => maxOutputTokens === 0 ? "" : next.announced(outputIndex, item)),
    token() {
      if (isCut) return "";
      if (tokens >= maxOutputTokens) {
        return flush() + endAtLimit();
      }
      tokens++;
      return "";
    },
    text(at, literal) {
      if (isCut) return "";
      return stop.length === 0 ? next.text(at, literal) : search(at, literal);
    },
    refusal: (at, literal) => step(() => next.refusal(at, literal)),
    // Summaries of reasoning are no output of the model: they are written next to it.
    reasoning: (at, literal) => isCut ? "" : next.reasoning(at, literal),
    callStarted(outputIndex, call) {
      // A name is a token too, for a limit that leaves room for none.
      return maxOutputTokens === 0 && !isCut
        ? flush() + endAtLimit()
        : step(() => next.callStarted(outputIndex, call));
    },
    callPiece: (outputIndex, kind, literal) => step(() => next.callPiece(outputIndex, kind, literal)),
    annotation: (at, annotation) => isCut ? "" : next.annotation(at, annotation),
    itemDone: (outputIndex, item) => step(() => next.itemDone(outputIndex, item)),
    finished: (whole) => step(() => next.finished(whole)),
    failed: (problem) => step(() => next.failed(problem)),
  };
}

/**
 * Usage of an answer that was cut: what is certain, before the backend sent a count.
 *
 * @param input an estimate, in tokens
 */
export function cutUsage(input: number, output: number): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}
