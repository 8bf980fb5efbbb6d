/**
 * The log: one line for each event, as text for people or JSON for machines. Never a token, never a prompt: callers
 * pass only facts, and what looks like a token is masked all the same.
 */

/** From most to least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Facts that belong to a line; undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one line. Never throws. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** What {@linkcode createLog} needs. */
export interface LogOptions {
  /** the least level that is written; asked for each line, so that it can change while running */
  readonly level: () => LogLevel;
  readonly format: () => "text" | "json";
  /** takes one line with its line end */
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
}

/** A log that writes to `write`. */
export function createLog(options: LogOptions): Log {
  return (level, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level())) return;
    const time = new Date(options.nowMs()).toISOString();
    const clean = Object.entries(fields).filter((entry) => entry[1] !== undefined);
    const line = options.format() === "json"
      ? JSON.stringify({ time, level, message, ...Object.fromEntries(clean) })
      : `${time} ${level.padEnd(5)} ${
        [message, ...clean.map(([key, value]) => `${key}=${fieldText(value)}`)].join(" ")
      }`;
    options.write(`${hideSecrets(oneLine(line))}\n`);
  };
}

function fieldText(value: unknown): string {
  const text = String(value);
  return /^[\w.:/@+%,-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Control characters would let a request forge lines or colour a terminal. */
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, " ");
}

const SECRETS = [
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, // JWT
  /\b(?:sk|rt|ac|at)[-_][\w-]{16,}/g, // API keys and opaque OAuth tokens
  /\bBearer\s+[\w.~+/-]{8,}=*/gi,
];

/** Replaces whatever looks like a token. The last line of defence: no caller passes one on purpose. */
export function hideSecrets(text: string): string {
  return SECRETS.reduce((clean, pattern) => clean.replaceAll(pattern, "[hidden]"), text);
}
