import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { fileMark } from "../file_mark.ts";
import { IN_MEMORY, openSqlite } from "../open_sqlite.ts";
import { storeProblem } from "../store_problem.ts";
import { SUM_COLUMNS, USAGE_MIGRATIONS } from "./usage_migrations.ts";
import { bucketOf, DAYS, LEVELS_MS, rangesOf } from "./usage_ranges.ts";
import {
  addSums,
  type LabelSums,
  NO_USE,
  SUM_NAMES,
  sumsOf,
  type UsageLabel,
  type UsageRecord,
  type UsageSums,
} from "./usage_record.ts";
import { prepareUsage, type UsageStatement } from "./usage_statements.ts";

/**
 * What was used, and when: each request, and sums of them ({@linkcode LEVELS_MS}), which are all that a question about
 * a longer time looks at. Every method may throw a Problem of the store; none waits.
 */
export interface UsageBook {
  /** true when it outlives the process */
  readonly isKept: boolean;
  /** Writes all, or none. */
  write(records: readonly UsageRecord[]): void;
  /** Sums by label of what was over in this time, in whole quarters of an hour. */
  sums(fromMs: number, untilMs: number): LabelSums[];
  /** The requests of this time, the last ones first. */
  requests(fromMs: number, untilMs: number, limit: number): UsageRecord[];
  /**
   * Removes some of what is older, to the day of UTC: the requests, and all sums but those of days.
   *
   * @returns whether there may be more
   */
  sweep(beforeMs: number): boolean;
  close(): void;
}

/** Rows removed at once: some milliseconds. */
const REMOVED_AT_ONCE = 1000;

interface OpenBook {
  readonly database: DatabaseSync;
  readonly statements: Readonly<Record<UsageStatement, StatementSync>>;
  readonly mark: string | undefined;
  /** numbers of labels that are known to be in the file */
  readonly numbers: Map<string, number>;
  readonly labels: Map<number, UsageLabel>;
}

/**
 * Opens the file with the usage, and makes it where there is none. Several processes may use it at once. One that was
 * removed or replaced is begun anew.
 *
 * @param path {@linkcode IN_MEMORY} keeps the sums, until the end of the process
 * @throws Problem of the store when it cannot be used
 */
export function openUsageBook(path: string): UsageBook {
  const isKept = path !== IN_MEMORY;
  let open: OpenBook | undefined = openBook(path, isKept);

  function current(): OpenBook {
    if (open !== undefined && isKept && fileMark(path) !== open.mark) {
      open.database.close();
      open = undefined;
    }
    return open ??= openBook(path, isKept);
  }

  function use<T>(work: (open: OpenBook) => T): T {
    try {
      return work(current());
    } catch (error) {
      throw storeProblem(path, error);
    }
  }

  function change(work: (open: OpenBook) => void): void {
    use((open) => {
      const { database, numbers } = open;
      database.exec("BEGIN IMMEDIATE");
      try {
        work(open);
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        // Those of the transaction are gone with it.
        numbers.clear();
        throw error;
      }
    });
  }

  return {
    isKept,
    write: (records) => change((open) => writeAll(open, records, isKept)),
    sums: (fromMs, untilMs) => use((open) => sumsBetween(open, fromMs, untilMs)),
    requests: (fromMs, untilMs, limit) =>
      use(({ statements }) => statements.requests.all(fromMs, untilMs, limit).map(toRecord)),
    sweep: (beforeMs) =>
      use(({ statements }) => {
        const untilMs = bucketOf(beforeMs, DAYS);
        // Said first: what is being removed must not be looked at any more.
        statements.setSwept.run(untilMs);
        const remove = (statement: StatementSync, ...values: number[]) =>
          Number(statement.run(...values, REMOVED_AT_ONCE).changes) === REMOVED_AT_ONCE;
        for (let level = 0; level < DAYS; level++) {
          if (remove(statements.removeSums, level, untilMs)) return true;
        }
        return remove(statements.removeRequests, untilMs);
      }),
    close() {
      open?.database.close();
      open = undefined;
    },
  };
}

function openBook(path: string, isKept: boolean): OpenBook {
  const database = openSqlite(path, USAGE_MIGRATIONS);
  const mark = isKept ? fileMark(path) : undefined;
  return { database, statements: prepareUsage(database), mark, numbers: new Map(), labels: new Map() };
}

function sumsBetween(open: OpenBook, fromMs: number, untilMs: number): LabelSums[] {
  const { statements } = open;
  const sweptMs = Number(statements.swept.get()?.["until_ms"] ?? -Infinity);
  const found = new Map<number, UsageSums>();
  for (const range of rangesOf(fromMs, untilMs, sweptMs)) {
    for (const row of statements.sums.all(range.level, range.fromMs, range.untilMs)) {
      const number = Number(row["number"]);
      found.set(number, addSums(found.get(number) ?? NO_USE, toSums(row)));
    }
  }
  return [...found].map(([number, sums]) => ({ ...sums, label: labelOf(open, number) }));
}

/** A sum is written once for each label and quarter, not once for each request. */
function writeAll(open: OpenBook, records: readonly UsageRecord[], keepsRequests: boolean): void {
  const { statements } = open;
  const quarters = new Map<
    string,
    { readonly atMs: number; readonly label: number; readonly sums: UsageSums }
  >();
  for (const record of records) {
    const label = numberOf(open, record.label);
    const atMs = bucketOf(record.atMs, 0);
    const name = `${atMs}:${label}`;
    const quarter = quarters.get(name) ?? { atMs, label, sums: NO_USE };
    quarters.set(name, { ...quarter, sums: addSums(quarter.sums, sumsOf(record)) });
    if (keepsRequests) addRequest(statements.addRequest, record, label);
  }
  for (const { atMs, label, sums } of quarters.values()) {
    const values = valuesOf(sums);
    LEVELS_MS.forEach((_, level) => statements.addSum.run(level, bucketOf(atMs, level), label, ...values));
  }
}

function addRequest(statement: StatementSync, record: UsageRecord, label: number): void {
  const { tokens } = record;
  statement.run(
    record.atMs,
    label,
    record.status,
    record.problem ?? null,
    tokens?.input ?? null,
    tokens?.cached ?? null,
    tokens?.output ?? null,
    tokens?.reasoning ?? null,
    tokens?.isEstimate === true ? 1 : 0,
    record.firstMs ?? null,
    record.ownFirstMs,
    record.totalMs,
    record.ownMs,
  );
}

function numberOf({ numbers, statements }: OpenBook, label: UsageLabel): number {
  const values = [label.key, label.client, label.model, label.dialect, label.transport];
  const name = JSON.stringify(values);
  const known = numbers.get(name);
  if (known !== undefined) return known;
  const number = Number(statements.label.get(...values)?.["number"]);
  numbers.set(name, number);
  return number;
}

function labelOf({ labels, statements }: OpenBook, number: number): UsageLabel {
  const label = labels.get(number) ?? toLabel(statements.labelOf.get(number) ?? {});
  labels.set(number, label);
  return label;
}

function valuesOf(sums: UsageSums): number[] {
  return SUM_NAMES.map((name) => sums[name]);
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toSums(row: Row): UsageSums {
  const sums = { ...NO_USE };
  SUM_NAMES.forEach((name, at) => sums[name] = Number(row[SUM_COLUMNS[at] ?? ""] ?? 0));
  return sums;
}

function toLabel(row: Row): UsageLabel {
  const text = (name: string) => String(row[name] ?? "");
  return {
    key: text("key"),
    client: text("client"),
    model: text("model"),
    dialect: text("dialect"),
    transport: text("transport"),
  };
}

function toRecord(row: Row): UsageRecord {
  const count = (name: string) => Number(row[name] ?? 0);
  return {
    label: toLabel(row),
    atMs: count("at_ms"),
    status: count("status"),
    problem: row["problem"] === null ? undefined : String(row["problem"]),
    tokens: row["input"] === null ? undefined : {
      input: count("input"),
      cached: count("cached"),
      output: count("output"),
      reasoning: count("reasoning"),
      isEstimate: count("is_estimate") === 1,
    },
    firstMs: row["first_ms"] === null ? undefined : count("first_ms"),
    ownFirstMs: count("own_first_ms"),
    totalMs: count("total_ms"),
    ownMs: count("own_ms"),
  };
}
