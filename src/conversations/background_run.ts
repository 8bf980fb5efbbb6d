import { ignore } from "../ignore.ts";
import { Problem } from "../problem.ts";
import { encodeLineSafe } from "../wire/line_safe.ts";
import { encodeEvent } from "../sse/encode.ts";
import { createEventReader } from "../sse/event_reader.ts";
import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../wire/json.ts";
import type { OutputItem, ResponsesObject } from "../wire/responses.ts";
import { eventType, readEvent } from "../wire/responses_events.ts";
import type { StoredResponse } from "./stored_responses.ts";

/** A response that runs in the background of this process. */
export interface Run {
  readonly owner: string;
  readonly id: string;
  /** JSON texts of the events so far */
  readonly events: string[];
  ending: "cancelled" | "failed" | undefined;
  isOver: boolean;
  more: PromiseWithResolvers<void>;
  readonly cancel: () => void;
  /** settles when everything is written */
  readonly done: PromiseWithResolvers<void>;
}

/** True for a response that has not ended. */
export function isRunning({ response }: StoredResponse): boolean {
  return response["status"] === "in_progress" || response["status"] === "queued";
}

/** Events as a client gets them, from the one behind `after`. */
export function encodeEvents(events: readonly JsonObject[], after: number): string {
  return events.filter((event) => (numberAt(event, "sequence_number") ?? 0) > after)
    .map((event) => encodeEvent(textAt(event, "type") ?? "", JSON.stringify(event))).join("");
}

/** The stream of a run, from what is there to what comes. Nobody is waited for: a client that leaves is gone. */
export function followRun(run: Run, after: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        if (at < run.events.length) {
          const fresh = run.events.slice(at).flatMap((data) => readEvent(data) ?? []);
          at = run.events.length;
          const text = encodeEvents(fresh, after);
          if (text !== "") return controller.enqueue(encodeLineSafe(text));
        } else if (run.isOver) return controller.close();
        else await run.more.promise;
      }
    },
  });
}

const LIFECYCLE = /^response\.(?:created|queued|in_progress|completed|incomplete|failed)$/;

/** The response as its last event with one tells it. */
export function responseOf(run: Run): ResponsesObject {
  const data = run.events.findLast((text) => LIFECYCLE.test(eventType(text)));
  const response = recordAt(readEvent(data ?? "") ?? { type: "" }, "response") ?? {};
  const { id = "", status = "" } = { id: textAt(response, "id"), status: textAt(response, "status") };
  return { ...response, id, status, output: itemsOf(listAt(response, "output") ?? []) };
}

/** The response of a run that did not end well, with the items that were finished. */
export function endedResponse(run: Run): ResponsesObject {
  const output = itemsOf(
    run.events.filter((data) => eventType(data) === "response.output_item.done")
      .map((data) => readEvent(data)?.["item"]),
  );
  const response = { ...responseOf(run), output };
  if (run.ending === "cancelled") return { ...response, status: "cancelled", error: null };
  const last = readEvent(run.events.at(-1) ?? "");
  const error = last?.type === "error" ? last : recordAt(response, "error") ?? {};
  const message = run.ending === "failed" ? "The proxy was shut down" : textAt(error, "message");
  return {
    ...response,
    status: "failed",
    error: {
      code: failureCode(error),
      message: message ?? "The answer ended too early",
    },
  };
}

/** The codes that the error of a response object may have, besides those of pictures (clients.md#required-keys). */
const FAILURE_CODES: ReadonlySet<string> = new Set([
  "server_error",
  "rate_limit_exceeded",
  "invalid_prompt",
  "data_residency_mismatch",
  "bio_policy",
  "vector_store_timeout",
]);

/** The code of a response that ended with this error: the error's own where a response object may have it. */
function failureCode(error: JsonObject): string {
  const code = textAt(error, "code") ?? "";
  if (FAILURE_CODES.has(code) || /image/.test(code)) return code;
  const type = textAt(recordAt(error, "error") ?? {}, "type");
  if (type === "rate_limit_error") return "rate_limit_exceeded";
  return type === "invalid_request_error" ? "invalid_prompt" : "server_error";
}

function itemsOf(items: readonly unknown[]): OutputItem[] {
  return items.filter(isRecord).map((item) => ({ ...item, type: textAt(item, "type") ?? "" }));
}

/**
 * Reads a stream of the public Responses API into a run.
 *
 * @returns once the response has an id; `reading` settles when the stream has ended
 * @throws Problem stream_cut for a stream without an event
 */
export async function readRun(
  owner: string,
  body: ReadableStream<Uint8Array>,
): Promise<{ readonly first: Run; readonly reading: Promise<void> }> {
  const reader = body.getReader();
  const begun = Promise.withResolvers<Run>();
  const events: string[] = [];
  let run: Run | undefined;
  const read = createEventReader((data) => {
    events.push(data);
    if (run === undefined) {
      const response = recordAt(readEvent(data) ?? { type: "" }, "response") ?? {};
      run = {
        owner,
        id: textAt(response, "id") ?? "",
        events,
        ending: undefined,
        isOver: false,
        more: Promise.withResolvers(),
        cancel: () => void reader.cancel().catch(ignore),
        done: Promise.withResolvers<void>(),
      };
      begun.resolve(run);
    }
    run.more.resolve();
    run.more = Promise.withResolvers();
    // Our own words: what they are made of was bounded, and the final object repeats all of it.
  }, Infinity);
  const readAll = async () => {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        read.read(value);
      }
      read.end();
    } catch {
      // What broke off has no terminal event; whoever keeps the run says so.
    }
  };
  const reading = readAll();
  const first = await Promise.race([begun.promise, reading.then(() => run)]);
  if (first === undefined) throw new Problem("stream_cut");
  return { first, reading };
}
