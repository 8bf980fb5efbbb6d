/** The figures of `deno task bench --peers` as the text between the markers (`performance.md#peers`). Pure. */
import { markdownTable } from "../../tools/docs/markdown.ts";
import { type Book, byRound } from "./book.ts";
import type { Api } from "./peers.ts";
import { ranged, short } from "./report.ts";

/** A row of the table: the book holds its figures under {@linkcode keyOf}. */
export interface PeerRow {
  readonly name: string;
  readonly api: Api;
  readonly version: string;
  readonly note: string;
}

/** What surrounds the figures. */
export interface PeerRun {
  readonly command: string;
  /** as `2026-11-28` */
  readonly date: string;
  readonly rounds: number;
  /** what of ccproxy was run: an executable or the source */
  readonly program: string;
  /** cores, platform, Deno */
  readonly machine: string;
  /** processes that wanted a core, on average over a minute: before and after */
  readonly loads: readonly [number, number];
  /** most streams that were tried at once */
  readonly mostStreams: number;
}

/** Lane of a row's figures in the book. */
export function keyOf({ name, api }: Pick<PeerRow, "name" | "api">): string {
  return `${name}, ${api}`;
}

const HEAD = [
  "program",
  "version",
  "first token added, ms",
  "the same, 99 in 100, ms",
  "between frames added, 99 in 100, ms",
  "requests/s",
  "CPU, ms/request",
  "CPU, µs/event",
  "streams sustained",
  "MiB idle / steady / recovered",
];

function tableRow(book: Book, row: PeerRow, most: number): string[] {
  const key = keyOf(row);
  const direct = keyOf({ name: "direct", api: "responses" });
  const added = (name: string) =>
    ranged(byRound(book.values(name, key), book.values(name, direct), (own, floor) => own - floor));
  const plain = (name: string) => ranged(book.spread(name, key));
  const streams = book.spread("peer.streams", key);
  const middle = (name: string) => {
    const spread = book.spread(name, key);
    return spread === undefined ? "-" : short(spread.median / 1024);
  };
  return [
    row.name,
    row.version,
    added("peer.token"),
    added("peer.token99"),
    added("peer.gap99"),
    plain("peer.rps"),
    plain("peer.requestMs"),
    plain("peer.eventUs"),
    streams === undefined
      ? "-"
      : `${streams.median >= most ? "≥ " : ""}${short(streams.median).replace(/\.0+$/, "")}`,
    ["peer.idle", "peer.steady", "peer.recovered"].map(middle).join(" / "),
  ];
}

/** The whole part, from what was run to what could not be. */
export function peerPart(
  book: Book,
  rows: readonly PeerRow[],
  missing: readonly { readonly name: string; readonly reason: string }[],
  run: PeerRun,
): string {
  const notes = [...new Map(rows.filter(({ note }) => note !== "").map(({ name, note }) => [name, note]))];
  const [before, after] = run.loads.map((load) => load.toFixed(1));
  const tables = (["chat", "responses"] as const).map((api) => {
    const own = rows.filter((row) => row.api === api);
    const title = api === "chat"
      ? "**Chat Completions, streamed**: translated from the backend's Responses events."
      : "**Responses, streamed.**";
    return own.length === 0
      ? ""
      : [title, markdownTable(HEAD, own.map((row) => tableRow(book, row, run.mostStreams)))].join("\n\n");
  });
  return [
    `Measured ${run.date} by \`${run.command}\`, ${run.rounds} rounds, ccproxy as ${run.program}, on ${run.machine}. Between ${before} and ` +
    `${after} processes wanted a core while it ran: times are worth their ratios, not more. ` +
    "Median (least..greatest) over the rounds.",
    ...tables.filter((text) => text !== ""),
    ...notes.length > 0 ? [notes.map(([name, note]) => `- ${name}: ${note}.`).join("\n")] : [],
    ...missing.length > 0
      ? [
        ["Not measured:", missing.map(({ name, reason }) => `- ${name}: ${reason}.`).join("\n")].join("\n\n"),
      ]
      : [],
  ].join("\n\n");
}
