import type { InputItem } from "../wire/responses.ts";
import type { NameMap } from "./names.ts";

/**
 * Puts the tool calls of a conversation in order, so that the backend never refuses it for a broken pair.
 *
 * Clients cut histories, drop ids and resend turns; the backend answers each of these with a 400. One outcome for
 * each (translation.md#t21, #t32):
 * - a call without an id gets one; an output without an id belongs to the first call still open;
 * - an output whose call is nowhere before it becomes a user message with the same content;
 * - a call that is never answered is answered with "aborted", as the Codex CLI does for interrupted calls;
 * - a call that repeats an open call letter for letter is dropped, as is an output that repeats the one before;
 * - another call under an id already used gets an id of its own, and so do the outputs that follow it.
 *
 * What the client's `local_shell_call`, `computer_call` and other kinds of calls are is not known here: they pass.
 *
 * @returns a new list; items that need no change are the same objects
 */
export function repairToolCalls(input: readonly InputItem[], names: NameMap): InputItem[] {
  const result: InputItem[] = [];
  /** call id as the client knows it -> the latest call under it */
  const calls = new Map<string, Call>();
  const open: Call[] = [];
  /** ids in use: an id made here must not be one that the client uses elsewhere */
  const used = new Set(input.flatMap((item) => callId(item) ?? []));
  function makeId(stem: string): string {
    for (let count = 1;; count++) {
      const id = `${stem}_${count}`;
      if (used.has(id)) continue;
      used.add(id);
      return id;
    }
  }
  for (const item of input) {
    if (item.type === "function_call" || item.type === "custom_tool_call") {
      const id = callId(item) ?? makeId("call_ccproxy");
      const earlier = calls.get(id);
      if (earlier !== undefined && earlier.output === undefined && isSameCall(earlier.item, item)) continue;
      const sentId = earlier === undefined ? names.call(id) : names.call(makeId(id));
      const call: Call = { item, outputType: `${item.type}_output`, sentId, output: undefined };
      calls.set(id, call);
      open.push(call);
      result.push({ ...item, call_id: sentId });
    } else if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
      const id = callId(item);
      const call = id === undefined ? open.find(isUnanswered) : calls.get(id);
      if (call === undefined) {
        result.push(toMessage(item));
      } else if (call.output === undefined) {
        call.output = item;
        // The kind of the output follows its call: clients answer custom calls with plain tool messages.
        result.push({ ...item, type: call.outputType, call_id: call.sentId });
      } else if (!isSameOutput(call.output, item)) {
        result.push(toMessage(item));
      }
    } else {
      result.push(item);
    }
  }
  return open.every((call) => call.output !== undefined) ? result : answerOpenCalls(result, open);
}

interface Call {
  readonly item: InputItem;
  readonly outputType: string;
  readonly sentId: string;
  output: InputItem | undefined;
}

function callId(item: InputItem): string | undefined {
  const id = item["call_id"];
  return typeof id === "string" && id !== "" ? id : undefined;
}

function isUnanswered(call: Call): boolean {
  return call.output === undefined;
}

function isSameCall(a: InputItem, b: InputItem): boolean {
  return a.type === b.type && a["name"] === b["name"] && a["arguments"] === b["arguments"] &&
    a["input"] === b["input"];
}

function isSameOutput(a: InputItem, b: InputItem): boolean {
  return JSON.stringify(a["output"]) === JSON.stringify(b["output"]);
}

/** An output without a call, kept as what the user said: nothing is lost and nothing is refused. */
function toMessage(item: InputItem): InputItem {
  const { output } = item;
  const label = `Output of tool call ${callId(item) ?? "(without id)"}:`;
  const parts = Array.isArray(output) ? output : [{ type: "input_text", text: String(output) }];
  return { type: "message", role: "user", content: [{ type: "input_text", text: label }, ...parts] };
}

/** Adds the missing outputs behind the run of calls they belong to. */
function answerOpenCalls(items: readonly InputItem[], calls: readonly Call[]): InputItem[] {
  const missing = new Map(calls.filter(isUnanswered).map((call) => [call.sentId, call]));
  const result: InputItem[] = [];
  let waiting: InputItem[] = [];
  for (const item of items) {
    const isCall = item.type === "function_call" || item.type === "custom_tool_call";
    // Outputs stand after all calls of one turn: parallel calls stay together.
    if (!isCall && waiting.length > 0) {
      result.push(...waiting);
      waiting = [];
    }
    result.push(item);
    const call = isCall ? missing.get(callId(item) ?? "") : undefined;
    if (call !== undefined) waiting.push({ type: call.outputType, call_id: call.sentId, output: "aborted" });
  }
  return [...result, ...waiting];
}
