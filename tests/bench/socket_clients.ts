/** Clients of every dialect, as far as the time to their first token goes. */
import type { Program } from "../program.ts";

/** Reads a stream to its end. @returns milliseconds to the first piece with `sign` in it; NaN without */
export async function readStream(
  program: Program,
  path: string,
  body: unknown,
  sign: string,
): Promise<number> {
  const begunMs = performance.now();
  const response = await fetch(`${program.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body),
  });
  let firstMs = NaN;
  for await (const text of (response.body ?? new Blob().stream()).pipeThrough(new TextDecoderStream())) {
    if (Number.isNaN(firstMs) && text.includes(sign)) firstMs = performance.now() - begunMs;
  }
  return firstMs;
}

/** A client's open WebSocket. */
export interface Opened {
  /** Sends a request. @returns milliseconds to its first token */
  ask(body: Record<string, unknown>): Promise<{ readonly firstMs: number; readonly id: string }>;
  close(): void;
}

/** Opens a WebSocket to the responses route. */
export async function openClient(program: Program, headers: Record<string, string>): Promise<Opened> {
  const socket = new WebSocket(`${program.url.replace("http", "ws")}/v1/responses`, { headers });
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  return {
    ask: (body) =>
      new Promise((resolve) => {
        const begunMs = performance.now();
        let firstMs = NaN;
        socket.onmessage = ({ data }) => {
          const { type, response } = JSON.parse(data);
          if (type === "response.output_text.delta" && Number.isNaN(firstMs)) {
            firstMs = performance.now() - begunMs;
          }
          if (type === "response.completed" || type === "error") resolve({ firstMs, id: response?.id ?? "" });
        };
        socket.send(JSON.stringify({ type: "response.create", model: "gpt-5.5", store: false, ...body }));
      }),
    close: () => socket.close(),
  };
}

/** A client of each kind: asks twice, and gives the time to the first token of each turn, in milliseconds. */
export const CLIENTS: Readonly<Record<string, (program: Program) => Promise<readonly [number, number]>>> = {
  chat: async (program) => {
    const say = (texts: readonly string[]) =>
      readStream(program, "/v1/chat/completions", {
        model: "gpt-5.5",
        stream: true,
        messages: texts.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
      }, '"content":"You');
    return [await say(["Hello"]), await say(["Hello", "You said: Hello", "Again"])];
  },
  messages: async (program) => {
    const say = (texts: readonly string[]) =>
      readStream(program, "/v1/messages", {
        model: "claude-sonnet-4-5",
        max_tokens: 5000,
        stream: true,
        messages: texts.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
      }, "text_delta");
    return [await say(["Hi"]), await say(["Hi", "You said: Hi", "Again"])];
  },
  responses: async (program) => {
    const say = (input: string) =>
      readStream(program, "/codex/bench/v1/responses", { input, stream: true }, "output_text.delta");
    return [await say("Hello"), await say("Again")];
  },
  completions: async (program) => {
    const say = (prompt: string) =>
      readStream(program, "/codex/bench-c/v1/completions", { model: "gpt-5.5", prompt, stream: true }, "You");
    return [await say("Hello"), await say("Again")];
  },
  "SDK socket": async (program) => {
    const client = await openClient(program, {});
    const first = await client.ask({ input: "Hey" });
    const second = await client.ask({ input: "Again", previous_response_id: first.id });
    client.close();
    return [first.firstMs, second.firstMs];
  },
  "Codex socket": async (program) => {
    const client = await openClient(program, {
      originator: "codex_exec",
      "user-agent": "codex_exec/0.171.0",
    });
    const input = (text: string) => [{
      type: "message",
      role: "user",
      content: [{ type: "input_text", text }],
    }];
    const rest = { instructions: "Help.", prompt_cache_key: "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a" };
    const first = await client.ask({ ...rest, input: input("Ho") });
    const second = await client.ask({ ...rest, input: input("Again"), previous_response_id: first.id });
    client.close();
    return [first.firstMs, second.firstMs];
  },
};

/** The names of the clients. */
export const CLIENT_NAMES = Object.keys(CLIENTS);
