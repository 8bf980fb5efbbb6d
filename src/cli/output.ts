/** Shapes of output: tables, lists of facts, JSON, bars, moments, masked secrets. Pure, except for writeJson. */
import { cleanJson, cleanText } from "../clean_text.ts";
import { durationText } from "../duration_text.ts";
import type { UtcOffset } from "../local_days.ts";
import { padText, textWidth, wrapText } from "./text_width.ts";
import type { World } from "./world.ts";

/** Colours used in output, as SGR codes with their ends. */
const COLOURS = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** A name in {@linkcode COLOURS}. */
export type Colour = keyof typeof COLOURS;

/** Colours a text; the text alone where colour is not welcome. */
export type Paint = (colour: Colour, text: string) => string;

/** The painter for a stream of the world. */
export function createPaint(world: World, stream: "stdout" | "stderr" = "stdout"): Paint {
  if (!world.colour[stream]) return (_, text) => text;
  return (colour, text) => {
    const [start, end] = COLOURS[colour];
    return `\x1b[${start}m${text}\x1b[${end}m`;
  };
}

/** Prints a value as indented JSON with a line end: what `--json` gives. */
export function writeJson(world: World, value: unknown): void {
  world.out(`${cleanJson(JSON.stringify(value, null, 2))}\n`);
}

/** A secret as far as it may be shown: four characters at each end of long ones, nothing of shorter ones. */
export function mask(secret: string): string {
  if (secret === "") return "";
  return secret.length < 24 ? "********" : `${secret.slice(0, 4)}...${secret.slice(-4)}`;
}

/** Aligned columns under bold headings. Cells are cleaned; the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const cells = rows.map((row) => row.map(cleanText));
  const widths = head.map((title, at) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[at] ?? "")))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) => at === row.length - 1 ? cell : padText(cell, widths[at] ?? 0)).join("  ").trimEnd();
  return [paint("bold", line(head)), ...cells.map(line)].map((text) => `${text}\n`).join("");
}

/**
 * A {@linkcode table} where it fits, or where it goes to a program; on a terminal that is too narrow for it, each row
 * as a heading with `NAME: value` lines under it.
 */
export function fittedTable(
  world: World,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const paint = createPaint(world);
  const wide = table(head, rows, paint);
  const fits = wide.split("\n").every((line) => textWidth(line) <= world.columns);
  if (fits || !world.isTty.stdout) return wide;
  return rows.map(([title = "", ...cells]) =>
    `${paint("bold", cleanText(title))}\n` +
    facts(cells.map((cell, at) => [head[at + 1] ?? "", cell === "" ? undefined : cell]), world.columns)
  ).join("");
}

/** `name: value` lines with the values in one column; long values wrap under themselves. Undefined ones are left out. */
export function facts(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
  columns: number,
  indent = "  ",
): string {
  const known = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, cleanText(value)] as const]
  );
  const width = Math.max(0, ...known.map(([name]) => textWidth(name) + 1));
  return known.map(([name, value]) => {
    const room = Math.max(20, columns - indent.length - width - 1);
    // A value without blanks (a path, a URL) is never broken: it is there to be copied.
    const lines = wrapText(value, room);
    return lines.map((text, at) => `${indent}${padText(at === 0 ? `${name}:` : "", width)} ${text}\n`).join(
      "",
    );
  }).join("");
}

/** A bar of `width` columns: `#` for the used part, `-` for the rest; anything used shows at least one `#`. */
export function bar(percent: number, width: number): string {
  const share = Math.min(100, Math.max(0, percent)) / 100;
  const filled = share === 0 ? 0 : Math.max(1, Math.floor(share * width));
  return "#".repeat(filled) + "-".repeat(width - filled);
}

/**
 * A moment in local time with its distance from UTC, so that it also says the same where somebody else reads it:
 * `2026-11-22 20:15 +01:00`, `2026-11-22 19:15 UTC`.
 */
export function timeText(atMs: number, utcOffset: UtcOffset): string {
  const offset = utcOffset(atMs);
  const local = new Date(atMs + offset * 60_000).toISOString().slice(0, 16).replace("T", " ");
  if (offset === 0) return `${local} UTC`;
  const two = (count: number) => String(count).padStart(2, "0");
  const minutes = Math.abs(offset);
  return `${local} ${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A moment with its distance: `2026-11-22 19:15 UTC (in 2 hours)`, `... (5 minutes ago)`. */
export function momentText(atMs: number, nowMs: number, utcOffset: UtcOffset): string {
  const distance = durationText(Math.abs(atMs - nowMs));
  const time = timeText(atMs, utcOffset);
  if (distance === "now") return `${time} (now)`;
  return `${time} (${atMs > nowMs ? `in ${distance}` : `${distance} ago`})`;
}

/**
 * Says on a terminal what a wait is for, if it takes longer than `delayMs`; the line is wiped when the wait ends.
 * Nothing is written where standard error is not a terminal.
 */
export async function waiting<T>(world: World, what: string, work: Promise<T>, delayMs = 700): Promise<T> {
  if (!world.isTty.stderr) return await work;
  const text = `${what} ...`;
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    world.err(text);
  }, delayMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (shown) world.err(`\r${" ".repeat(textWidth(text))}\r`);
  }
}
