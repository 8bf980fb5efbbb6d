import { cleanText } from "../../clean_text.ts";
import { usageFile } from "../../config/paths.ts";
import { Problem } from "../../problem.ts";
import { openUsageBook, type UsageBook } from "../../store/usage/usage_book.ts";
import type { Context } from "../context.ts";
import { createPaint, fittedTable, timeText, writeJson } from "../output.ts";
import type { World } from "../world.ts";
import { type Grouping, groupUsage, type UsageQuestion } from "./group_usage.ts";
import { readSince } from "./time_range.ts";
import { groupCells, groupHead, groupTitle, REQUEST_HEAD, requestCells } from "./usage_columns.ts";
import { csvText, groupJson, REQUEST_COLUMNS, requestJson } from "./usage_json.ts";

/** What `ccproxy usage` is asked of the past. */
export interface HistoryFlags {
  readonly since?: string;
  readonly by?: Grouping | "request";
  readonly limit?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** The account's limits, in both forms. @throws Problem when they cannot be had */
export type LimitsShown = () => Promise<{ readonly json: unknown; readonly text: string }>;

const SINCE = "7d";
const LIMIT = 100;

/**
 * Shows what was used, and next to it the account's limits, where they can be had.
 *
 * @throws Problem usage, config, or of the store
 */
export async function showHistory(
  world: World,
  context: Context,
  flags: HistoryFlags,
  limits: LimitsShown,
): Promise<void> {
  if (flags.csv && flags.json) throw new Problem("usage", '"--csv" and "--json" exclude each other');
  const { by = "day" } = flags;
  if (flags.limit !== undefined && by !== "request") {
    throw new Problem("usage", '"--limit" goes with "--by request"', { param: "--limit" });
  }
  const utcOffset = (atMs: number) => world.utcOffset(atMs);
  const nowMs = world.now();
  const question = {
    fromMs: readSince(flags.since ?? SINCE, nowMs, utcOffset),
    untilMs: nowMs + 1,
    utcOffset,
    prices: context.settings["usage.prices"],
  };
  const book = openBook(context);
  const { limit = LIMIT } = flags;
  const output = { world, flags, limits };
  try {
    if (by === "request") await showRequests(output, book, { ...question, by, limit });
    else await showGroups(output, book, { ...question, by });
  } finally {
    book.close();
  }
}

/** Where it goes, and in which form. */
interface Output {
  readonly world: World;
  readonly flags: HistoryFlags;
  readonly limits: LimitsShown;
}

async function showGroups(
  { world, flags, limits }: Output,
  book: UsageBook,
  question: UsageQuestion,
): Promise<void> {
  const { by } = question;
  const { groups, total } = groupUsage(book, question);
  const records = groups.map((group) => groupJson(by, group));
  if (flags.csv) return world.out(csvText(records, Object.keys(groupJson(by, total))));
  const known = await limitsOrNote(world, limits);
  if (flags.json) {
    const { [by]: _, ...all } = groupJson(by, total);
    return writeJson(world, {
      ...rangeJson(question),
      groups: records,
      total: all,
      limits: known?.json ?? null,
    });
  }
  const hasCost = total.cost !== undefined;
  const rows = groups.map((group) => groupCells(groupTitle(by, group, question.utcOffset), group, hasCost));
  if (rows.length > 1) rows.push(groupCells("total", total, hasCost));
  showTable(world, question, groupHead(by, hasCost), rows, known?.text);
  const { unknown, estimated } = total.sums;
  if (unknown > 0) {
    world.err(
      `Note: no tokens are known of ${unknown} of the requests: streams that Codex clients get by POST are handed on ` +
        "unread; usage.codex_streams = true counts them\n",
    );
  }
  if (estimated > 0) {
    world.err(`Note: the input of ${estimated} of the requests is an estimate, since the answer was cut\n`);
  }
  if (hasCost && total.unpriced.length > 0) {
    world.err(`Note: usage.prices has no price for ${cleanText(total.unpriced.join(", "))}\n`);
  }
}

async function showRequests(
  { world, flags, limits }: Output,
  book: UsageBook,
  question: Omit<UsageQuestion, "by"> & { readonly by: "request"; readonly limit: number },
): Promise<void> {
  const { limit } = question;
  const found = book.requests(question.fromMs, question.untilMs, limit);
  const records = found.map(requestJson);
  if (flags.csv) return world.out(csvText(records, REQUEST_COLUMNS));
  const known = await limitsOrNote(world, limits);
  if (flags.json) {
    return writeJson(world, { ...rangeJson(question), requests: records, limits: known?.json ?? null });
  }
  const rows = found.map((record) => requestCells(record, question.utcOffset));
  showTable(world, question, REQUEST_HEAD, rows, known?.text);
  if (found.length === limit) world.err(`Note: only the last ${limit} are shown; --limit shows more\n`);
}

function showTable(
  world: World,
  { fromMs, utcOffset }: Pick<UsageQuestion, "fromMs" | "utcOffset">,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  limits: string | undefined,
): void {
  const paint = createPaint(world);
  world.out(`${paint("bold", `Used since ${timeText(fromMs, utcOffset)}`)}\n`);
  if (rows.length === 0) world.err("No request was answered in this time\n");
  else world.out(`\n${fittedTable(world, head, rows)}`);
  if (limits !== undefined) world.out(`\n${limits}`);
}

function rangeJson({ by, fromMs, untilMs }: { by: string; fromMs: number; untilMs: number }) {
  return { since: new Date(fromMs).toISOString(), until: new Date(untilMs - 1).toISOString(), by };
}

/** What was used is shown whatever is known of the limits. */
async function limitsOrNote(
  world: World,
  limits: LimitsShown,
): Promise<Awaited<ReturnType<LimitsShown>> | undefined> {
  try {
    return await limits();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    world.err(`Note: the account's limits are not known: ${cleanText(thrown.message)}\n`);
    return undefined;
  }
}

/** @throws Problem config when nothing is kept on disk */
function openBook({ settings, place }: Context): UsageBook {
  const path = usageFile(place, settings);
  if (path === undefined) {
    throw new Problem("config", '"storage.enabled" is false: usage is only known to the running proxy', {
      param: "storage.enabled",
      hint: "Set storage.enabled = true",
    });
  }
  return openUsageBook(path);
}
