import type { NameMap } from "../../ask/names.ts";
import type { ClientCall } from "../../answer/client_call.ts";

/**
 * Tool calls of a chat stream.
 *
 * Calls go out one after the other even when the backend interleaves them: the SDKs' helpers take a new index as the
 * end of the call before (clients.md#calls-in-turn). Arguments of the call whose turn it is go out as they come; those
 * of the others are held until it is done.
 */
export interface ToolCallStream {
  start(outputIndex: number, call: ClientCall): string;
  /** A piece of the arguments (or of a custom tool's input), as a JSON literal. */
  piece(outputIndex: number, literal: string): string;
  /** The item is complete; nothing when it is no call. */
  done(outputIndex: number): string;
  /** The answer is over: everything still held goes out. */
  end(): string;
  /** How many calls were written. */
  readonly count: number;
}

interface Call {
  readonly call: ClientCall;
  /** JSON literals without their quotes */
  held: string;
  isDone: boolean;
  index: number;
}

/**
 * @param writeDelta writes a chunk with this `delta` JSON
 * @param legacy the form before tools: `function_call`, which has neither index nor id
 */
export function createToolCallStream(
  writeDelta: (json: string) => string,
  names: NameMap,
  legacy: boolean,
): ToolCallStream {
  const calls = new Map<number, Call>();
  /** in order of appearance; the first one is being written */
  const queue: Call[] = [];
  let count = 0;

  /** Writes whatever may go out now: the call in front, and those behind it as soon as it is done. */
  function flush(): string {
    let text = "";
    for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
      if (entry.index === -1) {
        entry.index = count++;
        if (fits(entry.index)) text += writeDelta(startJson(entry.call, entry.index));
      }
      if (entry.held !== "") {
        if (fits(entry.index)) text += writeDelta(pieceJson(entry.call, entry.index, `"${entry.held}"`));
        entry.held = "";
      }
      if (!entry.isDone) break;
      queue.shift();
    }
    return text;
  }

  /** A legacy `function_call` has room for one call: a second one would run into its arguments. */
  function fits(index: number): boolean {
    return !legacy || index === 0;
  }

  function startJson(call: ClientCall, index: number): string {
    const name = names.restore(call.name);
    if (legacy) return JSON.stringify({ function_call: { name, arguments: "" } });
    const body = call.kind === "custom"
      ? { type: "custom", custom: { name, input: "" } }
      : { type: "function", function: { name, arguments: "" } };
    return JSON.stringify({ tool_calls: [{ index, id: names.restore(call.callId), ...body }] });
  }

  function pieceJson(call: ClientCall, index: number, literal: string): string {
    if (legacy) return `{"function_call":{"arguments":${literal}}}`;
    return call.kind === "custom"
      ? `{"tool_calls":[{"index":${index},"custom":{"input":${literal}}}]}`
      : `{"tool_calls":[{"index":${index},"function":{"arguments":${literal}}}]}`;
  }

  return {
    start(outputIndex, call) {
      const entry = { call, held: "", isDone: false, index: -1 };
      calls.set(outputIndex, entry);
      queue.push(entry);
      return flush();
    },
    piece(outputIndex, literal) {
      const entry = calls.get(outputIndex);
      if (entry === undefined || entry.isDone) return "";
      entry.held += literal.slice(1, -1);
      return entry === queue[0] ? flush() : "";
    },
    done(outputIndex) {
      const entry = calls.get(outputIndex);
      if (entry === undefined) return "";
      entry.isDone = true;
      return flush();
    },
    end() {
      for (const entry of queue) entry.isDone = true;
      return flush();
    },
    get count() {
      return count;
    },
  };
}
