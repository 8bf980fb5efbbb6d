import { type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import type { ResponsesEvent } from "../../wire/responses_events.ts";
import type { Problem } from "../../problem.ts";
import type { AnswerFacts } from "../../answer/collect.ts";
import { isFailed, toStreamProblem } from "../../answer/failure.ts";
import { cutUsage } from "../../answer/limit_steps.ts";
import { readUsage } from "../../answer/usage.ts";
import { completeResponse, type ResponseContext } from "./complete.ts";
import type { EventNumbers } from "./event_numbers.ts";
import type { ItemFilter } from "./filter_items.ts";

/** The beginning and the end of a public stream, with complete response objects. */
export interface ResponseFrame {
  /** `response.created`, `.queued` or `.in_progress`. */
  open(event: ResponsesEvent): string;
  /** `response.created`, when nothing has come before; "" otherwise. */
  ensureCreated(): string;
  /** A terminal event: the items that are still open end before it. */
  end(event: ResponsesEvent): string;
  /** Ends the answer at the limit of its output. */
  cut(inputTokens: number, outputTokens: number): string;
  /** Ends the answer with an error; "" when it is over already. */
  fail(problem: Problem): string;
  readonly isCreated: boolean;
  readonly isOver: boolean;
  readonly facts: AnswerFacts;
}

/** The frame of one answer. */
export function createResponseFrame(
  context: ResponseContext,
  write: EventNumbers["write"],
  items: () => ItemFilter,
): ResponseFrame {
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  let over = false;
  let created = false;
  let responseId = "";
  /** the response as it was opened, for an answer that is cut */
  let opened: JsonObject = {};

  function open(event: ResponsesEvent): string {
    const response = recordAt(event, "response") ?? {};
    if (event.type === "response.created" && created) return "";
    if (responseId === "") responseId = textAt(response, "id") ?? `resp_${context.id}`;
    opened = response;
    const complete = completeResponse({ ...response, id: responseId }, context);
    const before = event.type === "response.created" ? "" : ensureCreated(complete);
    created = true;
    return before + write(event.type, { ...event, response: complete });
  }

  function end(event: ResponsesEvent): string {
    const response = recordAt(event, "response") ?? {};
    const hasFailed = event.type === "response.failed" || isFailed(response);
    // A failure under another name: SDKs look at the event's name only.
    if (hasFailed && event.type !== "response.failed") return fail(toStreamProblem(event, context.nowMs()));
    over = true;
    facts.usage = readUsage(response);
    if (hasFailed) facts.problem = toStreamProblem(event, context.nowMs());
    if (responseId === "") responseId = textAt(response, "id") ?? `resp_${context.id}`;
    const status = textAt(response, "status") ?? event.type.slice("response.".length);
    const final = Array.isArray(response["output"]) ? response["output"] : [];
    const output = items().entries(final, status);
    const before = ensureCreated(response) + (hasFailed ? "" : items().finish(output));
    const complete = completeResponse(
      { ...response, id: responseId, status },
      context,
      output.map(([, item]) => item),
    );
    if (!hasFailed) {
      facts.response = { ...complete, id: responseId, status, output: output.map(([, item]) => item) };
    }
    return before + write(event.type, { ...event, response: complete });
  }

  function cut(inputTokens: number, outputTokens: number): string {
    const usage = cutUsage(inputTokens, outputTokens);
    const incomplete_details = { reason: "max_output_tokens" };
    const response = { ...opened, status: "incomplete", output: [], incomplete_details, usage };
    return end({ type: "response.incomplete", response });
  }

  /** SDKs need `response.created` first; a stream that starts with a failure has none. */
  function ensureCreated(response: JsonObject): string {
    if (created) return "";
    created = true;
    const { usage: _, error: __, incomplete_details: ___, completed_at: ____, ...rest } = response;
    const begun = { ...rest, id: responseId, status: "in_progress", output: [] };
    return write("response.created", { response: completeResponse(begun, context) });
  }

  function fail(problem: Problem): string {
    if (over) return "";
    if (responseId === "") responseId = `resp_${context.id}`;
    const before = ensureCreated({ id: responseId });
    over = true;
    facts.problem = problem;
    const shape = {
      code: problem.apiCode,
      message: `${problem.message}. ${problem.hint}`,
      param: problem.param ?? null,
    };
    // Flat and nested at once: the SDKs read one form, the Open Responses schema the other (clients.md#error-event).
    return before + write("error", { ...shape, error: { type: problem.type, ...shape } });
  }

  return {
    open,
    ensureCreated() {
      if (responseId === "") responseId = `resp_${context.id}`;
      return ensureCreated({});
    },
    end,
    cut,
    fail,
    get isCreated() {
      return created;
    },
    get isOver() {
      return over;
    },
    facts,
  };
}
