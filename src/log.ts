/**
 * The log: one line for each event, as text for people or JSON for machines. Never a token, never a prompt: callers
 * pass only facts; what writes the line masks secrets all the same (secrets.ts).
 */
import { cleanJson, cleanText } from "./clean_text.ts";

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
  /** takes the secrets out of a line */
  readonly hide: (text: string) => string;
  readonly nowMs: () => number;
}

/** Characters of one value at most: whoever calls must not be able to fill the log. Verbose bodies have 4000. */
const VALUE_LENGTH = 4096;

/** A log that writes to `write`. */
export function createLog(options: LogOptions): Log {
  return (level, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level())) return;
    const time = new Date(options.nowMs()).toISOString();
    const clean = Object.entries(fields).filter((entry) => entry[1] !== undefined);
    const line = options.format() === "json"
      ? cleanJson(
        JSON.stringify({
          time,
          level,
          ...Object.fromEntries(Object.entries({ message, ...Object.fromEntries(clean) }).map(cutField)),
        }),
      )
      : cleanText(
        `${time} ${level.padEnd(5)} ${
          [
            cut(message),
            ...clean.map(([key, value]) => `${key}=${fieldText(value)}`),
          ].join(" ")
        }`,
      );
    options.write(`${options.hide(line)}\n`);
  };
}

function cut(text: string): string {
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text;
}

function cutField([key, value]: [string, unknown]): readonly [string, unknown] {
  return [key, typeof value === "string" ? cut(value) : value];
}

function fieldText(value: unknown): string {
  const text = cut(String(value));
  return /^[\w.:/@+%,-]+$/.test(text) ? text : JSON.stringify(text);
}
