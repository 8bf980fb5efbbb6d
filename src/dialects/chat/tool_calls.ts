import type { NameMap } from "../../ask/names.ts";
import type { ClientCall } from "../../answer/client_call.ts";

/**
 * Tool calls of a chat stream.
 *
 * Calls go out one after the other even when the backend interleaves them: the SDKs' helpers take a new index as the
 * end of the call before (clients.md, trap 4). Arguments of the call whose turn it is go out as they come; those of
 * the others are held until it is done.
 */
export interface ToolCallStream {
  /** `output_item.added`, or any later event that names the call. Repeated calls for one index add nothing. */
  start(outputIndex: number, call: ClientCall): string;
  /** A piece of the arguments (or of a custom tool's input). */
  delta(outputIndex: number, piece: string): string;
  /** The call is complete; `whole` fills in what the deltas did not bring, once. */
  done(outputIndex: number, whole: string | undefined): string;
  /** The answer is over: everything still held goes out. */
  end(): string;
  /** How many calls were written. */
  readonly count: number;
}

interface Call {
  name: ClientCall | undefined;
  /** characters of the arguments that were written */
  written: number;
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
  /** output indexes in order of appearance; the first one that is not done is being written */
  const queue: number[] = [];
  let count = 0;

  function callAt(outputIndex: number): Call {
    let call = calls.get(outputIndex);
    if (call === undefined) {
      call = { name: undefined, written: 0, held: "", isDone: false, index: -1 };
      calls.set(outputIndex, call);
      queue.push(outputIndex);
    }
    return call;
  }

  /** Writes whatever may go out now: the call in front, and those behind it as soon as it is done. */
  function flush(): string {
    let text = "";
    while (queue.length > 0) {
      const front = queue[0];
      const call = front === undefined ? undefined : calls.get(front);
      // Without a name nothing can be written: the first fragment of a call has to carry it.
      if (call?.name === undefined) break;
      if (call.index === -1) {
        call.index = count++;
        if (fits(call.index)) text += writeDelta(startJson(call.name, call.index));
      }
      if (call.held !== "") {
        if (fits(call.index)) text += writeDelta(pieceJson(call.name, call.index, call.held));
        call.written += call.held.length;
        call.held = "";
      }
      if (!call.isDone) break;
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

  function pieceJson(call: ClientCall, index: number, piece: string): string {
    const literal = JSON.stringify(piece);
    if (legacy) return `{"function_call":{"arguments":${literal}}}`;
    return call.kind === "custom"
      ? `{"tool_calls":[{"index":${index},"custom":{"input":${literal}}}]}`
      : `{"tool_calls":[{"index":${index},"function":{"arguments":${literal}}}]}`;
  }

  return {
    start(outputIndex, name) {
      const call = callAt(outputIndex);
      call.name ??= name;
      return flush();
    },
    delta(outputIndex, piece) {
      const call = callAt(outputIndex);
      if (call.isDone) return "";
      call.held += piece;
      return flush();
    },
    done(outputIndex, whole) {
      const call = callAt(outputIndex);
      if (call.isDone) return "";
      const seen = call.written + call.held.length;
      if (whole !== undefined && whole.length > seen) call.held += whole.slice(seen);
      call.isDone = call.name !== undefined;
      return flush();
    },
    end() {
      // A call that was never named cannot be made by anyone: it is left out.
      for (const [at, call] of calls) {
        if (call.name === undefined) queue.splice(queue.indexOf(at), 1);
        else call.isDone = true;
      }
      return flush();
    },
    get count() {
      return count;
    },
  };
}
