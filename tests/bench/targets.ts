/** The targets of the design, as functions of the figures. Pure. */
import { type Book, byRound, type Spread, spreadOf } from "./book.ts";
import { CLIENT_NAMES } from "./socket_clients.ts";
import { REAL_DELAYS } from "./sockets.ts";

/** One row of the table of targets. */
export interface Target {
  readonly what: string;
  /** greatest good value, or the least one when `atLeast` */
  readonly limit: number;
  readonly atLeast?: true;
  readonly unit: string;
  measure(book: Book): Spread | undefined;
}

function ratio(name: string, left: string, right: string): (book: Book) => Spread | undefined {
  return (book) => byRound(book.values(name, left), book.values(name, right), (a, b) => a / b);
}

/** Ratio of two figures of one lane. */
function growth(lane: string, later: string, earlier: string): (book: Book) => Spread | undefined {
  return (book) => byRound(book.values(later, lane), book.values(earlier, lane), (a, b) => a / b);
}

/** How much more than `base` each takes, as a ratio. */
function addedRatio(
  name: string,
  left: string,
  right: string,
  base: string,
): (book: Book) => Spread | undefined {
  return (book) => {
    const bases = book.values(name, base);
    const over = (lane: string) =>
      book.values(name, lane).map((value, round) => value - (bases[round] ?? NaN));
    return byRound(over(left), over(right), (a, b) => a / b);
  };
}

/** Added time of a large body over forwarding it, in units of one JSON.parse and one JSON.stringify of it. */
function largeBody(lane: string) {
  return (book: Book): Spread | undefined => {
    const added = book.values("large.ms", lane).map((value, round) =>
      value - (book.values("large.ms", "raw")[round] ?? NaN)
    );
    return byRound(added, book.values("large.ms", "json"), (a, b) => a / b);
  };
}

function perStream(lane: string) {
  return (book: Book): Spread | undefined => {
    const added = (of: string) =>
      book.values("memory.200", of).map((kib, round) =>
        (kib - (book.values("memory.0", of)[round] ?? NaN)) / 200
      );
    // Medians first: a garbage collection in one round of `raw` would swing a ratio by round.
    const [own, raw] = [spreadOf(added(lane)), spreadOf(added("raw"))];
    if (own === undefined || raw === undefined) return undefined;
    return { median: own.median / raw.median, min: own.min / raw.max, max: own.max / raw.min };
  };
}

/** The greatest time by which a second turn's first token comes later than the backend's own, of all kinds of clients. */
function secondTurnAdded(book: Book): Spread | undefined {
  return spreadOf(
    CLIENT_NAMES.flatMap((client) => book.values(`${client}.second`, "websocket")).map((ms) =>
      ms - REAL_DELAYS.socketMs
    ),
  );
}

/** Every target, in the order of the design's table. */
export const TARGETS: readonly Target[] = [
  {
    what: "opaque / raw, CPU per event, 20 streams",
    limit: 1.1,
    unit: "x",
    measure: ratio("stream20.us", "opaque", "raw"),
  },
  {
    what: "opaque / raw, CPU per event, 1,000 streams",
    limit: 1.1,
    unit: "x",
    measure: ratio("stream1000.us", "opaque", "raw"),
  },
  {
    what: "filtered / raw, CPU per event, one event per write",
    limit: 2.2,
    unit: "x",
    measure: ratio("stream20.us", "filtered", "raw"),
  },
  {
    what: "translated / raw, CPU per event, one event per write, 20 streams",
    limit: 2.4,
    unit: "x",
    measure: ratio("stream20.us", "translated", "raw"),
  },
  {
    what: "translated / raw, CPU per event, one event per write, 1,000 streams",
    limit: 2.6,
    unit: "x",
    measure: ratio("stream1000.us", "translated", "raw"),
  },
  {
    what: "translated / raw, CPU per event, many events per write",
    limit: 12,
    unit: "x",
    measure: ratio("packed.us", "translated", "raw"),
  },
  {
    what: "aggregated / translated, CPU per event, 20 streams",
    limit: 1,
    unit: "x",
    measure: ratio("stream20.us", "aggregated", "translated"),
  },
  {
    what: "aggregated / translated, CPU per event, many events per write",
    limit: 1,
    unit: "x",
    measure: ratio("packed.us", "aggregated", "translated"),
  },
  {
    what: "time to first event added, translated / raw",
    limit: 2,
    unit: "x",
    measure: addedRatio("first.ms", "translated", "raw", "direct"),
  },
  {
    what: "short answers, requests per second, translated / raw",
    limit: 0.6,
    atLeast: true,
    unit: "x",
    measure: ratio("short.rps", "translated", "raw"),
  },
  {
    what: "translated, CPU per event of 100,000 events / of 100",
    limit: 1.1,
    unit: "x",
    measure: growth("translated", "length.100000", "length.100"),
  },
  {
    what: "translated, CPU per event of 100,000 events / of 10,000",
    limit: 1.1,
    unit: "x",
    measure: growth("translated", "length.100000", "length.10000"),
  },
  {
    what: "filtered, CPU per event of 100,000 events / of 10,000",
    limit: 1.1,
    unit: "x",
    measure: growth("filtered", "length.100000", "length.10000"),
  },
  {
    what: "aggregated, CPU per event of 100,000 events / of 10,000",
    limit: 1.1,
    unit: "x",
    measure: growth("aggregated", "length.100000", "length.10000"),
  },
  {
    what: "translated, CPU per event at 20 streams / at 1",
    limit: 1.1,
    unit: "x",
    measure: growth("translated", "stream20.us", "stream1.us"),
  },
  {
    what: "translated, CPU per event at 1,000 streams / at 20",
    limit: 1.1,
    unit: "x",
    measure: growth("translated", "stream1000.us", "stream20.us"),
  },
  { what: "memory per open stream, opaque / raw", limit: 1.1, unit: "x", measure: perStream("opaque") },
  {
    what: "memory per open stream, translated / raw",
    limit: 2.5,
    unit: "x",
    measure: perStream("translated"),
  },
  {
    what: "one 4 MB event, time, translated / raw",
    limit: 2.5,
    unit: "x",
    measure: ratio("image4.ms", "translated", "raw"),
  },
  {
    what: "one 4 MB event, time, filtered / raw",
    limit: 2.5,
    unit: "x",
    measure: ratio("image4.ms", "filtered", "raw"),
  },
  {
    what: "translated, time of one 4 MB event / of 1 MB (linear is 4)",
    limit: 5,
    unit: "x",
    measure: growth("translated", "image4.ms", "image1.ms"),
  },
  {
    what: "filtered, time of one 4 MB event / of 1 MB (linear is 4)",
    limit: 5,
    unit: "x",
    measure: growth("filtered", "image4.ms", "image1.ms"),
  },
  {
    what: "translated, time of one 16 MB event / of 4 MB (linear is 4)",
    limit: 4.4,
    unit: "x",
    measure: growth("translated", "image16.ms", "image4.ms"),
  },
  {
    what: "filtered, time of one 16 MB event / of 4 MB (linear is 4)",
    limit: 4.4,
    unit: "x",
    measure: growth("filtered", "image16.ms", "image4.ms"),
  },
  {
    what: "memory kept by 40 aggregated answers / their text",
    limit: 3,
    unit: "x",
    measure: growth("aggregated", "held.kib", "held.textKib"),
  },
  {
    what: "memory kept by 40 filtered streams / their text",
    limit: 3,
    unit: "x",
    measure: growth("filtered", "held.kib", "held.textKib"),
  },
  {
    what: "10 MB request, time added by chat / JSON.parse + JSON.stringify",
    limit: 2,
    unit: "x",
    measure: largeBody("translated"),
  },
  {
    what: "10 MB request, time added by responses / JSON.parse + JSON.stringify",
    limit: 3,
    unit: "x",
    measure: largeBody("filtered"),
  },
  {
    what: "10 MB request, time added by a Codex client's / JSON.parse + JSON.stringify",
    limit: 3,
    unit: "x",
    measure: largeBody("opaque"),
  },
  {
    what: "turn 400 of a session (1 MB), time added / the same without a session",
    limit: 1.3,
    unit: "x",
    measure: addedRatio("session.ms", "session", "none", "direct"),
  },
  {
    what: "start to listening / hello-world Deno.serve",
    limit: 1.3,
    unit: "x",
    measure: (book) =>
      byRound(book.values("start.ms", "program"), book.values("start.ms", "hello"), (a, b) => a / b),
  },
  {
    what: "translated short request / raw, CPU per request",
    limit: 2.8,
    unit: "x",
    measure: ratio("short.us", "translated", "raw"),
  },
  {
    what: "opaque short request / raw, CPU per request",
    limit: 1.5,
    unit: "x",
    measure: ratio("short.us", "opaque", "raw"),
  },
  {
    what: "second turn over WebSocket, first token after the backend's own, any client",
    limit: 100,
    unit: " ms",
    measure: secondTurnAdded,
  },
  {
    what: "WebSocket to the backend / SSE, CPU per event, translated, one event per write",
    limit: 1,
    unit: "x",
    measure: ratio("steady translated", "websocket", "sse"),
  },
  {
    what: "WebSocket to the backend / SSE, CPU per event, translated, many events per write",
    limit: 1,
    unit: "x",
    measure: ratio("packed translated", "websocket", "sse"),
  },
  {
    what: "WebSocket to the backend / SSE, memory per open stream",
    limit: 1.2,
    unit: "x",
    measure: ratio("stream kib", "websocket", "sse"),
  },
  {
    what: "1,000 clients with a WebSocket / with an event stream, memory each",
    limit: 1.2,
    unit: "x",
    measure: ratio("client kib", "socket", "stream"),
  },
  {
    what: "a chain of 20 calls, bytes sent over WebSocket / POST",
    limit: 0.1,
    unit: "x",
    measure: ratio("chain kb", "websocket", "sse"),
  },
  {
    what: "a chain of 20 calls, time over WebSocket / POST",
    limit: 0.4,
    unit: "x",
    measure: ratio("chain ms", "websocket", "sse"),
  },
];
