import { durationText } from "../duration_text.ts";
import { percentText } from "../percent_text.ts";
import { type ExitCode, Problem } from "../problem.ts";
import { type LimitBlock, limitBlock } from "../upstream/limit_state.ts";
import { type Limits, type LimitWindow, readUsage } from "../upstream/rate_limits.ts";
import { readBackendLimits } from "./backend_limits.ts";
import { redeemReset } from "./redeem_reset.ts";
import { cacheReportText, readCacheReport } from "./cache_report.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "./command.ts";
import { type Context, interruptible, openContext } from "./context.ts";
import { cleanText } from "../clean_text.ts";
import {
  bar,
  type Colour,
  createPaint,
  type Paint,
  timeText,
  type UtcOffset,
  waiting,
  writeJson,
} from "./output.ts";
import { answerOf, askServer, requireAnswer, silenceOf } from "./running_server.ts";
import { padText, textWidth, wrapText } from "./text_width.ts";
import type { World } from "./world.ts";

/** `ccproxy usage`. */
export const usageCommand = defineCommand({
  path: ["usage"],
  summary: "Show how much of the account's limits is used and when they reset",
  description:
    "Windows are named by their length (5 h, weekly). A running proxy is asked first, since it has seen the numbers " +
    "of the last answer; else the backend is asked once.",
  flags: {
    watch: { kind: "boolean", short: "w", doc: "Show it again every few seconds until Ctrl-C" },
    interval: {
      kind: "integer",
      value: "SECONDS",
      min: 2,
      max: 3600,
      doc: "Pause of --watch, 30 unless told",
    },
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

/** Says the same thing once, however often the limits are shown again. */
function createNoteOnce(world: World): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) world.err(`Note: ${text}\n`);
    told.add(text);
  };
}

type Source = "server" | "backend";

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

function limitsJson(limits: Limits, source: Source, nowMs: number): unknown {
  const block = limitBlock(limits, nowMs);
  return {
    plan: limits.plan?.toUpperCase() ?? null,
    allowed: block === undefined,
    refused_because: block?.kind ?? null,
    reached_type: limits.reachedType ?? null,
    windows: limits.windows.map((window) => ({
      limit: window.limitId,
      name: window.limitName ?? null,
      label: window.label,
      window_seconds: window.windowSeconds ?? null,
      used_percent: usedNow(window, nowMs),
      limit_reached: window.limitReached,
      resets_at: window.resetsAtMs === undefined ? null : new Date(window.resetsAtMs).toISOString(),
      resets_in_seconds: window.resetsAtMs === undefined
        ? null
        : Math.max(0, Math.ceil((window.resetsAtMs - nowMs) / 1000)),
    })),
    credits: limits.credits === undefined ? null : {
      has_credits: limits.credits.hasCredits,
      unlimited: limits.credits.unlimited,
      balance: limits.credits.balance ?? null,
    },
    source,
  };
}

/** Where and when limits are shown. */
export interface LimitsView {
  readonly columns: number;
  now(): number;
  readonly utcOffset: UtcOffset;
}

/** The limits as bars, one line each; the reset goes under the bar where the terminal is narrow. Pure. */
export function limitsText(limits: Limits, view: LimitsView, paint: Paint): string {
  const nowMs = view.now();
  const columns = Math.min(view.columns, 100);
  const lines = [
    paint(
      "bold",
      limits.plan === undefined ? "Limits" : `Limits of the plan ${cleanText(limits.plan.toUpperCase())}`,
    ),
  ];
  if (limits.windows.length === 0) lines.push("  The backend names no limit for this account");
  lines.push(...windowLines(limits.windows, view, columns, paint));
  const { credits } = limits;
  if (credits !== undefined) {
    const balance = credits.balance === undefined ? "" : `, balance ${cleanText(credits.balance)}`;
    lines.push(
      `  Credits: ${credits.unlimited ? "unlimited" : credits.hasCredits ? "yes" : "none"}${balance}`,
    );
  }
  if (limits.resetCredits !== undefined && limits.resetCredits > 0) {
    lines.push(`  Early resets left: ${limits.resetCredits} ("ccproxy usage --redeem")`);
  }
  const block = limitBlock(limits, nowMs);
  if (block !== undefined) {
    lines.push(...wrapText(blockText(block, nowMs), columns - 2).map((text) => paint("red", `  ${text}`)));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function blockText(block: LimitBlock, nowMs: number): string {
  switch (block.kind) {
    case "window": {
      const { resetsAtMs } = block.window;
      const until = resetsAtMs === undefined ? "" : ` for ${durationText(resetsAtMs - nowMs)}`;
      return `Requests are refused${until}: the ${labelOf(block.window)} limit is used up`;
    }
    case "credits":
      return "Requests are refused: the credits of the workspace are used up";
    case "cap":
      return "Requests are refused: the cap that the workspace has set is reached";
    case "unnamed":
      return "Requests are refused: the backend says that a limit is reached";
    default:
      block satisfies never;
      return "";
  }
}

function labelOf({ label, limitId, limitName }: LimitWindow): string {
  return limitId === "codex" ? label : cleanText(`${limitName ?? limitId} ${label}`);
}

/** A window whose reset has passed is empty again, whatever was last heard of it. */
function usedNow({ usedPercent, resetsAtMs }: LimitWindow, nowMs: number): number {
  return resetsAtMs !== undefined && resetsAtMs <= nowMs ? 0 : usedPercent;
}

/** All bars of the same width; the resets beside them, or below where there is no room. */
function windowLines(
  windows: readonly LimitWindow[],
  view: LimitsView,
  columns: number,
  paint: Paint,
): string[] {
  const nowMs = view.now();
  const labelWidth = Math.max(0, ...windows.map((window) => textWidth(labelOf(window))));
  const resetWidth = Math.max(0, ...windows.map((window) => textWidth(resetText(window, view))));
  // Besides bar and reset: two blanks, the label, two blanks, brackets, a blank and "100% used" (or "99.9% used").
  const room = columns - labelWidth - 16;
  const beside = room - resetWidth - 2;
  const barWidth = Math.max(8, Math.min(30, beside >= 8 ? beside : room));
  return windows.flatMap((window) => {
    const used = usedNow(window, nowMs);
    const colour: Colour = used >= 95 ? "red" : used >= 80 ? "yellow" : "green";
    const label = padText(labelOf(window), labelWidth);
    const line = `  ${label}  [${paint(colour, bar(used, barWidth))}] ${
      `${percentText(used)} used`.padStart(9)
    }`;
    const reset = resetText(window, view);
    if (reset === "") return [line];
    if (beside >= 8) return [`${line}  ${reset}`];
    return [line, ...wrapText(reset, columns - 4).map((text) => `    ${text}`)];
  });
}

function resetText({ resetsAtMs }: LimitWindow, view: LimitsView): string {
  const nowMs = view.now();
  if (resetsAtMs === undefined) return "";
  if (resetsAtMs <= nowMs) return "has been reset";
  return `resets in ${durationText(resetsAtMs - nowMs)} (${timeText(resetsAtMs, view.utcOffset)})`;
}
