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
