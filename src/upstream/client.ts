import { isRecord, parseJson } from "../wire/json.ts";
import type { Ask } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { errorObject, isConnectFailure, type Refusal, toUpstreamProblem } from "./errors.ts";
import type { UpstreamAccess } from "./headers.ts";
import { createPost, type PostOptions } from "./post.ts";
import { ATTEMPTS, isUncertain, mend, type Mending, MOST_HEALINGS, retryDelayMs } from "./retry.ts";
import type { AskAnswer, AskSending, EitherBody, EitherSending, Sending } from "./sending.ts";
import { createTransports, type TransportsOptions } from "./transports.ts";

/** Where tokens come from; src/auth/access.ts is one. */
export interface UpstreamAccessSource<A extends UpstreamAccess = UpstreamAccess> {
  get(): Promise<A>;
  /** after a 401: the access to try next; it ends by itself after one refresh. @throws Problem */
  renew(refused: A): Promise<A>;
}

/** What {@linkcode createUpstream} needs. */
export interface UpstreamOptions<A extends UpstreamAccess>
  extends PostOptions, Omit<TransportsOptions, "post"> {
  readonly access: UpstreamAccessSource<A>;
  /** called when a request had to be changed to be accepted */
  readonly onMended: (mending: Mending, ask: Ask) => void;
  /** called when the standard lane refused a request for the model and the lite lane took it */
  readonly onLite: (model: string) => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** A refusal that nothing more was tried about. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
  readonly problem: Problem;
}

/** The answer to a body that was passed on: not touched yet. */
export interface PassedAnswer {
  readonly ok: true;
  readonly response: Response;
  /** ends the request */
  readonly cancel: () => void;
}

/**
 * One refresh, a wait before and after it, and a token that another program saved meanwhile: no request needs more,
 * and one on which other programs rotate without end does not go on forever.
 */
export const MOST_RENEWALS = 4;

/** The one way to the backend. All throw a Problem when there is no answer: no credentials, no connection, no headers. */
export interface Upstream {
  /** Sends bytes once, as they are, by POST: the body of a Codex client, or one that was made for its route. */
  pass(sending: Sending, body: Uint8Array<ArrayBuffer>): Promise<PassedAnswer | Refused>;
  /** Sends a Codex client's message as it came, over the transport that fits. */
  passMessage(sending: EitherSending, body: EitherBody): Promise<AskAnswer | Refused>;
  /** Sends an ask of ours, over the transport that fits. */
  ask(sending: AskSending, ask: Ask): Promise<AskAnswer | Refused>;
}

/**
 * Sends requests: a token, one request, and the few repetitions that are safe.
 *
 * Never more than one refresh (translation.md#t98), never a redirect followed with the token, never a repetition once
 * an answer has begun. The body of a Codex client is sent once: that client repeats by itself.
 */
export function createUpstream<A extends UpstreamAccess>(options: UpstreamOptions<A>): Upstream {
  const post = createPost(options);
  const transports = createTransports({ ...options, post });

  return {
    pass: (sending, body) =>
      send(sending, undefined, async (access) => {
        sending.onWay({ transport: "sse", fallback: undefined, isContinuation: false });
        const posted = await post(sending, body, access);
        if (posted === "silent") throw new Problem("backend_timeout");
        return posted;
      }),
    passMessage: (sending, body) =>
      send(
        sending,
        undefined,
        (access, _ask, onUncertain) => transports.ask(sending, body, access, onUncertain),
      ),
    ask: askInAnyShape,
  };

  /** The standard lane first; the lite lane once, when that is refused. Of two refusals the first one counts. */
  async function askInAnyShape(sending: AskSending, ask: Ask): Promise<AskAnswer | Refused> {
    const answer = await askInShape(sending, ask);
    if (answer.ok || sending.lite === undefined || !mayBeLane(answer.refusal)) return answer;
    // What another request fixes has a reason of its own.
    if (mend(ask, answer.refusal) !== undefined) return answer;
    const liteAsk = sending.lite();
    const again = await askInShape({ ...sending, headers: { ...sending.headers, lite: true } }, liteAsk);
    if (!again.ok) return answer;
    options.onLite(liteAsk.model);
    return again;
  }

  async function askInShape(sending: AskSending, asked: Ask): Promise<AskAnswer | Refused> {
    return await send(
      sending,
      { ask: asked, ownItems: sending.ownItems, onHealed: sending.onHealed },
      (access, ask, onUncertain) => transports.ask(sending, ask ?? asked, access, onUncertain),
    );
  }

  /** @param asked what may be changed and sent again; undefined for a body that is sent once */
  async function send<T extends { readonly ok: true }>(
    sending: Sending,
    asked: Pick<AskSending, "ownItems" | "onHealed"> & { readonly ask: Ask } | undefined,
    sendOnce: (access: A, ask: Ask | undefined, onUncertain: () => void) => Promise<T | Refusal>,
  ): Promise<T | Refused> {
    let access = await options.access.get();
    let renewals = 0;
    let mended = false;
    let healings = 0;
    let ask = asked?.ask;
    const attempts = ask === undefined ? 1 : ATTEMPTS;
    /** attempts that the backend may have worked on although it did not answer */
    let uncertain = 0;
    for (let attempt = 1;;) {
      let answer: T | Refusal;
      try {
        answer = await sendOnce(access, ask, () => void uncertain++);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "backend_unreachable") throw error;
        const failure = { kind: isConnectFailure(error.cause) ? "connect" as const : "broken" as const };
        if (isUncertain(failure)) uncertain++;
        const delayMs = attempt < attempts
          ? retryDelayMs(failure, attempt, options.random(), uncertain)
          : undefined;
        if (delayMs === undefined) throw finalProblem(error, attempt, uncertain);
        options.log("warn", "backend unreachable, trying again", { attempt, delay_ms: Math.round(delayMs) });
        await options.sleep(delayMs, sending.signal);
        attempt++;
        continue;
      }
      if ("ok" in answer) return answer;
      const refusal = answer;
      if (refusal.status === 401 && renewals < MOST_RENEWALS) {
        renewals++;
        access = await options.access.renew(access);
        continue;
      }
      const mending = ask === undefined ? undefined : mend(ask, refusal, asked?.ownItems);
      const isHealing = mending?.reason === "dropped_item";
      if (mending !== undefined && ask !== undefined && (isHealing ? healings < MOST_HEALINGS : !mended)) {
        if (isHealing) healings++;
        else mended = true;
        options.onMended(mending, ask);
        if (isHealing) asked?.onHealed?.(ask.input, mending.ask.input);
        ask = mending.ask;
        continue;
      }
      const failure = {
        kind: "status" as const,
        status: refusal.status,
        retryAfter: refusal.headers.get("retry-after"),
      };
      if (isUncertain(failure)) uncertain++;
      const delayMs = attempt < attempts
        ? retryDelayMs(failure, attempt, options.random(), uncertain)
        : undefined;
      if (delayMs === undefined) {
        return {
          ok: false,
          refusal,
          problem: finalProblem(toUpstreamProblem(refusal, options.nowMs()), attempt, uncertain),
        };
      }
      options.log("warn", "backend failed, trying again", {
        status: refusal.status,
        attempt,
        may_have_run: isUncertain(failure),
      });
      await options.sleep(delayMs, sending.signal);
      attempt++;
    }
  }
}

/**
 * True for a refusal that the lane may be the reason of: one in the backend's own words, and not the length of the
 * conversation, which is the same in each.
 */
function mayBeLane({ status, body }: Refusal): boolean {
  return (status === 400 || status === 404) && isRecord(parseJson(body)) &&
    errorObject(body)["code"] !== "context_length_exceeded";
}

/**
 * Where there was no connection, a request that was repeated here is not repeated by the client's SDK as well; the
 * backend's own 502, 503 and 504 the client may wait for, much longer than a proxy can (clients.md#long-wait). What may
 * have been worked on is said, since it counts against the plan.
 */
function finalProblem(problem: Problem, attempts: number, uncertain: number): Problem {
  if (attempts > 1 && problem.code === "backend_unreachable") problem.headers["x-should-retry"] = "false";
  if (uncertain === 0) return problem;
  const times = uncertain === 1
    ? "The backend may have"
    : `It was sent ${attempts} times, and the backend may have`;
  return new Problem(problem.code, problem.detail, {
    ...problem,
    hint: `${problem.hint}. ${times} worked on it all the same`,
    cause: problem.cause,
  });
}
