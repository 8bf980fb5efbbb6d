import { cleanText } from "../../clean_text.ts";
import { durationText } from "../../duration_text.ts";
import type { UtcOffset } from "../../local_days.ts";
import { percentText } from "../../percent_text.ts";
import { type LimitBlock, limitBlock } from "../../upstream/limit_state.ts";
import type { Limits, LimitWindow } from "../../upstream/rate_limits.ts";
import { bar, type Colour, type Paint, timeText } from "../output.ts";
import { padText, textWidth, wrapText } from "../text_width.ts";

/** Who told the limits. */
export type Source = "server" | "backend";

/** The limits for `--json`. */
export function limitsJson(limits: Limits, source: Source, nowMs: number): unknown {
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

/** All bars of the same width; the resets next to them, or below where there is no room. */
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
