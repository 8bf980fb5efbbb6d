import * as zlib from "node:zlib";
import { answerEvents, failedAnswer, incompleteAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { type EventStep, frame, type Step } from "../fake/script.ts";
import type { Lane } from "./lanes.ts";
import { type AnswerRow, complete, failed, refused } from "./answer_row.ts";

const WORDS = ["One", " two", " three"];
const ALL = textAnswer(WORDS);
/** Where the second word begins: the first is out by then. */
const SECOND = ALL.findIndex((event) => event["delta"] === " two");
const BEGUN = ALL.slice(0, SECOND);
const REST = ALL.slice(SECOND);
const SECOND_FRAME = frame(ALL[SECOND] ?? { type: "none" });
const BYTES = ALL.map((event) => frame(event)).join("");
const TEXT = /One/;

const TRANSLATED_STREAMS: readonly Lane[] = ["chat stream", "messages stream", "completions stream"];

const begun = (...fault: Step[]): { events: Step[] } => ({ events: [...BEGUN, ...fault] });
const between = (...steps: Step[]): { events: Step[] } => ({ events: [...BEGUN, ...steps, ...REST] });

/** The answer breaks off after it has begun. */
const CUT: readonly AnswerRow[] = [
  {
    fault: "the connection closes after the first word",
    answer: () => begun({ close: true }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
  },
  {
    fault: "the connection is reset after the first word",
    answer: () => begun({ reset: true }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
  },
  {
    fault: "the connection closes in the middle of an event",
    answer: () => begun({ bytes: SECOND_FRAME.slice(0, 60) }, { close: true }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
    without: ["opaque"],
  },
  {
    fault: "the body ends in the middle of an event",
    answer: () => begun({ bytes: SECOND_FRAME.slice(0, 60) }, { cut: true }),
    sees: failed(502, /ended too early/, "cut"),
    log: "stream_cut",
  },
  {
    fault: "the body ends in the middle of a character",
    answer: () =>
      begun({ bytes: new TextEncoder().encode(SECOND_FRAME.replace(" two", " ü")).subarray(0, -190) }, {
        cut: true,
      }),
    sees: failed(502, /ended too early/, "cut"),
    log: "stream_cut",
  },
  {
    fault: "the body ends properly, without the last event",
    answer: () => ({ events: ALL.slice(0, -1) }),
    sees: failed(502, /ended too early/, "cut"),
    log: "stream_cut",
    without: ["responses stream"],
  },
  {
    fault: "the body ends after response.created",
    answer: () => ({ events: ALL.slice(0, 1) }),
    sees: refused(502, /ended too early/),
    log: "stream_cut",
  },
  {
    fault: "a chunk whose size is no number",
    answer: () => ({
      raw: `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n` +
        BEGUN.map((event) => frame(event)).map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join(
          "",
        ) +
        "zz\r\n",
    }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
  },
  {
    fault: "a body that is shorter than its content-length",
    answer: () => ({
      headers: { "content-length": "1000000" },
      events: [...BEGUN, { close: true }],
    }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
  },
  {
    fault: "gzip that breaks off",
    answer: () => ({ gzip: true, events: [...BEGUN, { close: true }] }),
    sees: failed(502, /ended too early/, "broken"),
    log: "stream_cut",
  },
  {
    fault: "arguments of a call that break off",
    answer: () => ({
      events: [
        ...toolCallAnswer([{ name: "f", arguments: ['{"a":', '"b"}'] }]).filter(({ delta }) =>
          delta !== '"b"}'
        )
          .slice(0, 4),
        { cut: true },
      ],
    }),
    sees: failed(502, /ended too early/, "cut"),
    log: "stream_cut",
    without: ["completions stream", "completions whole"],
  },
];

/** The answer stops, or goes on without an end. */
const ENDLESS: readonly AnswerRow[] = [
  {
    fault: "silence after the first word",
    answer: () => begun({ stall: true }),
    sees: failed(504, /the answer paused for 1 s/),
    closes: true,
    log: "backend_timeout",
  },
  {
    fault: "silence after the head",
    answer: () => ({ events: [{ stall: true }] }),
    sees: failed(504, /the answer paused for 1 s/),
    closes: true,
    log: "backend_timeout",
  },
  {
    fault: "a connection that stays open after the last event",
    answer: () => ({ events: [...ALL, { stall: true }] }),
    sees: complete(TEXT),
    without: ["opaque"],
    closes: true,
  },
  {
    fault: "a line that never ends",
    answer: () => begun({ flood: "x".repeat(65_536), limitBytes: 2e8 }),
    sees: failed(502, /Larger than allowed/),
    closes: true,
    log: "answer_too_large",
    config: "event_limit_mb = 2\n",
  },
  {
    fault: "a first line that never ends",
    answer: () => ({ events: [{ flood: "x".repeat(65_536), limitBytes: 2e8 }] }),
    sees: refused(502, /Larger than allowed/),
    closes: true,
    log: "answer_too_large",
    config: "event_limit_mb = 2\n",
  },
  {
    fault: "an event of data lines that never ends",
    answer: () => begun({ flood: `data: ${"x".repeat(65_000)}\n`, limitBytes: 2e8 }),
    sees: failed(502, /Larger than allowed/),
    closes: true,
    log: "answer_too_large",
    config: "event_limit_mb = 2\n",
  },
];

/** Odd, and yet an answer. */
const ODD: readonly AnswerRow[] = [
  { fault: "one byte in each packet", answer: () => ({ bytes: BYTES, splitAt: 7 }), sees: complete(TEXT) },
  {
    fault: "characters that come slowly, one by one",
    answer: () =>
      begun(
        { drip: SECOND_FRAME.slice(0, 20), everyMs: 40 },
        { bytes: SECOND_FRAME.slice(20) },
        ...REST.slice(1),
      ),
    sees: complete(TEXT),
  },
  { fault: "lines that end in CRLF", answer: () => ({ events: ALL, lineEnd: "\r\n" }), sees: complete(TEXT) },
  { fault: "lines that end in CR", answer: () => ({ events: ALL, lineEnd: "\r" }), sees: complete(TEXT) },
  {
    fault: "a byte order mark in front",
    answer: () => ({ events: [{ bytes: "\ufeff" }, ...ALL] }),
    sees: complete(TEXT),
  },
  { fault: "no event lines", answer: () => ({ events: ALL, eventLines: false }), sees: complete(TEXT) },
  {
    fault: "comments between the events",
    answer: () => between({ bytes: ": ping\n\n" }, { bytes: ":\n" }),
    sees: complete(TEXT),
  },
  {
    fault: "a content type that says text/plain",
    answer: () => ({ headers: { "content-type": "text/plain" }, events: ALL }),
    sees: complete(TEXT),
  },
  {
    fault: "no content type",
    answer: () => ({ headers: { "content-type": "" }, events: ALL }),
    sees: complete(TEXT),
  },
  { fault: "gzip", answer: () => ({ gzip: true, events: ALL }), sees: complete(TEXT) },
  {
    fault: "a content-length",
    answer: () => ({
      headers: { "content-type": "text/event-stream", "content-length": `${BYTES.length}` },
      body: BYTES,
    }),
    sees: complete(TEXT),
  },
  {
    fault: "an event of 1 MB",
    answer: () => ({ events: textAnswer(["One", "x".repeat(1_000_000)]) }),
    sees: complete(TEXT),
  },
  {
    fault: "bytes that are no UTF-8",
    answer: () =>
      between({
        bytes: Uint8Array.from([
          ...new TextEncoder().encode(SECOND_FRAME.slice(0, SECOND_FRAME.indexOf(" two"))),
          0xff,
          0xc3,
          ...new TextEncoder().encode(SECOND_FRAME.slice(SECOND_FRAME.indexOf(" two"))),
        ]),
      }),
    sees: complete(TEXT),
  },
];

/** Each way in which an answer ends before it is whole; half an item is an item of the conversation. */
const INCOMPLETE: readonly AnswerRow[] = [
  ["for its length", "max_output_tokens"],
  ["for its content", "content_filter"],
  ["for a reason nobody knows", "moonlight"],
].flatMap(([why, reason]) => [
  {
    fault: `response.incomplete ${why}`,
    answer: () => ({ events: incompleteAnswer(WORDS, reason) }),
    sees: complete(TEXT),
    without: TRANSLATED_STREAMS,
  },
  {
    fault: `response.incomplete ${why}, translated`,
    answer: () => ({ events: incompleteAnswer(WORDS, reason) }),
    sees: { stream: { status: 200, ends: "complete", text: TEXT } },
    without: ["responses stream"],
  },
]);

/** Events that should not be there, or not like this. */
const EVENTS: readonly AnswerRow[] = [
  {
    fault: "events of unknown types",
    answer: () =>
      between({ type: "response.new_thing.delta", delta: "?" }, { type: "codex.something" }, { type: "x" }),
    sees: complete(TEXT),
    logs: /not known here/,
  },
  {
    fault: "an event that is no JSON",
    answer: () => between({ bytes: "data: {oops\n\n" }),
    sees: failed(502, /cannot be read/),
    log: "answer_damaged",
  },
  {
    fault: "a word that is no JSON and can have been nothing",
    answer: () => between({ bytes: "data: oops\n\n" }),
    sees: complete(TEXT),
    logs: /cannot be read/,
  },
  {
    fault: "events that are JSON and no object",
    answer: () => between(...["null", "[1]", "7", '"x"'].map((text) => ({ bytes: `data: ${text}\n\n` }))),
    sees: complete(TEXT),
  },
  {
    fault: "an event without a type",
    answer: () => between({ bytes: 'data: {"delta":"?"}\n\n' }),
    sees: complete(TEXT),
  },
  {
    fault: "a text before its item",
    answer: () => {
      const added = ALL.findIndex(({ type }) => type === "response.output_item.added");
      const [first = { type: "none" }] = ALL.slice(SECOND - 1, SECOND);
      return { events: [...ALL.slice(0, added), first, ...ALL.slice(added, SECOND - 1), ...REST] };
    },
    sees: complete(TEXT),
  },
  {
    fault: "events in reverse order between the first and the last",
    answer: () => ({ events: [...ALL.slice(0, 1), ...ALL.slice(1, -1).reverse(), ...ALL.slice(-1)] }),
    sees: complete(/(?:)/),
  },
  {
    fault: "no response.created",
    answer: () => ({ events: ALL.slice(2) }),
    sees: complete(TEXT),
  },
  {
    fault: "response.created twice",
    answer: () => ({ events: [...ALL.slice(0, 1), ...ALL] }),
    sees: complete(TEXT),
  },
  {
    fault: "response.completed twice",
    answer: () => ({ events: [...ALL, ...ALL.slice(-1)] }),
    sees: complete(TEXT),
  },
  {
    fault: "response.failed after response.completed",
    answer: () => ({ events: [...ALL, ...failedAnswer("server_error", "Too late").slice(-1)] }),
    sees: { ...complete(TEXT), opaque: { status: 200, ends: "both", text: TEXT } },
  },
  {
    fault: "response.completed after response.failed",
    answer: () => ({ events: [...failedAnswer("server_error", "Broke", WORDS), ...ALL.slice(-1)] }),
    sees: { ...failed(502, /Broke/), opaque: { status: 200, ends: "both", text: /Broke/ } },
    log: "backend_error",
  },
  {
    fault: "text after response.completed",
    answer: () => ({ events: [...ALL, { type: "response.output_text.delta", delta: "MORE" }] }),
    sees: complete(TEXT),
  },
  {
    fault: "an answer without any output",
    answer: () => ({ events: answerEvents([], {}) }),
    sees: complete(/(?:)/),
    remembered: false,
  },
  {
    fault: "response.completed without a response",
    answer: () => ({ events: [...ALL.slice(0, -1), { type: "response.completed" }] }),
    sees: complete(TEXT),
  },
  ...INCOMPLETE,
  {
    fault: "an error event after the first word",
    answer: () => begun({ type: "error", error: { code: "server_error", message: "Broke" } }),
    sees: failed(502, /Broke/, "failed"),
    log: "backend_error",
  },
  {
    fault: "an error event at the start",
    answer: () => ({ events: [{ type: "error", code: "server_error", message: "Broke", param: null }] }),
    sees: refused(502, /Broke/),
    log: "backend_error",
  },
  {
    fault: "response.failed that quotes the access token",
    answer: () => ({ headers }) => ({
      events: failedAnswer("server_error", `Bad header: ${headers["authorization"]}`, WORDS),
    }),
    sees: failed(502, /Bad header/),
    without: ["responses stream"],
    log: "backend_error",
    never: /fakeSecret|eyJ/,
  },
  {
    fault: "response.failed that quotes the access token, filtered",
    answer: () => ({ headers }) => ({
      events: failedAnswer("server_error", `Bad header: ${headers["authorization"]}`, WORDS),
    }),
    sees: { stream: { status: 200, ends: "failed", text: /Bad header/ } },
    without: TRANSLATED_STREAMS,
    log: "backend_error",
    never: /fakeSecret|eyJ/,
  },
];

/** `response.failed` before anything else: the code decides on the status (backend.md#error-codes). */
const FAILED_CODES: readonly (readonly [code: string, status: number, log: string])[] = [
  ["usage_limit_reached", 429, "rate_limited"],
  ["rate_limit_exceeded", 429, "rate_limited"],
  ["insufficient_quota", 429, "rate_limited"],
  ["usage_not_included", 403, "plan_required"],
  ["server_is_overloaded", 503, "overloaded"],
  ["slow_down", 503, "overloaded"],
  ["server_error", 502, "backend_error"],
  ["model_not_found", 404, "model_not_available"],
  ["context_length_exceeded", 400, "backend_refused"],
  ["invalid_prompt", 400, "backend_refused"],
  ["cyber_policy", 400, "backend_refused"],
  ["never_heard_of", 502, "backend_error"],
];

const FAILED: readonly AnswerRow[] = FAILED_CODES.flatMap(([code, status, log]) => [
  {
    fault: `response.failed at once, ${code}`,
    answer: () => ({ events: failedAnswer(code, "Please try again in 3s.") }),
    sees: {
      ...refused(status, /try again in 3s/),
      opaque: { status: 200, ends: "failed", text: new RegExp(code) },
    },
    headers: status === 429 || status === 503 ? { "retry-after": /^3$/ } : {},
    log,
  },
  {
    fault: `response.failed after some text, ${code}`,
    answer: () => ({ events: failedAnswer(code, "Please try again in 3s.", WORDS) }),
    sees: failed(status, /try again in 3s/, "failed"),
    log,
  },
]);

/** What goes wrong in the answer itself. */
export const IN_AN_ANSWER: readonly AnswerRow[] = [
  ...CUT,
  ...ENDLESS,
  ...ODD,
  ...EVENTS,
  ...FAILED,
  {
    fault: "response.failed without an error",
    answer: () => ({
      events: [{ type: "response.failed", response: { id: "r", status: "failed" } } as EventStep],
    }),
    sees: refused(502, /ChatGPT backend failed/),
    log: "backend_error",
  },
  {
    fault: "two members of gzip, one after the other",
    answer: () => ({
      headers: { "content-encoding": "gzip" },
      bytes: new Uint8Array([...zlib.gzipSync(BYTES.slice(0, 500)), ...zlib.gzipSync(BYTES.slice(500))]),
    }),
    // The runtime reads the first member only: what is missing must not look complete.
    sees: { ...refused(502, /ended too early/), opaque: { status: 200, ends: "cut", text: /(?:)/ } },
    log: "stream_cut",
  },
];
