import type { Problem } from "../problem.ts";
import type { JsonObject } from "../wire/json.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import type { ClientCall } from "./client_call.ts";

/** Where a piece of text belongs. Pieces of one part come with the same object, so that it can be told by identity. */
export interface Place {
  readonly outputIndex: number;
  /** of the content, or of the reasoning summary */
  readonly partIndex: number;
  /** id of the item, where the event named it */
  readonly itemId: string | undefined;
}

/**
 * What happens in an answer, once each and without gaps; every step returns the text to send for it.
 *
 * Text, refusals, reasoning and arguments arrive as pieces that together are the whole, also where the backend sends
 * them in no delta, or not whole (translation.md#t58, #t90). A call starts when its name is known
 * (translation.md#t60); a front end gets no piece of it before.
 *
 * A piece is a JSON string literal with its quotes: most go on into a client's JSON as they came out of the backend's.
 */
export interface AnswerSteps {
  /** First, unless the answer fails at once; with the response object that it was opened with. */
  opened(response: JsonObject): string;
  /** An item has begun; what it holds comes later, or never. */
  announced(outputIndex: number, item: JsonObject): string;
  /**
   * One more delta of the model's output has arrived, with at least one token in it; what it brings follows. Only for
   * who counts.
   */
  token?(): string;
  text(at: Place, literal: string): string;
  refusal(at: Place, literal: string): string;
  /** A piece of a summary; its parts are paragraphs of their own. */
  reasoning(at: Place, literal: string): string;
  callStarted(outputIndex: number, call: ClientCall): string;
  /** A piece of the arguments, or of a custom tool's input. */
  callPiece(outputIndex: number, kind: ClientCall["kind"], literal: string): string;
  annotation(at: Place, annotation: unknown): string;
  /** The item is complete, of whatever type it is. */
  itemDone(outputIndex: number, item: JsonObject): string;
  /** The answer ended well, every item with a step of its own before. */
  finished(response: ResponsesObject): string;
  /** The answer ended with an error. */
  failed(problem: Problem): string;
}

const nothing = () => "";

/** Steps that write nothing: what a whole answer is collected behind. */
export const SILENT: AnswerSteps = {
  opened: nothing,
  announced: nothing,
  text: nothing,
  refusal: nothing,
  reasoning: nothing,
  callStarted: nothing,
  callPiece: nothing,
  annotation: nothing,
  itemDone: nothing,
  finished: nothing,
  failed: nothing,
};

/** The text of a piece. */
export function textOf(literal: string): string {
  return JSON.parse(literal);
}
