import { jsonReply } from "../wire/json_reply.ts";
import { errorText } from "../error_text.ts";
import { type JsonObject, textAt } from "../wire/json.ts";
import { eventType, readEvent } from "../wire/responses_events.ts";
import { Problem } from "../problem.ts";
import { endedResponse, followRun, isRunning, readRun, responseOf, type Run } from "./background_run.ts";
import { type Archive, keyOf, responseExpiry } from "./archive.ts";
import type { Turn } from "./memory.ts";
import { loadResponse, type StoredResponse } from "./stored_responses.ts";

/**
 * Responses that run on when their client has left (`background: true`). Records:
 * - `response`, from the first event on, with status `in_progress`;
 * - `lease`: some process works on it. When it runs out, the process has died and the response has failed;
 * - `cancel`: the wish to end it, for a process that is not this one;
 * - `events`: the stream as the client saw it, for one that was streamed and is picked up again later.
 */
export interface Backgrounds {
  /**
   * Takes over a streamed answer: it is read to its end whatever its client does.
   *
   * @returns the answer to the client: the response as it begins, or its stream
   */
  start(run: BackgroundStart): Promise<Response>;
  /** The stream of a response that runs here, from the event behind `after`; undefined when it does not. */
  follow(owner: string, id: string, after: number): ReadableStream<Uint8Array> | undefined;
  /** The events of a streamed response that is over; undefined when none are kept. */
  keptEvents(owner: string, id: string): Promise<JsonObject[] | undefined>;
  /** The response as it is now: one whose process died has failed. */
  settle(owner: string, stored: StoredResponse): Promise<StoredResponse>;
  /** Ends a response. @throws Problem bad_request for one that does not run in the background */
  cancel(owner: string, stored: StoredResponse): Promise<StoredResponse>;
  /** Ends all that run here; they have failed. */
  stop(): Promise<void>;
}

/** An answer to take over. */
export interface BackgroundStart {
  readonly owner: string;
  /** as many may run at once */
  readonly limit: number;
  /** a stream of the public Responses API */
  readonly answer: Response;
  readonly turn: Turn;
  /** the client wants the stream */
  readonly stream: boolean;
}

/** A response outlives the process that made it by this. */
const LEASE_MS = 6000;
const RENEW_MS = 2000;

/** Makes the keeper of the responses that run in the background of this process. */
export function createBackgrounds(archive: Archive): Backgrounds {
  const runs = new Map<string, Run>();
  const nameOf = (owner: string, id: string) => `${owner}\n${id}`;

  async function start({ owner, limit, answer, turn, stream }: BackgroundStart): Promise<Response> {
    if (answer.body === null || runs.size >= limit) {
      await answer.body?.cancel();
      throw new Problem("too_many_requests", `${limit} responses run in the background`);
    }
    const { first, reading } = await readRun(owner, answer.body);
    const response = responseOf(first);
    runs.set(nameOf(owner, first.id), first);
    try {
      await turn.save(response);
      await archive.queue.add([leaseChange(archive, owner, first.id)]);
    } catch (error) {
      // Nobody could ever ask for it: it ends here, and nothing waits for it.
      runs.delete(nameOf(owner, first.id));
      end(first, "failed");
      throw error;
    }
    const timer = setInterval(() => void renew(first), RENEW_MS);
    reading.then(() => keep(first, turn, stream)).catch((error) => {
      archive.log("error", "background response not kept", { error: errorText(error) });
    }).finally(() => {
      clearInterval(timer);
      runs.delete(nameOf(owner, first.id));
      // Also when nothing could be kept: who follows the stream has its last event.
      first.isOver = true;
      first.more.resolve();
      first.done.resolve();
    });
    const headers = new Headers(answer.headers);
    if (stream) return new Response(followRun(first, -1), { headers });
    headers.set("content-type", "application/json");
    return jsonReply(response, { headers });
  }

  /** What is left of a run when it is over. A good end was written by the turn itself. */
  async function keep(run: Run, turn: Turn, stream: boolean): Promise<void> {
    const last = eventType(run.events.at(-1) ?? "");
    const isGood = run.ending === undefined &&
      (last === "response.completed" || last === "response.incomplete");
    if (!isGood) await turn.save(endedResponse(run));
    await turn.end();
    await archive.queue.settled();
    await archive.queue.add([
      { op: "delete", key: keyOf("lease", run.owner, run.id) },
      { op: "delete", key: keyOf("cancel", run.owner, run.id) },
      ...(stream
        ? [{
          op: "put" as const,
          key: keyOf("events", run.owner, run.id),
          head: {},
          items: run.events.map((data) => ({ data })),
          expiresAtMs: responseExpiry(archive),
        }]
        : []),
    ]);
  }

  async function renew(run: Run): Promise<void> {
    try {
      await archive.queue.add([leaseChange(archive, run.owner, run.id)]);
      const wish = await archive.store.getHead(keyOf("cancel", run.owner, run.id));
      if (wish !== undefined) end(run, "cancelled");
    } catch (error) {
      archive.log("warn", "background response: store out of reach", { error: errorText(error) });
    }
  }

  /** Writes another state of a response whose turn is not at hand. */
  async function rewrite(owner: string, stored: StoredResponse, change: JsonObject): Promise<StoredResponse> {
    const response = { ...stored.response, ...change };
    const key = keyOf("response", owner, stored.id);
    await archive.queue.add([{
      op: "append",
      key,
      head: { ...stored.head, response },
      items: [],
      expiresAtMs: responseExpiry(archive),
    }]);
    return { ...stored, response };
  }

  async function settle(owner: string, stored: StoredResponse): Promise<StoredResponse> {
    if (!isRunning(stored) || runs.has(nameOf(owner, stored.id))) return stored;
    if (await archive.store.getHead(keyOf("lease", owner, stored.id)) !== undefined) return stored;
    // Between the two reads it may have ended well.
    const again = await loadResponse(archive, owner, stored.id) ?? stored;
    if (!isRunning(again)) return again;
    return await rewrite(owner, again, {
      status: "failed",
      error: {
        code: "server_error",
        message: "The proxy ended while this response was in progress, or could not keep it",
      },
    });
  }

  return {
    start,
    settle,
    follow(owner, id, after) {
      const run = runs.get(nameOf(owner, id));
      return run === undefined ? undefined : followRun(run, after);
    },
    async keptEvents(owner, id) {
      const record = await archive.store.get(keyOf("events", owner, id));
      return record?.items.flatMap((row) => readEvent(textAt(row, "data") ?? "") ?? []);
    },
    async cancel(owner, stored) {
      if (stored.response["background"] !== true) {
        throw new Problem("bad_request", 'only a response with "background": true can be cancelled', {
          param: "response_id",
          hint: "Close the connection of a response that is being streamed",
        });
      }
      const current = await settle(owner, stored);
      if (!isRunning(current)) return current;
      const run = runs.get(nameOf(owner, stored.id));
      if (run === undefined) {
        await archive.queue.add([{
          ...leaseChange(archive, owner, stored.id),
          key: keyOf("cancel", owner, stored.id),
        }]);
        return { ...current, response: { ...current.response, status: "cancelled" } };
      }
      end(run, "cancelled");
      await run.done.promise;
      return await loadResponse(archive, owner, stored.id) ?? current;
    },
    async stop() {
      const all = [...runs.values()];
      all.forEach((run) => end(run, "failed"));
      await Promise.all(all.map((run) => run.done.promise));
    },
  };
}

function leaseChange(archive: Archive, owner: string, id: string) {
  return {
    op: "put" as const,
    key: keyOf("lease", owner, id),
    head: {},
    items: [],
    expiresAtMs: archive.nowMs() + LEASE_MS,
  };
}

function end(run: Run, ending: "cancelled" | "failed"): void {
  run.ending ??= ending;
  run.cancel();
}
