import type { RequestNote } from "./note.ts";

/**
 * Counters for Prometheus, in its text format. Labels are routes, lanes, models, status codes and names of keys: nothing that a
 * client could fill with values of its own, and nothing about anybody's words.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export interface Metrics {
  /** Counts a request that is over. @param doneMs by the clock of `note.startedMs` */
  count(note: RequestNote, doneMs: number): void;
  /** Counts an event of the backend that is not of the public API; true when it is the first of its type. */
  countUnknownEvent(type: string): boolean;
  /** The whole text. `running` is the number of requests that are being answered. */
  text(running: number): string;
}

/** Upper bounds of the histogram buckets, in seconds. */
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** More label sets than this are summed under "other": a metric must not grow without bound. */
const SERIES_LIMIT = 200;

/** Counters that start at zero. */
export function createMetrics(): Metrics {
  const counters = new Map<string, number>();
  const buckets = new Map<string, number>();
  const unknown = new Set<string>();
  let seconds = 0;
  let requests = 0;

  function add(name: string, labels: Record<string, string>, amount: number): void {
    const series = `${name}{${
      Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`).join(",")
    }}`;
    const key = counters.has(series) || counters.size < SERIES_LIMIT ? series : `${name}{other="true"}`;
    counters.set(key, (counters.get(key) ?? 0) + amount);
  }

  return {
    count(note, doneMs) {
      const took = (doneMs - note.startedMs) / 1000;
      requests++;
      seconds += took;
      for (const bound of BUCKETS_SECONDS) {
        if (took <= bound) buckets.set(String(bound), (buckets.get(String(bound)) ?? 0) + 1);
      }
      add("ccproxy_requests_total", { route: note.route, lane: note.lane, status: String(note.status) }, 1);
      if (note.way !== undefined) {
        const { transport, fallback, isContinuation } = note.way;
        add("ccproxy_backend_requests_total", {
          transport,
          fallback: fallback?.kind ?? "",
          continuation: String(isContinuation),
        }, 1);
      }
      if (note.problem !== undefined) add("ccproxy_problems_total", { problem: note.problem }, 1);
      if (note.unreadableEvents > 0) {
        add("ccproxy_unreadable_events_total", { lane: note.lane }, note.unreadableEvents);
      }
      if (note.key !== undefined) {
        add("ccproxy_key_requests_total", { key: note.key, status: String(note.status) }, 1);
      }
      const { usage, modelUsed } = note;
      if (usage === undefined) return;
      const model = modelUsed ?? "unknown";
      add("ccproxy_tokens_total", { model, kind: "input" }, usage.input_tokens ?? 0);
      add("ccproxy_tokens_total", { model, kind: "cached" }, usage.input_tokens_details?.cached_tokens ?? 0);
      add("ccproxy_tokens_total", { model, kind: "output" }, usage.output_tokens ?? 0);
      add(
        "ccproxy_tokens_total",
        { model, kind: "reasoning" },
        usage.output_tokens_details?.reasoning_tokens ?? 0,
      );
      if (note.key === undefined) return;
      add("ccproxy_key_tokens_total", { key: note.key, kind: "input" }, usage.input_tokens ?? 0);
      add("ccproxy_key_tokens_total", { key: note.key, kind: "output" }, usage.output_tokens ?? 0);
    },
    countUnknownEvent(type) {
      const isFirst = !unknown.has(type) && unknown.size < SERIES_LIMIT;
      if (isFirst) unknown.add(type);
      add("ccproxy_unknown_events_total", { type: unknown.has(type) ? type : "other" }, 1);
      return isFirst;
    },
    text(running) {
      const lines = ["# TYPE ccproxy_requests_running gauge", `ccproxy_requests_running ${running}`];
      for (
        const name of [
          "ccproxy_requests_total",
          "ccproxy_backend_requests_total",
          "ccproxy_problems_total",
          "ccproxy_tokens_total",
          "ccproxy_key_requests_total",
          "ccproxy_key_tokens_total",
          "ccproxy_unknown_events_total",
          "ccproxy_unreadable_events_total",
        ]
      ) {
        lines.push(`# TYPE ${name} counter`);
        for (const [series, value] of counters) {
          if (series.startsWith(`${name}{`)) lines.push(`${series} ${value}`);
        }
      }
      lines.push("# TYPE ccproxy_request_seconds histogram");
      for (const bound of BUCKETS_SECONDS) {
        lines.push(`ccproxy_request_seconds_bucket{le="${bound}"} ${buckets.get(String(bound)) ?? 0}`);
      }
      lines.push(`ccproxy_request_seconds_bucket{le="+Inf"} ${requests}`);
      lines.push(`ccproxy_request_seconds_sum ${seconds}`, `ccproxy_request_seconds_count ${requests}`);
      return `${lines.join("\n")}\n`;
    },
  };
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
