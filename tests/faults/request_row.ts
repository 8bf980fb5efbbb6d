/** A faulty request, byte by byte: fetch does not let a test choose the Host, or break a chunk. */
export interface RequestRow {
  readonly fault: string;
  /** the request line and the headers, each without its line end; `PORT` is the program's */
  readonly head: readonly string[];
  /** written behind the blank line */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** the client ends its side behind the body */
  readonly leaves?: true;
  /** the status; undefined when the connection is closed without an answer */
  readonly status: number | undefined;
  readonly text?: RegExp;
  readonly never?: RegExp;
  /** `problem` of the log line; undefined when there is no line, because no request was made of it */
  readonly log?: string;
  /** requests that reach the backend; 0 by default */
  readonly asks?: number;
  readonly config?: string;
}
