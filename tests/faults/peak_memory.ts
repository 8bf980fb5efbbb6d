/** What a program may hold that serves a few requests, however large the backend's answers are. */
export const ORDINARY_PEAK_BYTES: number = 400 * 1024 * 1024;

/**
 * The most memory that a process has held so far, in bytes; 0 where the system has no /proc.
 *
 * Read by `cat`: Deno gives /proc only to who has every permission, which the test suite has not.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html `VmHWM`
 */
export async function peakMemoryBytes(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(new TextDecoder().decode(stdout))?.[1] ?? Number.NaN) * 1024;
}
