import { type Problem, toProblem } from "../problem.ts";
import { SSE } from "../dialects/framing.ts";
import { encodeLineSafe } from "../wire/line_safe.ts";
import type { Call } from "./call.ts";
import { everyTick } from "./ticker.ts";

/** What an answer that takes a minute is handed over with. */
export interface LateForm {
  readonly headers: Readonly<Record<string, string>>;
  /** sent while there is nothing else */
  readonly keepAlive: string;
  /** the status line waits this long, in milliseconds, for an answer or a refusal */
  readonly handOverMs: number;
  /** a failure after that */
  readonly writeFailure: (problem: Problem) => string;
  /** the connection breaks behind the failure, because the form has no other way to say that it is none */
  readonly breaks: boolean;
}

/**
 * A JSON answer. White space may stand in front of it (RFC 8259, 2). Most refusals come within the wait and keep their
 * status; what fails later has sent the status 200, so that the connection breaks behind the error.
 */
export const LATE_JSON: Omit<LateForm, "writeFailure"> = {
  headers: { "content-type": "application/json" },
  keepAlive: "\n",
  handOverMs: 15_000,
  breaks: true,
};

/** A stream of events, which has a word for failures. */
export const LATE_EVENTS: Omit<LateForm, "writeFailure"> = {
  headers: SSE.headers,
  keepAlive: new TextDecoder().decode(SSE.keepAlive),
  handOverMs: 1000,
  breaks: false,
};

/**
 * Answers with what takes long to make: headers early, signs of life until it is there. A client that leaves ends the
 * work by the signal.
 *
 * @param make gives the text pieces of the answer in their order; `write` sends one before the end
 * @throws Problem when the work fails before the answer was handed over
 */
export async function replyLate(
  { request, settings, note }: Call,
  form: LateForm,
  headers: Readonly<Record<string, string>>,
  make: (signal: AbortSignal, write: (text: string) => void) => Promise<string>,
): Promise<Response> {
  const departure = new AbortController();
  const pieces: string[] = [];
  let send = (text: string) => void pieces.push(text);
  const work = make(AbortSignal.any([request.signal, departure.signal]), (text) => send(text));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(resolve, form.handOverMs, undefined));
  const answered = { headers: { ...form.headers, ...headers } };
  try {
    const text = await Promise.race([work, late]);
    if (text !== undefined) return new Response(encodeLineSafe(pieces.join("") + text), answered);
  } finally {
    clearTimeout(timer);
  }

  note.work.goesOn = true;
  const keepaliveMs = settings["limits.keepalive_seconds"] * 1000;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let sentMs = performance.now();
      send = (text) => {
        sentMs = performance.now();
        controller.enqueue(encodeLineSafe(text));
      };
      // The first sign of life sends the headers as well.
      send(pieces.length > 0 ? pieces.join("") : form.keepAlive);
      const stopTicks = everyTick(() => {
        if (keepaliveMs > 0 && performance.now() - sentMs >= keepaliveMs) send(form.keepAlive);
      });
      try {
        const text = await work;
        if (!departure.signal.aborted) send(text);
        if (!departure.signal.aborted) controller.close();
      } catch (error) {
        const problem = toProblem(error);
        note.problem = problem.code;
        if (departure.signal.aborted) return;
        send(form.writeFailure(problem));
        if (!form.breaks) return controller.close();
        // An error drops what nobody has taken yet: the text goes first.
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.error(problem);
      } finally {
        stopTicks();
        note.work.finish();
      }
    },
    cancel: () => {
      send = () => {};
      departure.abort();
    },
  });
  return new Response(body, answered);
}
