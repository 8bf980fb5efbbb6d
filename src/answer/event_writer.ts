import type { Problem } from "../problem.ts";
import type { ResponsesObject, ResponsesUsage } from "../wire/responses.ts";

/** What a translator learned of the answer it wrote, for the log and for memory. */
export interface AnswerFacts {
  usage: ResponsesUsage | undefined;
  /** the problem the answer ended with */
  problem: Problem | undefined;
  /** the whole answer in the hub's words, once it ended well; a failed, cut or cancelled one leaves it undefined */
  response?: ResponsesObject | undefined;
}

/**
 * Turns the events of an answer, one after the other, into the text of a client's stream. Pure: the same events give
 * the same text however the bytes were split.
 */
export interface EventWriter {
  /**
   * Text for one event, given as its JSON text; "" for none. Nothing follows once {@linkcode isOver} is true.
   *
   * @param name of the stream's `event` line, for events that cannot be read
   */
  event(data: string, name?: string): string;
  /** Text that ends the stream with an error. "" when it is over already. */
  fail(problem: Problem): string;
  /** True once more than the opening of the answer was seen: from then on a failure belongs into the stream. */
  readonly hasBegun: boolean;
  /** True once the end of the answer was written. */
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
}
