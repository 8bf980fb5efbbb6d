import { type ExitCode, Problem } from "../problem.ts";
import { type Limits, readUsage } from "../upstream/rate_limits.ts";
import { readBackendLimits } from "./backend_limits.ts";
import { redeemReset } from "./redeem_reset.ts";
import { cacheReportText, readCacheReport } from "./cache_report.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "./command.ts";
import { type Context, interruptible, openContext } from "./context.ts";
import { cleanText } from "../clean_text.ts";
import { createPaint, timeText, waiting, writeJson } from "./output.ts";
import { answerOf, askServer, requireAnswer, silenceOf } from "./running_server.ts";
import { limitsJson, limitsText, type Source } from "./usage/limits_text.ts";
import { GROUPINGS } from "./usage/group_usage.ts";
import { type HistoryFlags, showHistory } from "./usage/show_history.ts";
import type { World } from "./world.ts";

/** `ccproxy usage`. */
export const usageCommand = defineCommand({
  path: ["usage"],
  summary: "Show how much of the account's limits is used, and what was used over time",
  description:
    "Windows are named by their length (5 h, weekly). A running proxy is asked first, since it has seen the numbers " +
    "of the last answer; else the backend is asked once.\n\n" +
    "With --since or --by: what was used, from the file of this machine. Times are averages; OURS is the part of the " +
    "time before it that was spent here. COST is what the same would have cost at usage.prices. Days and hours are " +
    "local; 7d is today and the six days before. Requests older than storage.usage_days are summed by day.",
  flags: {
    watch: { kind: "boolean", short: "w", doc: "Show it again every few seconds until Ctrl-C" },
    interval: {
      kind: "integer",
      value: "SECONDS",
      min: 2,
      max: 3600,
      doc: "Pause of --watch, 30 by default",
    },
    since: {
      kind: "text",
      value: "TIME",
      doc: "What was used since then: 24h, 7d, 4w, today, yesterday, 2026-11-28",
    },
    by: {
      kind: "choice",
      choices: [...GROUPINGS, "request"],
      doc: "What was used by day (the default), hour, model, key or client, or each request",
    },
    limit: {
      kind: "integer",
      value: "N",
      min: 1,
      max: 1_000_000,
      doc: "Requests of --by request, 100 by default",
    },
    csv: { kind: "boolean", doc: "Print what was used as comma-separated values" },
    cache: { kind: "boolean", doc: "Show instead how much of the input came from the prompt cache" },
    redeem: { kind: "boolean", doc: "Spend an early reset of the account, after a question" },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    { line: "ccproxy usage", doc: "Once" },
    { line: "ccproxy usage --watch --interval 60", doc: "Every minute" },
    { line: "ccproxy usage --json", doc: "For programs" },
    { line: "ccproxy usage --since 7d --by key", doc: "Who used what this week" },
    {
      line: "ccproxy usage --since yesterday --by request",
      doc: "Each request, with what its time went into",
    },
    { line: "ccproxy usage --since 2026-11-01 --csv", doc: "Day by day, for a spreadsheet" },
    { line: "ccproxy usage --redeem", doc: "Reset the limits now; asks before it spends anything" },
    { line: "ccproxy usage --cache", doc: "Which conversations are cached, and why one no longer is" },
  ],
  exitCodes: {
    0: "Shown, or reset",
    1: "Not reset",
    3: "Sign in first",
    4: "The backend could not be reached",
  },
  async run({ flags }, world): Promise<ExitCode> {
    const context = await openContext(world, flags.config);
    if (flags.redeem) {
      if (flags.watch || flags.cache || flags.json) {
        throw new Problem(
          "usage",
          '"--redeem" asks a question and goes with none of "--watch", "--cache", "--json"',
        );
      }
      return await redeemReset(world, context);
    }
    const note = createNoteOnce(world);
    if (asksForPast(flags)) {
      await showHistory(world, context, flags, async () => {
        const { limits, source } = await waiting(
          world,
          "Asking for the limits",
          readLimits(world, context, note),
        );
        return {
          json: limitsJson(limits, source, world.now()),
          text: limitsText(limits, world, createPaint(world)),
        };
      });
      return 0;
    }
    if (flags.cache) {
      const told = await askServer(world, context.settings, "/codex/usage/cache");
      if (told.kind === "answer" && told.doubt !== undefined) note(told.doubt);
      const found = readCacheReport(requireAnswer(told, "how its requests were cached"));
      if (flags.json) writeJson(world, found);
      else world.out(cacheReportText(found, world));
      return 0;
    }
    if (!flags.watch) {
      const { limits, source } = await waiting(
        world,
        "Asking for the limits",
        readLimits(world, context, note),
      );
      show(world, limits, source, flags.json ?? false);
      return 0;
    }
    const pauseMs = (flags.interval ?? 30) * 1000;
    return await watch(world, () => readLimits(world, context, note), pauseMs, flags.json ?? false);
  },
});

/** Whether what was used is asked for. @throws Problem usage for flags that do not go together */
function asksForPast(
  { since, by, limit, csv, watch, cache }: HistoryFlags & {
    readonly watch?: boolean;
    readonly cache?: boolean;
  },
): boolean {
  if (since === undefined && by === undefined && limit === undefined && !csv) return false;
  if (!watch && !cache) return true;
  throw new Problem(
    "usage",
    `"--${watch ? "watch" : "cache"}" does not go with --since, --by, --limit and --csv`,
  );
}

/** Says the same thing once, however often the limits are shown again. */
function createNoteOnce(world: World): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) world.err(`Note: ${text}\n`);
    told.add(text);
  };
}

/** @throws Problem when neither the running proxy nor the backend tells the limits */
async function readLimits(
  world: World,
  context: Context,
  note: (text: string) => void,
): Promise<{ readonly limits: Limits; readonly source: Source }> {
  const told = await askServer(world, context.settings, "/codex/usage");
  if (told.kind === "answer" && told.doubt !== undefined) note(told.doubt);
  const known = readUsage(answerOf(told), world.now());
  if (known !== undefined) return { limits: known, source: "server" };
  const silence = silenceOf(told);
  if (silence !== undefined) note(`${silence}; the backend is asked instead`);
  return { limits: await readBackendLimits(world, context), source: "backend" };
}

async function watch(
  world: World,
  read: () => ReturnType<typeof readLimits>,
  pauseMs: number,
  asJson: boolean,
): Promise<ExitCode> {
  return await interruptible<ExitCode>(world, async (interrupted) => {
    const signal = AbortSignal.any([interrupted, world.readerGone]);
    while (!signal.aborted) {
      try {
        const { limits, source } = await read();
        if (world.isTty.stdout && !asJson) world.out("\x1b[H\x1b[2J");
        show(world, limits, source, asJson);
      } catch (thrown) {
        // A watch outlives a network that is away for a while; a login that is missing does not come by itself.
        if (!(thrown instanceof Problem) || thrown.exitCode !== 4) throw thrown;
        world.err(`${timeText(world.now(), world.utcOffset)} ${cleanText(thrown.message)}\n`);
      }
      await world.sleep(pauseMs, signal);
    }
    return 0;
  });
}

function show(world: World, limits: Limits, source: Source, asJson: boolean): void {
  if (asJson) writeJson(world, limitsJson(limits, source, world.now()));
  else world.out(limitsText(limits, world, createPaint(world)));
}
