import { type MemoryHealth, reasonOf } from "./memory_health.ts";

/** What of a turn is not remembered, or may not be, for `x-ccproxy-warning`; undefined when all is well. */
export function warningOf(
  health: MemoryHealth,
  { over, forgotten, earlier }: {
    readonly over: boolean;
    readonly forgotten: unknown;
    readonly earlier: string | undefined;
  },
): string | undefined {
  const { trouble, onlyHere, recentLoss } = health.state();
  const told = [
    forgotten === undefined ? undefined : `this turn is not remembered: ${reasonOf(forgotten)}`,
    over || forgotten !== undefined || trouble === undefined
      ? undefined
      : `this turn may not be remembered: ${trouble}`,
    earlier === undefined ? undefined : `an earlier turn is not remembered: ${earlier}`,
    onlyHere === undefined ? undefined : `remembered only until ccproxy ends: ${onlyHere}`,
    recentLoss === undefined ? undefined : `earlier conversations are gone: ${recentLoss}`,
  ].filter((text) => text !== undefined);
  return told.length === 0 ? undefined : told.join("; ");
}
