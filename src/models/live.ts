import { ignore } from "../ignore.ts";
import { BOUNDS } from "../bounds.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { readTextLimited } from "../read_limited.ts";
import { parseJson } from "../wire/json.ts";
import { type CacheKey, readCacheFile, writeCacheFile } from "./cache_file.ts";
import { BUILT_IN, type Catalogue, readCatalogue } from "./catalogue.ts";

/** Calls `run` once after `delayMs`, without keeping the program alive; the result takes it back. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** What {@linkcode createCatalogue} needs. Functions are asked each time: settings and accounts change while running. */
export interface LiveOptions {
  /**
   * Sends `GET …/models?client_version=…` with the credentials, and `if-none-match` when a tag is given. Any answer,
   * whatever its status, is a result; no answer is an exception.
   */
  readonly fetchModels: (etag: string | undefined, signal: AbortSignal) => Promise<Response>;
  /** undefined: nothing is kept on disk */
  readonly cacheFile: string | undefined;
  /** `codex.enable_dynamic_model_info` */
  readonly enabled: () => boolean;
  /** the account of the credentials; undefined without any */
  readonly accountId: () => Promise<string | undefined>;
  /** the version that `fetchModels` names */
  readonly clientVersion: () => string;
  readonly nowMs: () => number;
  /** a clock that only goes forward, for when to ask again */
  readonly monotonicMs: () => number;
  readonly log: Log;
  /** for tests; otherwise the clock's own timers */
  readonly schedule?: Schedule;
}

/** The catalogue in force. */
export interface LiveCatalogue {
  /** At once, without waiting for anything: the live one, else the cached one, else the built-in list. */
  current(): Catalogue;
  /**
   * Asks the backend now, also while failures are backed off; calls at the same time share one request.
   *
   * Never throws: a failure leaves the catalogue as it is, see {@linkcode LiveCatalogue.failure}.
   */
  refresh(): Promise<Catalogue>;
  /** Takes the `x-models-etag` of an answer: another tag than the last one starts one refresh in the background. */
  noticeEtag(etag: string | null): void;
  /** Why the last refresh failed; undefined when it did not. */
  failure(): string | undefined;
  /** Reads the cache, then refreshes, and again each hour. The promise ends when the cache has been read. */
  start(): Promise<void>;
  /** Ends the refreshing; one that is under way is cancelled. */
  stop(): void;
}

const PERIOD_MS = 60 * 60_000;
const FIRST_RETRY_MS = 30_000;
const TIMEOUT_MS = 60_000;

/**
 * Keeps the models of the account up to date in the background (behaviour.md#live-models, backend.md#models-answer).
 *
 * A failure is logged once, not at every attempt, and attempts become rarer: after 30 s, then twice as long each
 * time, up to an hour. Nobody ever waits for the catalogue: requests take what is there.
 */
export function createCatalogue(options: LiveOptions): LiveCatalogue {
  const schedule = options.schedule ?? scheduleByClock;
  let held: { readonly catalogue: Catalogue; readonly accountId: string | undefined } | undefined;
  let running: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  let failure: string | undefined;
  let failureCount = 0;
  let notBeforeMs = -Infinity;
  /** the noticed tag that the last successful refresh answered: it may be spelled unlike the answer's own */
  let settledEtag: string | undefined;
  let started = false;
  let cancelTimer = () => {};

  function current(): Catalogue {
    return options.enabled() && held !== undefined ? held.catalogue : BUILT_IN;
  }

  function refresh(): Promise<Catalogue> {
    return run(undefined).then(current);
  }

  /** One refresh at a time; whoever comes meanwhile shares it. */
  function run(noticed: string | undefined): Promise<void> {
    if (!options.enabled()) return Promise.resolve();
    if (running !== undefined) return running.done;
    const abort = new AbortController();
    const cancelTimeout = schedule(TIMEOUT_MS, () => abort.abort(new Error("no answer within 60 s")));
    const done = attempt(abort.signal).then(
      () => succeed(noticed),
      (error) => abort.signal.reason === STOPPED ? undefined : fail(error),
    ).finally(() => {
      cancelTimeout();
      running = undefined;
      plan();
    });
    running = { done, abort };
    return done;
  }

  /** @throws when there is no usable answer */
  async function attempt(signal: AbortSignal): Promise<void> {
    const key: CacheKey = { accountId: await options.accountId(), clientVersion: options.clientVersion() };
    // The list of an account that is no longer signed in is nobody's: better the built-in one.
    if (held !== undefined && held.accountId !== key.accountId) held = undefined;
    const known = held?.catalogue.clientVersion === key.clientVersion ? held.catalogue : undefined;
    const asked = options.fetchModels(known?.etag, signal);
    // One that comes after all, when nobody waits any more, is not left open.
    asked.then((late) => signal.aborted ? late.body?.cancel() : undefined).catch(ignore);
    const response = await withSignal(asked, signal);
    if (response.status === 304 && known !== undefined) {
      await response.body?.cancel();
      held = {
        catalogue: { ...known, source: "live", fetchedAtMs: options.nowMs() },
        accountId: key.accountId,
      };
      return;
    }
    const catalogue = await readAnswer(response, key, signal);
    held = { catalogue, accountId: key.accountId };
    if (options.cacheFile === undefined) return;
    await writeCacheFile(options.cacheFile, key, catalogue).catch((error) =>
      options.log("warn", "model list not cached", { file: options.cacheFile, reason: reasonOf(error) })
    );
  }

  async function readAnswer(response: Response, key: CacheKey, signal: AbortSignal): Promise<Catalogue> {
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the backend answered ${response.status}`);
    }
    const reading = readCatalogue(
      parseJson(await readTextLimited(response.body, BOUNDS.catalogue, { signal })),
    );
    if (reading === undefined || reading.models.length === 0) throw new Error("the answer holds no models");
    if (reading.skippedCount > 0) {
      options.log("warn", "models skipped that could not be read", { count: reading.skippedCount });
    }
    return {
      models: reading.models,
      source: "live",
      fetchedAtMs: options.nowMs(),
      etag: response.headers.get("etag") ?? undefined,
      clientVersion: key.clientVersion,
    };
  }

  function succeed(noticed: string | undefined): void {
    if (failure !== undefined) options.log("info", "model list refreshed again");
    settledEtag = noticed ?? settledEtag;
    failure = undefined;
    failureCount = 0;
    notBeforeMs = -Infinity;
  }

  function fail(error: unknown): void {
    const reason = reasonOf(error);
    if (failure !== reason) {
      // Nobody signed in yet is a state that the start-up text names, not a fault.
      const level = error instanceof Problem && error.code === "no_credentials" ? "debug" : "warn";
      options.log(level, "model list not refreshed", { reason, source: current().source });
    }
    failure = reason;
    failureCount++;
    notBeforeMs = options.monotonicMs() +
      Math.min(PERIOD_MS, FIRST_RETRY_MS * 2 ** Math.min(failureCount - 1, 10));
  }

  function plan(): void {
    cancelTimer();
    if (!started) return;
    const delayMs = failure === undefined ? PERIOD_MS : Math.max(1000, notBeforeMs - options.monotonicMs());
    cancelTimer = schedule(delayMs, () => options.enabled() ? void run(undefined) : plan());
  }

  function noticeEtag(etag: string | null): void {
    if (etag === null || etag === "" || !options.enabled() || running !== undefined) return;
    const tag = bare(etag);
    if (tag === settledEtag || options.monotonicMs() < notBeforeMs) return;
    if (held?.catalogue.source === "live" && bare(held.catalogue.etag ?? "") === tag) return;
    void run(tag);
  }

  async function start(): Promise<void> {
    started = true;
    if (options.cacheFile !== undefined && options.enabled()) {
      const accountId = await options.accountId().catch(() => undefined);
      const catalogue = await readCacheFile(options.cacheFile, {
        accountId,
        clientVersion: options.clientVersion(),
      });
      if (catalogue !== undefined) held ??= { catalogue, accountId };
    }
    if (!started) return;
    if (options.enabled()) void run(undefined);
    else plan();
  }

  function stop(): void {
    started = false;
    cancelTimer();
    running?.abort.abort(STOPPED);
  }

  return { current, refresh, noticeEtag, failure: () => failure, start, stop };
}

/** No error: one that is made while modules load takes 20 ms of the start (deno.md#error-at-start). */
const STOPPED = Symbol("stopped");

function scheduleByClock(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  Deno.unrefTimer(timer);
  return () => clearTimeout(timer);
}

/** Tags are compared without the mark of weakness and the quotes. */
function bare(etag: string): string {
  return etag.trim().replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

/** fetch says "fetch failed" and puts the reason into the cause (deno.md#fetch-errors). */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : error.message;
}

/** The promise, or the signal's reason as soon as that comes: the function handed in need not heed the signal. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
