/** Silence and stalls are looked at this often, in milliseconds. */
export const TICK_MS = 1000;

const callbacks = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * Calls back once a second until the returned function is called. All who wait share one timer: one for each of a
 * thousand streams would wake the process a thousand times a second.
 */
export function everyTick(callback: () => void): () => void {
  // A value of its own: the same function may be given twice.
  const entry = () => callback();
  callbacks.add(entry);
  timer ??= setInterval(() => {
    for (const each of [...callbacks]) if (callbacks.has(each)) each();
  }, TICK_MS);
  return () => {
    callbacks.delete(entry);
    if (callbacks.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
