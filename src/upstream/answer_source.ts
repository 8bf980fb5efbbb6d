import type { AnswerPiece } from "../answer/translator.ts";

/** An answer on its way in, whatever carries it: the bytes of a POST (byte_reader.ts), messages (socket_source.ts). */
export interface AnswerSource {
  /**
   * The next piece; undefined at the end. Bytes are only valid until the next call: their buffer is used again. While
   * nobody asks, the backend has to wait.
   *
   * @throws Problem stream_cut when the connection broke, answer_too_large behind the limit
   */
  read(): Promise<AnswerPiece | undefined>;
  /**
   * When the answer last went on, by `performance.now()`: with a message, with the end of a line, or with some
   * kilobytes. Single bytes of a line that does not end are no progress: a backend that drips would hold a request for
   * ever.
   */
  readonly progressMs: number;
  /**
   * Reads the rest away, so that the connection can be used again; an answer that goes on for longer than `limitMs` is
   * ended, with 0 at once. Never throws.
   */
  finish(limitMs: number): void;
  /** Ends the answer at the backend; never throws, may be called at any time and more than once. */
  cancel(): void;
}
