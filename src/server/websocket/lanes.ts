/** Where the requests of one socket wait for their turn (websocket.md#ws-protocol). */
export interface Lanes {
  /**
   * Runs a job when those before it in its lane are done; what runs in other lanes goes on meanwhile.
   *
   * @param run never rejects
   * @returns false when too much waits already: the job is not taken
   */
  add(job: Job): boolean;
  /** Drops what waits; what runs goes on. */
  clear(): void;
  /** nothing runs, and so nothing waits */
  readonly isIdle: boolean;
}

/** One request of a lane. */
export interface Job {
  readonly lane: string;
  /** held while it waits */
  readonly bytes: number;
  readonly run: () => Promise<void>;
}

/** What {@linkcode createLanes} keeps to. */
export interface LaneLimits {
  /** lanes that run at once */
  readonly running: number;
  /** jobs that wait, of all lanes */
  readonly waiting: number;
  /** bytes that wait, of all lanes */
  readonly waitingBytes: number;
  /** called whenever nothing runs any more */
  readonly onIdle: () => void;
}

/** Lanes in which nothing runs: first in, first out within a lane, lanes in parallel. */
export function createLanes(limits: LaneLimits): Lanes {
  const busy = new Set<string>();
  let waiting: Job[] = [];

  async function start(job: Job): Promise<void> {
    busy.add(job.lane);
    await job.run();
    busy.delete(job.lane);
    admit();
    if (busy.size === 0) limits.onIdle();
  }

  /** Starts what may run now, in the order of arrival. */
  function admit(): void {
    const left: Job[] = [];
    for (const job of waiting) {
      if (busy.has(job.lane) || busy.size >= limits.running) left.push(job);
      else void start(job);
    }
    waiting = left;
  }

  return {
    add(job) {
      if (!busy.has(job.lane) && busy.size < limits.running) {
        void start(job);
        return true;
      }
      const bytes = waiting.reduce((sum, each) => sum + each.bytes, job.bytes);
      if (waiting.length >= limits.waiting || bytes > limits.waitingBytes) return false;
      waiting.push(job);
      return true;
    },
    clear() {
      waiting = [];
    },
    get isIdle() {
      return busy.size === 0;
    },
  };
}
