import { writeFile } from "../write_file.ts";
import { errorText } from "../error_text.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import type { Log } from "../log.ts";
import type { RecordKey, Store } from "../store/store.ts";
import {
  createLearned,
  type LearnedParameter,
  type LearnedParameters,
  readFacts,
} from "../upstream/learned.ts";

/** {@linkcode LearnedParameters} that are kept somewhere. */
export interface KeptParameters extends LearnedParameters {
  /** Waits for the exchange with the other proxies that is under way. */
  settled(): Promise<void>;
}

/** So old may be what is known of the other proxies when a request asks. */
const EXCHANGE_PERIOD_MS = 30_000;

/** More entries than this are written anew without those that count no longer. */
const ENTRIES_LIMIT = 400;

const KEY: RecordKey = { kind: "learned", owner: "", id: "parameters" };

/** The time of the day, for how long a fact counts, and a clock that only goes forward, for when to read again. */
export interface Clocks {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

/**
 * What was learned in earlier runs, from a file, and by other proxies, from the store they share. Either that cannot
 * be read or written costs nothing but its memory.
 *
 * @param file undefined to keep it nowhere
 * @param store the store; one that is not shared holds nothing of this
 */
export async function openLearned(
  file: string | undefined,
  store: Store,
  clocks: Clocks,
  log: Log,
): Promise<KeptParameters> {
  const { nowMs } = clocks;
  const saved = file === undefined
    ? undefined
    : await readTextFileLimited(file, BOUNDS.state).catch(() => undefined);
  const save = async (text: string) => {
    if (file === undefined) return;
    try {
      await writeFile(file, text, { makeDirectory: true });
    } catch (error) {
      log("warn", "what was learned is not saved", { error: errorText(error) });
    }
  };
  // One after the other, so that the last one stays.
  let saving = Promise.resolve();
  const own = createLearned(saved, (text) => saving = saving.then(() => save(text)), nowMs);
  const shared = store.shared ? shareLearned(own, store, clocks, log) : undefined;
  return {
    ...(shared ?? own),
    async settled() {
      await shared?.settled();
      await saving;
    },
  };
}

/**
 * Shares what is learned with the other proxies of a store: read at once, after each new fact, and when a request
 * asks and the last time is half a minute ago. No request ever waits for it: one that is early fails once upstream
 * and is fixed, as without sharing.
 *
 * The record has one item for each fact, appended, so that proxies that learn at the same time lose nothing.
 */
export function shareLearned(
  own: LearnedParameters,
  store: Store,
  { nowMs, monotonicMs }: Clocks,
  log: Log,
): KeptParameters {
  let exchangedMs = -Infinity;
  let work = Promise.resolve();
  let isLost = false;

  async function exchange(): Promise<void> {
    const items = (await store.get(KEY))?.items ?? [];
    const theirs = readFacts(items);
    own.add(theirs);
    const facts = own.list();
    const missing = facts.filter((fact) => !theirs.some((known) => coversFact(known, fact)));
    const isLong = items.length > ENTRIES_LIMIT;
    if (missing.length === 0 && !isLong) return;
    await store.write([{
      op: isLong ? "put" : "append",
      key: KEY,
      head: {},
      items: (isLong ? facts : missing).map((fact) => ({ ...fact })),
      expiresAtMs: Math.max(nowMs(), ...facts.map(({ untilMs }) => untilMs)),
    }]);
  }

  async function tryExchange(): Promise<void> {
    try {
      await exchange();
      isLost = false;
    } catch (error) {
      // Once for each loss: requests come again and again.
      if (!isLost) log("warn", "what was learned is not shared", { error: errorText(error) });
      isLost = true;
    }
  }

  function exchangeSoon(): void {
    exchangedMs = monotonicMs();
    work = work.then(tryExchange);
  }

  exchangeSoon();
  return {
    ...own,
    for(model) {
      if (monotonicMs() - exchangedMs >= EXCHANGE_PERIOD_MS) exchangeSoon();
      return own.for(model);
    },
    learn(model, parameter) {
      own.learn(model, parameter);
      exchangeSoon();
    },
    settled: () => work,
  };
}

function coversFact(known: LearnedParameter, fact: LearnedParameter): boolean {
  return known.model === fact.model && known.parameter === fact.parameter && known.untilMs >= fact.untilMs;
}
