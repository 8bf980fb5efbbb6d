/**
 * Random answers of the backend: every kind of item, texts that hurt, and the faults that were seen or feared.
 *
 * What comes out is a stream whose meaning is still certain: events may be missing, doubled or strange, but never
 * contradict each other, so that streaming and not streaming have to agree.
 */
import type { DialectName } from "../../src/ask/draft.ts";
import { outputItem, type OutputPart, partEvents } from "../fake/answer_parts.ts";
import type { Random } from "./random.ts";

/** One event, before it is numbered. */
type Event = { readonly type: string } & Record<string, unknown>;

/** Upstream bytes and the request they answer. */
export interface Generated {
  readonly bytes: Uint8Array;
  /** events of items are missing or say too little */
  readonly hasFaults: boolean;
  readonly requests: Readonly<Record<DialectName, Record<string, unknown>>>;
  readonly reasoningOutput: "tags" | "field" | "both" | "none";
}

const encoder = new TextEncoder();
const WORDS = [
  "Hello",
  " world",
  "\n\n",
  " ",
  "",
  "é",
  "日本語",
  "🌍",
  "👩‍👩‍👧",
  '"quoted"',
  "\\",
  "\\u0041",
  "\u0000",
  "\u0007\t",
  "\u2028",
  "\u0085",
  "<thinking>",
  "</thinking>\n\n",
  "<!-- -->",
  "<!--",
  "-->",
  " <",
  "data: x\n\n",
  "event: y",
  "[DONE]",
  "STOP",
  "ST",
  "OP",
  "END.",
  '{"a":1}',
  "x".repeat(300),
];

/** A text of some words. */
function text(random: Random, most = 8): string {
  return Array.from({ length: random.below(most) }, () => random.pick(WORDS)).join("");
}

/** The text in pieces, cut anywhere: inside surrogate pairs, and into nothing. */
function pieces(random: Random, whole: string): string[] {
  const cuts = Array.from({ length: random.below(6) }, () => random.below(whole.length + 1)).sort((a, b) =>
    a - b
  );
  return [...cuts, whole.length].map((end, index) => whole.slice(index === 0 ? 0 : cuts[index - 1], end));
}

function part(random: Random, index: number): OutputPart {
  switch (random.below(8)) {
    case 0:
      return { type: "reasoning", summary: Array.from({ length: random.below(4) }, () => text(random)) };
    case 1:
      return { type: "refusal", words: pieces(random, text(random)) };
    case 2:
      return {
        type: "call",
        name: name(random),
        arguments: pieces(random, args(random)),
        callId: `call_${index}`,
      };
    case 3:
      return {
        type: "custom_call",
        name: name(random),
        input: pieces(random, text(random)),
        callId: `call_${index}`,
      };
    case 4:
      return random.chance(0.5)
        ? { type: "web_search", query: text(random, 3) }
        : { type: "image", base64: "iVBORw0KGgo=".repeat(random.below(20)) };
    default:
      return { type: "text", words: pieces(random, text(random)), annotations: citations(random) };
  }
}

function name(random: Random): string {
  return random.pick(["get", "a.b", "n".repeat(90), "日本"]);
}

function args(random: Random): string {
  return JSON.stringify({ a: text(random), n: 1.0, [text(random, 2)]: null });
}

function citations(random: Random): Record<string, unknown>[] {
  return Array.from({ length: random.chance(0.2) ? random.below(3) : 0 }, (_, n) => ({
    type: random.chance(0.8) ? "url_citation" : "file_citation",
    url: `https://example.com/${n}`,
    title: text(random, 2),
    start_index: n,
    end_index: n + 1,
  }));
}

/** The events of the output: one item after the other, calls in a row sometimes interleaved. */
function outputEvents(random: Random, parts: readonly OutputPart[]): Event[] {
  const groups: Event[][] = [];
  for (let index = 0; index < parts.length;) {
    const run: ReturnType<typeof partEvents>[] = [];
    const mayInterleave = random.chance(0.6);
    do {
      const entry = parts[index];
      if (entry !== undefined) run.push(partEvents(entry, index, "f"));
      index++;
    } while (mayInterleave && parts[index]?.type === "call" && parts[index - 1]?.type === "call");
    groups.push([
      ...run.flatMap((events) => events.opening),
      ...shuffled(random, run.map((events) => events.deltas)),
      ...run.flatMap((events) => events.closing),
    ]);
  }
  return groups.flat();
}

/** Several lists as one, each in its own order. */
function shuffled(random: Random, lists: readonly (readonly Event[])[]): Event[] {
  const rest = lists.map((list) => [...list]).filter((list) => list.length > 0);
  const all: Event[] = [];
  while (rest.length > 0) {
    const at = random.below(rest.length);
    const next = rest[at]?.shift();
    if (next !== undefined) all.push(next);
    if (rest[at]?.length === 0) rest.splice(at, 1);
  }
  return all;
}

/** Leaves events out, as long as what is left still tells the same. */
function withFaults(random: Random, events: readonly Event[], parts: readonly OutputPart[]): Event[] {
  const isCallAt = (at: number) => /call$/.test(parts[at]?.type ?? "");
  const lost = parts.map((_, at) => ({
    // Calls that interleave are told apart, and put in order, by their beginnings.
    added: random.chance(0.2) && !(isCallAt(at) && (isCallAt(at - 1) || isCallAt(at + 1))),
    partAdded: random.chance(0.2),
    deltas: random.chance(0.2) ? "all" : random.chance(0.2) ? "last" : "none",
    partDone: random.chance(0.3),
    done: random.chance(0.2),
    late: random.chance(0.2) && !isCallAt(at - 1) && !isCallAt(at + 1),
    newId: random.chance(0.1),
  }));
  return events.flatMap((event, at): Event[] => {
    const { output_index: index } = event;
    const fault = typeof index === "number" ? lost[index] : undefined;
    const kind = typeof index === "number" ? parts[index]?.type : undefined;
    if (fault === undefined || kind === undefined) return [event];
    const isCall = kind === "call" || kind === "custom_call";
    if (event.type === "response.output_item.added") {
      // A call without a beginning needs its end to be named.
      if (fault.added && (!isCall || !fault.done)) return [];
      return fault.late && isCall && !fault.done
        ? [{ ...event, item: { ...asRecord(event["item"]), name: undefined, call_id: undefined } }]
        : [event];
    }
    if (event.type === "response.output_item.done") {
      if (fault.done) return [];
      return fault.newId && !fault.added && kind === "text"
        ? [{ ...event, item: { ...asRecord(event["item"]), id: "other" } }]
        : [event];
    }
    if (event.type.endsWith("_part.added")) return fault.partAdded ? [] : [event];
    // The whole text has to come from somewhere.
    if (event.type.endsWith(".delta")) {
      if (fault.done || (fault.deltas === "last" && !isLastOfPart(events, at))) return [event];
      return fault.deltas === "none" ? [event] : [];
    }
    if (/annotation/.test(event.type)) return fault.partAdded && !fault.done ? [] : [event];
    // How long a text is has to be told by something: citations behind it count from there.
    return fault.partDone && !(fault.done && kind === "text") ? [] : [event];
  });
}

function isLastOfPart(events: readonly Event[], at: number): boolean {
  const event = events[at];
  return !events.slice(at + 1).some((other) =>
    other.type === event?.type && other["output_index"] === event["output_index"]
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return { ...Object(value) };
}

/** Frames that mean nothing to a client. */
const NOISE: readonly string[] = [
  ": keepalive\n\n",
  'event: keepalive\ndata: {"type":"keepalive"}\n\n',
  'event: codex.rate_limits\ndata: {"type":"codex.rate_limits","rate_limits":{"allowed":true}}\n\n',
  'data: {"type":"response.metadata","metadata":{"delta":"x","output_index":0}}\n\n',
  'event: response.unheard_of.delta\ndata: {"type":"response.unheard_of.delta","delta":"x"}\n\n',
  "data: not json\n\n",
  "data: null\n\n",
  "data: []\n\n",
  "data: [DONE]\n\n",
  "data\n\n",
  "id: 7\nretry: 3\n\n",
  "\n\n",
];

function terminal(random: Random, parts: readonly OutputPart[]): Event[] {
  const output = random.chance(0.3) ? parts.map((entry, index) => outputItem(entry, index, "f")) : [];
  const usage = random.chance(0.8)
    ? {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 8,
      output_tokens_details: {},
    }
    : undefined;
  const object = (status: string, more: Record<string, unknown>) => ({
    response: { id: "resp_f", object: "response", created_at: 1, status, model: "m", ...more },
  });
  switch (random.below(10)) {
    case 0:
      return [{
        type: "response.incomplete",
        ...object("incomplete", {
          output,
          usage,
          incomplete_details: { reason: random.pick(["max_output_tokens", "content_filter", "interrupted"]) },
        }),
      }];
    case 1:
      return [{
        type: "response.failed",
        ...object("failed", {
          error: { code: random.pick(["server_error", "rate_limit_exceeded"]), message: "No" },
        }),
      }];
    case 2:
      return [{ type: "error", code: "server_is_overloaded", message: text(random), param: null }];
    case 3:
      return [];
    default:
      return [{ type: "response.completed", ...object("completed", { output, usage }) }];
  }
}

/** One answer and the request for it. */
export function generate(random: Random): Generated {
  const parts = Array.from({ length: random.below(6) }, (_, index) => part(random, index));
  const response = {
    id: "resp_f",
    object: "response",
    created_at: 1,
    status: "in_progress",
    model: "m",
    output: [],
  };
  const hasFaults = random.chance(0.6);
  const output = outputEvents(random, parts);
  const events: Event[] = [
    ...(random.chance(0.95) ? [{ type: "response.created", response }] : []),
    ...(random.chance(0.8) ? [{ type: "response.in_progress", response }] : []),
    ...(hasFaults ? withFaults(random, output, parts) : output),
    ...terminal(random, parts),
  ];
  return {
    bytes: encode(random, events),
    hasFaults,
    requests: {
      chat: chatRequest(random),
      responses: {
        model: "gpt-5.5",
        stream: true,
        input: "Hi",
        tools: [{ type: "function", name: "n".repeat(90) }],
        ...(random.chance(0.2) ? { max_output_tokens: 1 + random.below(6) } : {}),
      },
      messages: messagesRequest(random),
      completions: {
        model: "gpt-5.5",
        stream: true,
        prompt: "Hi",
        max_tokens: random.chance(0.2) ? 1 + random.below(6) : 9999,
        ...(random.chance(0.2) ? { stop: ["STOP", "END"] } : {}),
      },
    },
    reasoningOutput: random.pick(["tags", "field", "both", "none"]),
  };
}

function messagesRequest(random: Random): Record<string, unknown> {
  return {
    model: "gpt-5.5",
    stream: true,
    max_tokens: random.chance(0.2) ? 1 + random.below(6) : 9999,
    messages: [{ role: "user", content: "Hi" }],
    ...(random.chance(0.5) ? { thinking: { type: "enabled", budget_tokens: 1024 } } : {}),
    ...(random.chance(0.2) ? { stop_sequences: [random.pick(["STOP", "END"]), "OP"] } : {}),
  };
}

function chatRequest(random: Random): Record<string, unknown> {
  return {
    model: "gpt-5.5",
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
    ...(random.chance(0.5) ? { stream_options: { include_usage: true } } : {}),
    ...(random.chance(0.2) ? { stop: [random.pick(["STOP", "END", "\n\n", "🌍"]), "OP"] } : {}),
    ...(random.chance(0.2) ? { max_tokens: 1 + random.below(6) } : {}),
    ...(random.chance(0.1) ? { functions: [{ name: "get" }] } : {}),
    ...(random.chance(0.1) ? { response_format: { type: "json_object" } } : {}),
  };
}

/** Numbers, noise and line ends, as one backend writes them. */
function encode(random: Random, events: readonly Event[]): Uint8Array {
  const lineEnd = random.pick(["\n", "\n", "\n", "\r\n", "\r"]);
  const names = random.chance(0.8);
  const numbers = random.pick(["first", "first", "last", "none"]);
  const noise = random.chance(0.5) ? 0.2 : 0;
  let number = random.chance(0.9) ? 0 : 40;
  let stream = random.chance(0.1) ? "\uFEFF" : "";
  for (const event of events) {
    while (random.chance(noise)) stream += random.pick(NOISE).replaceAll("\n", lineEnd);
    if (random.chance(noise / 2)) number++;
    const { type, ...rest } = event;
    const numbered = numbers === "none"
      ? { type, ...rest }
      : numbers === "first"
      ? { type, sequence_number: number++, ...rest }
      : { type, ...rest, sequence_number: number++ };
    stream += `${names ? `event: ${type}${lineEnd}` : ""}data: ${
      JSON.stringify(numbered)
    }${lineEnd}${lineEnd}`;
  }
  const bytes = encoder.encode(stream);
  return random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}
