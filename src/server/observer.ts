import type { Log } from "../log.ts";
import type { Readiness } from "./endpoints/health.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestNote } from "./note.ts";
import { createProcessGauges } from "./process_gauges.ts";
import { logRequest } from "./request_log.ts";

/** What is seen of the requests of a running program: the state behind the page, the readiness and the metrics. */
export interface Observer {
  /** Headers of an answer of the backend have come. */
  answered(): void;
  /** A request is over, its answer sent. */
  done(note: RequestNote): void;
  /** So many requests are being answered now. */
  running(count: number): void;
  /** the last requests, newest first */
  readonly recent: readonly RecentRequest[];
  /** when the backend answered last, and when it could not be reached */
  contact(): Pick<Readiness, "lastAnswerMs" | "lastFailureMs">;
  /** in Prometheus' text format */
  metrics(): string;
  stop(): void | Promise<void>;
}

/** A request that is over. */
export interface RecentRequest {
  readonly note: RequestNote;
  /** by the clock of the notes */
  readonly doneMs: number;
}

/** How many requests the page shows. */
const SHOWN = 200;

/** Nothing seen yet. @param monotonicMs a clock that only goes forward, the one of the notes */
export function createObserver(metrics: Metrics, monotonicMs: () => number, log: Log): Observer {
  const gauges = createProcessGauges({ monotonicMs, memory: Deno.memoryUsage });
  const recent: RecentRequest[] = [];
  let running = 0;
  let lastAnswerMs: number | undefined;
  let lastFailureMs: number | undefined;
  return {
    recent,
    answered: () => void (lastAnswerMs = monotonicMs()),
    done(note) {
      const doneMs = monotonicMs();
      const { problem } = note;
      if (problem === "backend_unreachable" || problem === "backend_timeout") lastFailureMs = doneMs;
      metrics.count(note, doneMs);
      // The page looks by itself: it would soon show nothing but its own requests.
      if (note.route !== "/" && !note.route.startsWith("/page/")) recent.unshift({ note, doneMs });
      if (recent.length > SHOWN) recent.pop();
      logRequest(log, note, doneMs);
    },
    running: (count) => gauges.running(running = count),
    contact: () => ({ lastAnswerMs, lastFailureMs }),
    metrics: () => metrics.text(running) + gauges.metrics(),
    stop: gauges.stop,
  };
}
