import { errorText } from "../error_text.ts";
import type { Log } from "../log.ts";
import { storeCause, storeProblem } from "../store/store_problem.ts";
import type { Problem, ProblemCode } from "../problem.ts";

/** What is known of how well the memory works, told wherever somebody may look (behaviour.md#sessions). */
export interface MemoryHealth {
  /** A call of the store went well; `small` for one that a disk without room may still take. */
  worked(kind: "read" | "small" | "write"): void;
  /** A call of the store failed. */
  failed(error: unknown): void;
  /** A turn is not remembered. `whose` names its session or conversation, whose next answer says so. */
  forgot(error: unknown, whose: string | undefined): void;
  /** Why an earlier turn is not remembered; undefined when all are, and when it was told already. */
  tellForgotten(whose: string): string | undefined;
  /** What was remembered is gone: the database was removed. */
  lost(text: string): void;
  /** The database cannot be opened: everything is kept in this process only. */
  onlyHere(problem: Problem): void;
  /** How it is now, as far as the last calls of the store have shown. */
  state(): MemoryState;
  /** Counters for Prometheus. */
  metrics(): string;
}

/** How the memory works. Texts name no path: `/health/ready` needs no key. */
export interface MemoryState {
  /** why nothing can be read or written; undefined when all is well */
  readonly trouble: string | undefined;
  /** why everything is kept in this process only; undefined when it is not */
  readonly onlyHere: string | undefined;
  /** requests that need the memory fail */
  readonly isUnreachable: boolean;
  /** what was lost lately, in a few words */
  readonly recentLoss: string | undefined;
  /** what was lost since the start, for the one who runs the program */
  readonly loss: string | undefined;
}

/** Answers carry the word of a loss for so long. */
const LOSS_TOLD_MS = 5 * 60_000;
/** Sessions with a turn that is not remembered; the oldest are not told any more. */
const FORGOTTEN_LIMIT = 1000;

const REASONS: Readonly<Partial<Record<ProblemCode, string>>> = {
  memory_unavailable: "the store cannot be reached",
  memory_busy: "another program holds the database",
  memory_full: "there is no room left for it",
  memory_read_only: "the database cannot be changed",
  memory_damaged: "the database is damaged",
  not_storable: "it is too large or nested too deeply",
};

/** Why something is not remembered, in words for headers: printable ASCII, no path, no secret. */
export function reasonOf(error: unknown): string {
  return REASONS[storeProblem("", error).code] ?? "see the log of ccproxy";
}

/** Starts with everything well. The log says when trouble begins and when it is over, once each. */
export function createMemoryHealth(nowMs: () => number, log: Log): MemoryHealth {
  let trouble: ProblemCode | undefined;
  let onlyHere: string | undefined;
  let loss: { readonly text: string; readonly atMs: number } | undefined;
  let losses = 0;
  const failures = new Map<string, number>();
  const notRemembered = new Map<string, number>();
  const forgotten = new Map<string, string>();
  const add = (counter: Map<string, number>, cause: string) =>
    counter.set(cause, (counter.get(cause) ?? 0) + 1);

  return {
    worked(kind) {
      if (trouble === undefined) return;
      const isWriting = trouble !== "memory_unavailable" && trouble !== "memory_damaged";
      if (isWriting && (kind === "read" || (kind === "small" && trouble === "memory_full"))) return;
      trouble = undefined;
      log("info", "the memory works again");
    },
    failed(error) {
      const cause = storeCause(error);
      if (cause === undefined) return;
      add(failures, cause);
      if (trouble === cause) return;
      trouble = cause;
      log("error", "the memory does not work", {
        error: errorText(error),
      });
    },
    forgot(error, whose) {
      add(notRemembered, storeProblem("", error).code);
      if (whose === undefined) return;
      forgotten.delete(whose);
      forgotten.set(whose, reasonOf(error));
      const oldest = forgotten.size > FORGOTTEN_LIMIT ? forgotten.keys().next().value : undefined;
      if (oldest !== undefined) forgotten.delete(oldest);
    },
    tellForgotten(whose) {
      const reason = forgotten.get(whose);
      forgotten.delete(whose);
      return reason;
    },
    lost(text) {
      losses++;
      loss = { text, atMs: nowMs() };
      log("error", `${text}; a new database is begun`);
    },
    onlyHere(problem) {
      onlyHere = "the database cannot be opened";
      log(
        "error",
        `${problem.message}; sessions and responses are kept in memory until the end of the process`,
        { hint: problem.hint },
      );
    },
    state() {
      const isRecent = loss !== undefined && nowMs() - loss.atMs < LOSS_TOLD_MS;
      return {
        trouble: trouble === undefined ? undefined : REASONS[trouble],
        onlyHere,
        isUnreachable: trouble === "memory_unavailable" || trouble === "memory_damaged",
        recentLoss: isRecent ? "the database was removed while ccproxy ran" : undefined,
        loss: loss?.text,
      };
    },
    metrics() {
      const isWell = trouble === undefined && onlyHere === undefined;
      const series = (
        name: string,
        counter: Map<string, number>,
      ) => [`# TYPE ${name} counter`, ...[...counter].map(([cause, n]) => `${name}{cause="${cause}"} ${n}`)];
      return [
        "# TYPE ccproxy_memory_ok gauge",
        `ccproxy_memory_ok ${isWell ? 1 : 0}`,
        ...series("ccproxy_memory_failures_total", failures),
        ...series("ccproxy_turns_not_remembered_total", notRemembered),
        "# TYPE ccproxy_memory_losses_total counter",
        `ccproxy_memory_losses_total ${losses}`,
        "",
      ].join("\n");
    },
  };
}
