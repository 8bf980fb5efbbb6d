import type { Settings } from "../config/settings.ts";
import { percentText } from "../percent_text.ts";
import { isOver } from "./limit_state.ts";
import { type Limits, type LimitWindow, MAIN_LIMIT } from "./rate_limits.ts";

/** The setting that keeps a part of a window back. */
export type ReserveSetting =
  | "limits.reserve_percent"
  | "limits.reserve_five_hours_percent"
  | "limits.reserve_weekly_percent";

/** What is kept back of the plan's windows, in percent; 0 for nothing. */
export type Reserve = Pick<Settings, ReserveSetting>;

/** Settings for one window, by its label: windows are known by their length, never by their position. */
const BY_LABEL: Readonly<Record<string, ReserveSetting>> = {
  "5 h": "limits.reserve_five_hours_percent",
  "weekly": "limits.reserve_weekly_percent",
};

/** What is kept back of a window, and by which setting: the larger of the one for all and the one for this window. */
export function reserveOf(
  { label }: Pick<LimitWindow, "label">,
  reserve: Reserve,
): { readonly percent: number; readonly setting: ReserveSetting } {
  const own = BY_LABEL[label] ?? "limits.reserve_percent";
  const setting = reserve[own] > reserve["limits.reserve_percent"] ? own : "limits.reserve_percent";
  return { percent: reserve[setting], setting };
}

/**
 * The text of `x-ccproxy-limit-warning`: each window of the account that is used to `limits.warn_percent` or more, with
 * its reset.
 *
 * @param warnPercent 0 warns of nothing
 * @returns undefined when there is nothing to warn of
 */
export function limitWarning(
  limits: Limits | undefined,
  warnPercent: number,
  nowMs: number,
): string | undefined {
  if (limits === undefined || warnPercent === 0) return undefined;
  const texts = limits.windows
    .filter((window) =>
      window.limitId === MAIN_LIMIT && window.usedPercent >= warnPercent && !isOver(window, nowMs)
    )
    .map(({ label, usedPercent, resetsAtMs }) =>
      `${percentText(usedPercent)} of the ${label} limit is used` +
      (resetsAtMs === undefined ? "" : `; it resets at ${new Date(resetsAtMs).toISOString()}`)
    );
  // Headers take no text but ASCII; a label is made here, of numbers and units.
  return texts.length === 0 ? undefined : texts.join(", ");
}
