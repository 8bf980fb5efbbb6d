/**
 * How the process itself is doing, for Prometheus: memory, and how late the event loop is.
 *
 * Open descriptors are not among them: Linux tells them in /proc, which Deno gives only to who has every permission.
 */
export interface ProcessGauges {
  /** Takes the number of requests that are being answered: lateness is measured while there are any. */
  running(count: number): void;
  /** Ends the looking. */
  stop(): void;
  /** The gauges as text. */
  metrics(): string;
}

/** Lateness is looked at this often, in milliseconds. */
const PERIOD_MS = 250;
/** A gauge shows the latest turn of this long at least, so that a scrape each minute misses little. */
const WINDOW_MS = 30_000;

/** What {@linkcode createProcessGauges} needs. */
export interface ProcessGaugesParts {
  /** a clock that is never set, in milliseconds */
  readonly monotonicMs: () => number;
  /** bytes that the process holds, and the part of them that is JavaScript's */
  readonly memory: () => { readonly rss: number; readonly heapUsed: number; readonly external: number };
}

/**
 * Gauges of this process. A timer that comes late tells how long something kept the event loop; it runs only while
 * requests do, so that a quiet proxy sleeps.
 *
 * @see https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics for the first name
 */
export function createProcessGauges(parts: ProcessGaugesParts): ProcessGauges {
  let timer: ReturnType<typeof setInterval> | undefined;
  let expectedMs = 0;
  let worst = { since: 0, nowMs: 0, beforeMs: 0 };

  function look(): void {
    const atMs = parts.monotonicMs();
    const lateMs = Math.max(0, atMs - expectedMs);
    expectedMs = atMs + PERIOD_MS;
    if (atMs - worst.since > WINDOW_MS) worst = { since: atMs, nowMs: 0, beforeMs: worst.nowMs };
    worst.nowMs = Math.max(worst.nowMs, lateMs);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    running(count) {
      if (count === 0) return stop();
      if (timer !== undefined) return;
      expectedMs = parts.monotonicMs() + PERIOD_MS;
      timer = setInterval(look, PERIOD_MS);
      Deno.unrefTimer(timer);
    },
    stop,
    metrics() {
      const { rss, heapUsed, external } = parts.memory();
      const delaySeconds = Math.max(worst.nowMs, worst.beforeMs) / 1000;
      return [
        "# TYPE process_resident_memory_bytes gauge",
        `process_resident_memory_bytes ${rss}`,
        "# TYPE ccproxy_heap_used_bytes gauge",
        `ccproxy_heap_used_bytes ${heapUsed}`,
        "# TYPE ccproxy_external_memory_bytes gauge",
        `ccproxy_external_memory_bytes ${external}`,
        "# TYPE ccproxy_event_loop_delay_seconds gauge",
        `ccproxy_event_loop_delay_seconds ${delaySeconds.toFixed(3)}`,
        "",
      ].join("\n");
    },
  };
}
