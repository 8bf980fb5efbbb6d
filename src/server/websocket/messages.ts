import { toStreamProblem } from "../../answer/failure.ts";
import type { Problem } from "../../problem.ts";
import { errorObject } from "../../upstream/errors.ts";
import { lineSafe } from "../../wire/line_safe.ts";
import { isRecord, type JsonObject, numberAt, textAt } from "../../wire/json.ts";
import { readEvent } from "../../wire/responses_events.ts";

/**
 * Messages to a client: an event's JSON text, with as little done to it as possible. Errors have every form that a
 * client reads (websocket.md#ws-protocol): `status` always, nested and flat fields, texts for code and message.
 */

/** The text of an event with the id of its lane in it. @param text of a JSON object that is not empty */
export function inLane(text: string, lane: string | undefined): string {
  if (lane === undefined) return text;
  return `{"stream_id":${lineSafe(JSON.stringify(lane))},${text.slice(text.indexOf("{") + 1)}`;
}

/** The text of an event with headers in it, as the backend's own events and errors have them. */
export function withHeaders(text: string, headers: Readonly<Record<string, string>>): string {
  if (Object.keys(headers).length === 0) return text;
  return `${text.slice(0, text.lastIndexOf("}"))},"headers":${JSON.stringify(headers)}}`;
}

/** Headers of ccproxy's own that an answer over POST has: which model, what was ignored, what is not remembered. */
const OWN = /^x-(?:ccproxy-|session-id$)/;

/** What a message says about the headers of an answer (websocket.md#ws-protocol). */
export function ownHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => OWN.test(name)));
}

interface ErrorFields {
  readonly status: number;
  readonly error: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  readonly number: number;
}

function errorMessage({ status, error, headers, number }: ErrorFields): JsonObject {
  const type = textAt(error, "type") ?? (status >= 500 ? "server_error" : "invalid_request_error");
  const code = textAt(error, "code") ?? type;
  const message = textAt(error, "message") ?? textAt(error, "detail") ?? `error ${status}`;
  const param = error["param"] ?? null;
  return {
    type: "error",
    status,
    error: { ...error, type, code, message, param },
    code,
    message,
    param,
    sequence_number: number,
    ...(Object.keys(headers).length === 0 ? {} : { headers: { ...headers } }),
  };
}

/**
 * A problem as a message.
 *
 * @param isNative for a Codex client, which repeats 500 on a new socket and gives up WebSocket at 502
 * (websocket.md#cli-as-client)
 */
export function problemMessage(problem: Problem, isNative: boolean): JsonObject {
  const message = `${problem.message}. ${problem.hint}`;
  const { status, headers, type } = problem;
  if (isNative && status > 500) {
    const error = { type: "server_error", code: "server_error", message };
    return errorMessage({ status: 500, error, headers, number: 0 });
  }
  const error = { type, code: problem.apiCode ?? problem.code, message, param: problem.param ?? null };
  return errorMessage({ status, error, headers, number: 0 });
}

/** Headers of a refusal that a message carries: those with limits and waits. */
const CARRIED = /^(?:retry-after$|x-codex-|x-[\w-]+-(?:primary|secondary)-)/;

/** A refusal that was handed on, as a message in its own words. */
export function refusalMessage(status: number, headers: Headers, body: string): JsonObject {
  const carried = [...headers].filter(([name]) => CARRIED.test(name));
  return errorMessage({ status, error: errorObject(body), headers: Object.fromEntries(carried), number: 0 });
}

/** An `error` event of a stream as a message: with the status it lacks. */
export function errorEventMessage(text: string, nowMs: number): string {
  const event = readEvent(text) ?? { type: "error" };
  const status = numberAt(event, "status") ?? numberAt(event, "status_code") ??
    toStreamProblem(event, nowMs).status;
  const { type: _, sequence_number, headers, error, status: __, status_code: ___, ...flat } = event;
  const fields = isRecord(error) ? error : flat;
  const number = typeof sequence_number === "number" ? sequence_number : 0;
  const given = isRecord(headers) ? { headers } : {};
  return JSON.stringify({ ...errorMessage({ status, error: fields, headers: {}, number }), ...given });
}

/**
 * What a Codex client without a login of the program gets: it stops at once and shows exactly the text, where a 401
 * costs it six seconds of attempts (websocket.md#cli-as-client).
 */
export function loginMessages(message: string, id: string): JsonObject[] {
  const response = { id, object: "response", status: "in_progress", output: [] };
  return [
    { type: "response.created", response },
    {
      type: "response.failed",
      response: { ...response, status: "failed", error: { code: "invalid_prompt", message } },
    },
  ];
}

/** What `response.steer` gets: the input comes back. */
export function steerRefusal(message: JsonObject): JsonObject {
  const { type: _, stream_id: __, ...steer } = message;
  return {
    type: "response.steer.failed",
    steer,
    error: {
      code: "steering_not_supported",
      message: "An answer that runs cannot be steered here: send the input with the next response.create",
    },
    sequence_number: 0,
  };
}

/** Nothing but a sign of life: resets the idle timer of a Codex client, where pings do not. */
export const KEEPALIVE_MESSAGE = '{"type":"codex.keepalive"}';
