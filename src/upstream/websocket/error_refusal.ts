import type { ErrorFrame } from "../../answer/error_frame.ts";
import { toBackendProblem } from "../../answer/failure.ts";
import { textAt } from "../../wire/json.ts";
import type { Refusal } from "../errors.ts";

/**
 * Codes of a token that is not taken; a frame without a status says it in these words alone (websocket.md#ws-events).
 */
const TOKEN_CODES: ReadonlySet<string> = new Set([
  "token_expired",
  "token_invalidated",
  "token_revoked",
  "unauthorized",
]);

/**
 * An error message as the refusal that a POST would have got, so that everything that is done about refusals (renewing
 * the token, changing the request, waiting, the problem a client sees) is the same on both transports.
 */
export function toRefusal(frame: ErrorFrame, nowMs: number): Refusal {
  const { error, headers } = frame;
  const code = textAt(error, "code") ?? textAt(error, "type") ?? "";
  const status = frame.status ??
    (TOKEN_CODES.has(code) ? 401 : toBackendProblem(error, undefined, nowMs).status);
  return { status, headers, body: JSON.stringify({ error }) };
}

/** What an error says about the socket it came on. */
export type SocketFault =
  /** the response to continue is not known there (any more) */
  | "chain_lost"
  /** the sixty minutes are over */
  | "too_old"
  /** the token is not taken */
  | "token";

/** The fault of the socket that an error names (websocket.md#ws-error-cases); undefined when the request itself is meant. */
export function socketFaultOf(frame: ErrorFrame, isContinuation: boolean): SocketFault | undefined {
  const { error, status } = frame;
  const code = textAt(error, "code") ?? textAt(error, "type") ?? "";
  if (code === "websocket_connection_limit_reached") return "too_old";
  if (status === 401 || TOKEN_CODES.has(code)) return "token";
  const names = code === "previous_response_not_found" ||
    /previous_response_id|previous response/i.test(textAt(error, "message") ?? "");
  return isContinuation && names ? "chain_lost" : undefined;
}
