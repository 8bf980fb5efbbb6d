import { isDispensable, withoutParameters } from "../ask/without_parameters.ts";
import { withoutRefused } from "../ask/without_refused.ts";
import type { Ask } from "../wire/responses.ts";
import { errorObject, type Refusal } from "./errors.ts";

/** How often a request is sent at most, the first time included, while no connection is made. */
export const ATTEMPTS = 3;
/** How often when the backend answered that it cannot: the long wait is the client's, which knows how to (clients.md#long-wait). */
export const ANSWERED_ATTEMPTS = 2;
/** How often at most when the backend may have received it: each one it works on counts against the plan. */
export const UNCERTAIN_ATTEMPTS = 2;
/** The backend's `retry-after` is obeyed up to this; a longer one is the client's decision. */
const LONGEST_WAIT_MS = 3000;
const FIRST_WAIT_MS = 200;

/** Why there is no answer to an attempt. */
export type Failure =
  /** no connection was made: nothing can have arrived */
  | { readonly kind: "connect" }
  /** the connection broke after it was made: the request may have arrived whole */
  | { readonly kind: "broken" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter: string | null };

/** True when the backend may have worked on the request all the same. */
export function isUncertain(failure: Failure): boolean {
  return failure.kind === "broken" ||
    failure.kind === "status" && (failure.status === 502 || failure.status === 504);
}

/**
 * How long to wait before the same request is sent again; undefined when it must not be.
 *
 * Without a connection up to {@linkcode ATTEMPTS} in all, at 503 up to {@linkcode ANSWERED_ATTEMPTS}. The 502 and 504 of a gateway in front of the backend leave open whether it was worked on: once more at most. So does a
 * connection that breaks after the request was sent, and there fetch has repeated it itself when the connection was one
 * that had been idle (observed 2026-11, Deno 2.9.6): never again. A limit that is reached stays reached.
 *
 * @param attempt the one that failed, from 1
 * @param uncertain how many attempts, this one included, the backend may have received
 * @param random 0 to 1, for jitter: clients that failed together must not come back together
 */
export function retryDelayMs(
  failure: Failure,
  attempt: number,
  random: number,
  uncertain = 0,
): number | undefined {
  if (failure.kind === "broken" || attempt >= ATTEMPTS || uncertain >= UNCERTAIN_ATTEMPTS) return undefined;
  const backoff = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + random);
  if (failure.kind === "connect") return backoff;
  if (attempt >= ANSWERED_ATTEMPTS) return undefined;
  if (failure.status !== 502 && failure.status !== 503 && failure.status !== 504) return undefined;
  if (failure.retryAfter === null) return backoff;
  const seconds = Number(failure.retryAfter);
  if (!(seconds >= 0 && seconds * 1000 <= LONGEST_WAIT_MS)) return undefined;
  return Math.max(backoff, seconds * 1000);
}

/** What to send after a refusal that another request can fix. */
export interface Mending {
  readonly ask: Ask;
  readonly reason: "dropped_reasoning" | "dropped_parameter" | "dropped_item" | "plain_retry";
  /** the parameter that was left out */
  readonly parameter?: string;
  /** what of the input was left out, as the refusal named it */
  readonly place?: string;
}

/** So many things of one conversation that are refused are left out, one after the other. */
export const MOST_HEALINGS = 8;

/**
 * Another request to send after a 400, or undefined when the refusal stands.
 *
 * - Replayed reasoning of another login is refused in two forms; it is dropped (translation.md#t96).
 * - A parameter that was sent and is refused is left out, when that does not change the meaning
 *   (behaviour.md#parameters).
 * - A parameter that was never sent: the backend's own fault, seen 2026-08; sending again mostly works
 *   (translation.md#t97).
 * - An item of an earlier turn, or a key of it, is left out (translation.md#t130): else every later turn of the
 *   conversation would be refused.
 *
 * @param own how many items at the end of the input are the client's own
 */
export function mend(ask: Ask, refusal: Refusal, own: number = ask.input.length): Mending | undefined {
  if (refusal.status !== 400) return undefined;
  const error = errorObject(refusal.body);
  const message = typeof error["message"] === "string" ? error["message"] : "";
  const hasReasoning = ask.input.some((item) => item.type === "reasoning");
  if (
    hasReasoning &&
    (error["code"] === "invalid_encrypted_content" || /Unsupported content type/i.test(message))
  ) {
    return {
      reason: "dropped_reasoning",
      ask: { ...ask, input: ask.input.filter((item) => item.type !== "reasoning") },
    };
  }
  const parameter = refusedParameter(message);
  const place = typeof error["param"] === "string" ? error["param"] : parameter;
  if (place?.startsWith("input[")) {
    const isKey = parameter !== undefined || /^array_above|^unknown_parameter/.test(String(error["code"]));
    const input = withoutRefused(ask.input, place, { own, isKey });
    return input === undefined ? undefined : { reason: "dropped_item", place, ask: { ...ask, input } };
  }
  if (parameter === undefined) return undefined;
  const top = parameter.split(/[.[]/, 1)[0] ?? parameter;
  if (!(top in ask)) return { reason: "plain_retry", ask };
  if (!isDispensable(top) || top !== parameter) return undefined;
  return { reason: "dropped_parameter", parameter: top, ask: withoutParameters(ask, [top]) };
}

/** The parameter a refusal names, in the backend's wordings. */
export function refusedParameter(message: string): string | undefined {
  const named = /^(?:Unsupported|Unknown) parameter: '?([\w.[\]-]+?)'?\.?$/.exec(message.trim()) ??
    /^'?([\w.[\]-]+?)'? is not supported on this model/.exec(message.trim());
  return named?.[1];
}
