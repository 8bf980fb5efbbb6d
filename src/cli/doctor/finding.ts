import type { ExitCode } from "../../problem.ts";

/** What one check found. */
export interface Finding {
  /** stable name for `--json`: `settings`, `login` */
  readonly check: string;
  /** what was looked at, for people */
  readonly title: string;
  readonly status: "ok" | "warn" | "fail" | "skip";
  /** one sentence without a full stop */
  readonly detail: string;
  /** what fixes it: a command, or one sentence */
  readonly fix?: string;
  /** for a failure: 3 a login is needed, 4 the network is at fault, 1 everything else */
  readonly exitCode?: ExitCode;
}

/**
 * The exit code of all findings: that of the failures when they agree, 1 when they do not, 0 without any. Settings
 * that do not load (2) come before all else, since the other checks then looked at other settings.
 */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const codes = new Set(
    findings.filter(({ status }) => status === "fail").map(({ exitCode }) => exitCode ?? 1),
  );
  const [first = 0] = codes;
  if (codes.has(2)) return 2;
  return codes.size > 1 ? 1 : first;
}
