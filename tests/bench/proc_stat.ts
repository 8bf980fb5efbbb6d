/** CPU time and memory of another process, from Linux's /proc. */

/** USER_HZ: the unit of /proc/PID/stat, 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/**
 * User and system time in the text of `/proc/PID/stat`, all threads, living and ended.
 *
 * @returns milliseconds, in steps of 10
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html fields 14 and 15
 */
export function cpuMsOf(stat: string): number {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * (1000 / TICKS_PER_SECOND);
}

/** Resident memory in the text of `/proc/PID/status`, in KiB. */
export function rssKibOf(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** CPU time of a process so far, in milliseconds. */
export async function cpuMs(pid: number): Promise<number> {
  return cpuMsOf(await Deno.readTextFile(`/proc/${pid}/stat`));
}

/** Resident memory of a process, in KiB. */
export async function rssKib(pid: number): Promise<number> {
  return rssKibOf(await Deno.readTextFile(`/proc/${pid}/status`));
}

/** Process and parent in the text of `/proc/PID/stat`. */
export function parentOf(stat: string): { readonly pid: number; readonly parent: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid: parseInt(stat), parent: Number(fields[1]) };
}

/** A process and all that descend from it: programs that start their server in a child are measured whole. */
export async function familyOf(pid: number): Promise<number[]> {
  const stats: { readonly pid: number; readonly parent: number }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // A process that ended in between has no file any more.
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => undefined);
    if (stat !== undefined) stats.push(parentOf(stat));
  }
  const family = [pid];
  for (const one of family) {
    family.push(...stats.filter(({ parent }) => parent === one).map((stat) => stat.pid));
  }
  return family;
}
