/**
 * The answers of the benchmark's upstream: built once for a plan, as bytes that already carry their HTTP chunk
 * framing, so that serving a stream costs one socket write for each group of events and nothing else.
 */

/** How the upstream answers every request until the next plan. */
export interface Plan {
  /** text deltas in one answer; nine further events surround them */
  readonly deltas: number;
  /** deltas in one socket write; 0 = the whole answer in one write */
  readonly packing: number;
  /** pause between two writes of one stream; 0 = as fast as the socket takes them */
  readonly delayMs: number;
  /** streams that must have reached `gateAt` before the upstream says "opened" and waits for "go"; 0 = no gate */
  readonly gate: number;
  /** writes that come before the gate */
  readonly gateAt: number;
  /** base64 characters of one image in one data line, in place of the deltas; 0 = text */
  readonly imageBytes: number;
}

/** A plan with the usual values: a short answer in one write. */
export const SHORT_ANSWER: Plan = { deltas: 11, packing: 0, delayMs: 0, gate: 0, gateAt: 1, imageBytes: 0 };

/** One answer, ready to be written. */
export interface Script {
  /** what goes out in one write each, chunk framing included; the first one has the response head in front */
  readonly writes: readonly Uint8Array[];
  /** events in the answer */
  readonly events: number;
  /** the text all deltas make together */
  readonly text: string;
}

const ITEM_ID = "msg_0b7d9f1e44c2a58d0068f2a1c09d3081a0b1c2d3e4f5061728";
const RESPONSE_ID = "resp_0b7d9f1e44c2a58d0068f2a1bf6c2c81a09f8e7d6c5b4a3928";
const WORDS = [
  " the",
  " answer",
  " is",
  " a",
  " proxy",
  " that",
  " says",
  ' "hello"',
  ",",
  " caf\u00e9",
  ".\n",
];
const OBFUSCATION = "aZ3kQ9xLm2Pw7Rt5";
/** Network reads of one long line come in pieces of a TLS record. */
const IMAGE_PIECE_BYTES = 16_384;

const HEAD = [
  "HTTP/1.1 200 OK",
  "content-type: text/event-stream; charset=utf-8",
  "cache-control: no-cache",
  "x-request-id: req_0b7d9f1e44c2a58d",
  "x-codex-plan-type: plus",
  "x-codex-primary-used-percent: 12",
  "x-codex-primary-window-minutes: 300",
  "x-codex-primary-reset-after-seconds: 9000",
  "transfer-encoding: chunked",
  "",
  "",
].join("\r\n");

function frame(event: { type: string; [key: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/**
 * The response object of the lifecycle events, with the keys the backend sends; `output` is empty
 * (backend.md#empty-output).
 */
function responseObject(status: string, usage: unknown) {
  return {
    id: RESPONSE_ID,
    object: "response",
    created_at: 1_763_800_000,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: "You are a helpful assistant.",
    max_output_tokens: null,
    max_tool_calls: null,
    model: "gpt-5.5",
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
    reasoning: { effort: "medium", summary: null },
    safety_identifier: null,
    service_tier: "auto",
    store: false,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "low" },
    tool_choice: "auto",
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: "disabled",
    usage,
    user: null,
    metadata: {},
  };
}

function prologue(): string[] {
  const at = { item_id: ITEM_ID, output_index: 0, content_index: 0 };
  const item = { id: ITEM_ID, type: "message", status: "in_progress", content: [], role: "assistant" };
  const limits = { allowed: true, limit_reached: false, primary: { used_percent: 12, window_minutes: 300 } };
  const part = { type: "output_text", annotations: [], logprobs: [], text: "" };
  const created = responseObject("in_progress", null);
  return [
    { type: "response.created", sequence_number: 0, response: created },
    { type: "response.in_progress", sequence_number: 1, response: created },
    { type: "codex.rate_limits", plan_type: "plus", rate_limits: limits },
    { type: "response.output_item.added", sequence_number: 2, output_index: 0, item },
    { type: "response.content_part.added", sequence_number: 3, ...at, part },
  ].map(frame);
}

function epilogue(text: string, sequence: number, deltas: number): string[] {
  const at = { item_id: ITEM_ID, output_index: 0, content_index: 0 };
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const item = { id: ITEM_ID, type: "message", status: "completed", content: [part], role: "assistant" };
  const usage = {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: deltas,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 20 + deltas,
  };
  return [
    { type: "response.output_text.done", sequence_number: sequence, ...at, text, logprobs: [] },
    { type: "response.content_part.done", sequence_number: sequence + 1, ...at, part },
    { type: "response.output_item.done", sequence_number: sequence + 2, output_index: 0, item },
    {
      type: "response.completed",
      sequence_number: sequence + 3,
      response: responseObject("completed", usage),
    },
  ].map(frame);
}

function imageFrame(bytes: number): string {
  const item = {
    id: "ig_0b7d9f1e44c2a58d0068f2a1c2",
    type: "image_generation_call",
    status: "completed",
    background: "opaque",
    output_format: "png",
    quality: "high",
    size: "1024x1024",
    result: "iVBORw0KGgoAAAAN".repeat(Math.ceil(bytes / 16)),
  };
  return frame(
    { type: "response.output_item.done", sequence_number: 4, output_index: 0, item } as { type: string },
  );
}

/** Puts the HTTP chunk framing around each text; the pieces lie in one buffer. */
function toChunks(texts: readonly string[]): Uint8Array[] {
  const encoder = new TextEncoder();
  return texts.map((text, at) => {
    const body = encoder.encode(text);
    const before = (at === 0 ? HEAD : "") + body.length.toString(16) + "\r\n";
    const after = at === texts.length - 1 ? "\r\n0\r\n\r\n" : "\r\n";
    const whole = new Uint8Array(before.length + body.length + after.length);
    encoder.encodeInto(before, whole);
    whole.set(body, before.length);
    encoder.encodeInto(after, whole.subarray(before.length + body.length));
    return whole;
  });
}

/** Cuts one long text into the pieces in which a network would deliver it. */
function pieces(text: string): string[] {
  const list: string[] = [];
  for (let at = 0; at < text.length; at += IMAGE_PIECE_BYTES) {
    list.push(text.slice(at, at + IMAGE_PIECE_BYTES));
  }
  return list;
}

/** Builds the answer of a plan. Costs about 1 s per million deltas. */
export function buildScript(plan: Plan): Script {
  const before = prologue();
  if (plan.imageBytes > 0) {
    const after = epilogue("", 5, 0);
    const texts = [before.join(""), ...pieces(imageFrame(plan.imageBytes)), after.join("")];
    return { writes: toChunks(texts), events: before.length + 1 + after.length, text: "" };
  }
  const deltas: string[] = [];
  const said: string[] = [];
  for (let index = 0; index < plan.deltas; index++) {
    const delta = WORDS[index % WORDS.length] ?? "";
    said.push(delta);
    deltas.push(frame({
      type: "response.output_text.delta",
      sequence_number: 4 + index,
      item_id: ITEM_ID,
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
      obfuscation: OBFUSCATION.slice(delta.length),
    }));
  }
  const text = said.join("");
  const after = epilogue(text, 4 + plan.deltas, plan.deltas);
  const events = before.length + deltas.length + after.length;
  if (plan.packing === 0) {
    return { writes: toChunks([[...before, ...deltas, ...after].join("")]), events, text };
  }
  const groups: string[] = [before.join("")];
  for (let at = 0; at < deltas.length; at += plan.packing) {
    groups.push(deltas.slice(at, at + plan.packing).join(""));
  }
  groups.push(after.join(""));
  return { writes: toChunks(groups), events, text };
}
