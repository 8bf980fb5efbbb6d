/** The figures as Markdown tables, for the terminal and for the README. Pure. */
import { type Book, byRound, type Spread } from "./book.ts";
import { TARGETS } from "./targets.ts";

/** A number in few digits: 0.13, 2.4, 17, 1,204. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function shown(spread: Spread | undefined, change: (value: number) => number = (value) => value): string {
  return spread === undefined ? "-" : short(change(spread.median));
}

/** Median with its range, as `2.41 (2.30..2.60)`. */
export function ranged(spread: Spread | undefined): string {
  if (spread === undefined) return "-";
  return `${short(spread.median)} (${short(spread.min)}..${short(spread.max)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** One row for each lane: what a stream costs. */
export function laneTable(book: Book, lanes: readonly string[]): string {
  const head = [
    "lane",
    "CPU us/event, 20 streams",
    "/ raw",
    "events/s/core",
    "first byte added ms",
    "/ raw",
    "MiB at 0 / 200 / 1,000 streams",
    "KiB/stream",
  ];
  const direct = book.values("first.ms", "direct");
  const added = (lane: string) => byRound(book.values("first.ms", lane), direct, (a, b) => a - b);
  const rows = lanes.map((lane) => {
    const own = book.values("stream20.us", lane);
    const firstRatio = byRound(
      book.values("first.ms", lane).map((ms, round) => ms - (direct[round] ?? NaN)),
      book.values("first.ms", "raw").map((ms, round) => ms - (direct[round] ?? NaN)),
      (a, b) => a / b,
    );
    const memory = ["memory.0", "memory.200", "memory.1000"].map((name) =>
      shown(book.spread(name, lane), (kib) => kib / 1024)
    );
    const stream = byRound(
      book.values("memory.200", lane),
      book.values("memory.0", lane),
      (a, b) => (a - b) / 200,
    );
    return [
      lane,
      ranged(book.spread("stream20.us", lane)),
      ranged(byRound(own, book.values("stream20.us", "raw"), (a, b) => a / b)),
      shown(book.spread("stream20.us", lane), (us) => 1_000_000 / us),
      shown(added(lane)),
      shown(firstRatio),
      memory.join(" / "),
      shown(stream),
    ];
  });
  return table(head, rows);
}

/** One row for each lane: other shapes of traffic. */
export function trafficTable(book: Book, lanes: readonly string[]): string {
  const head = [
    "lane",
    "us/event, 1,000 streams",
    "/ raw",
    "us/event, 64 KB per write",
    "/ raw",
    "short answers/s",
    "CPU us/short answer",
    "4 MB event ms",
    "10 MB request ms",
  ];
  const overRaw = (name: string, lane: string) =>
    ranged(byRound(book.values(name, lane), book.values(name, "raw"), (a, b) => a / b));
  return table(
    head,
    lanes.map((lane) => [
      lane,
      shown(book.spread("stream1000.us", lane)),
      overRaw("stream1000.us", lane),
      shown(book.spread("packed.us", lane)),
      overRaw("packed.us", lane),
      shown(book.spread("short.rps", lane)),
      shown(book.spread("short.us", lane)),
      shown(book.spread("image4.ms", lane)),
      shown(book.spread("large.ms", lane)),
    ]),
  );
}

/** CPU per event by the length of the answer. */
export function lengthTable(book: Book, lanes: readonly string[], lengths: readonly number[]): string {
  return table(
    ["CPU us/event, answers of", ...lengths.map((length) => length.toLocaleString("en-US"))],
    lanes.map((lane) => [lane, ...lengths.map((length) => ranged(book.spread(`length.${length}`, lane)))]),
  );
}

/** First tokens in milliseconds, one row for each kind of client. */
export function firstTokenTable(book: Book, clients: readonly string[]): string {
  const cell = (client: string, turn: string, transport: string) =>
    shown(book.spread(`${client}.${turn}`, transport));
  return table(
    ["first token, ms", "1st turn, POST", "WebSocket", "2nd turn, POST", "WebSocket"],
    clients.map((client) => [
      client,
      cell(client, "first", "sse"),
      cell(client, "first", "websocket"),
      cell(client, "second", "sse"),
      cell(client, "second", "websocket"),
    ]),
  );
}

/** What WebSockets to the backend cost and save. */
export function transportTable(book: Book): string {
  const rows = [
    ["translated, CPU us/event, one in each write", "steady translated"],
    ["filtered, CPU us/event, one in each write", "steady filtered"],
    ["translated, CPU us/event, as fast as they are taken", "packed translated"],
    ["filtered, CPU us/event, as fast as they are taken", "packed filtered"],
    ["aggregated, CPU us/event, as fast as they are taken", "packed aggregated"],
    ["KiB/stream", "stream kib"],
    ["a chain of 20 calls, KB sent", "chain kb"],
    ["the same, ms at a tenth of the delays", "chain ms"],
  ] as const;
  return table(
    ["transport", "POST", "WebSocket", "WebSocket / POST"],
    rows.map(([what, name]) => [
      what,
      shown(book.spread(name, "sse")),
      shown(book.spread(name, "websocket")),
      ranged(byRound(book.values(name, "websocket"), book.values(name, "sse"), (a, b) => a / b)),
    ]),
  );
}

/** What a thousand clients with a WebSocket cost each. */
export function clientSocketTable(book: Book): string {
  const rows = [["idle", "idle socket"], ["with an open answer", "socket"]] as const;
  return table(
    ["1,000 client sockets", "KiB each", "/ an event stream's"],
    rows.map(([what, lane]) => [
      what,
      shown(book.spread("client kib", lane)),
      ranged(byRound(book.values("client kib", lane), book.values("client kib", "stream"), (a, b) => a / b)),
    ]),
  );
}

/** A target with what was measured. */
export interface Verdict {
  readonly what: string;
  readonly measured: Spread;
  readonly target: string;
  readonly ok: boolean;
}

/** Judges the targets that were measured, by their median. */
export function judge(book: Book): Verdict[] {
  return TARGETS.flatMap(({ what, limit, atLeast, unit, measure }) => {
    const measured = measure(book);
    if (measured === undefined) return [];
    const ok = atLeast ? measured.median >= limit : measured.median <= limit;
    return [{ what, measured, target: `${atLeast ? ">=" : "<="} ${limit}${unit}`, ok }];
  });
}

/** The targets with what was measured beside them. */
export function targetTable(verdicts: readonly Verdict[]): string {
  return table(
    ["what", "measured", "target", ""],
    verdicts.map(({ what, measured, target, ok }) => [what, ranged(measured), target, ok ? "ok" : "MISS"]),
  );
}
