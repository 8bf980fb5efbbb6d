/** What a process that serves does about failures and warnings that nobody waits for. */
import type { Log } from "../log.ts";

/** A failure nobody waited for is a bug, but no reason to cut everybody's answers. */
export function keepRunning(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log("error", "unhandled rejection", { error: describe(event.reason) });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log("error", "unhandled error", { error: describe(event.error) });
  });
}

/**
 * Deno warns once, in four lines, that `request.signal` also fires after successful answers; we know (pump.ts), and a
 * compiled executable cannot switch it off (deno.md#request-signal). What the runtime warns of goes to the log as
 * debug.
 */
export function quietRuntime(log: Log): void {
  Object.assign(globalThis.console, { warn: (...texts: unknown[]) => log("debug", texts.join(" ")) });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
