/**
 * What WebSockets are worth, and what they cost: first tokens, CPU, memory, and the bytes of a chain of calls, each over
 * both transports in one run. The backend is the fake of the tests, in this process, with the real one's delays.
 */
import { answerEvents, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import type { EventStep } from "../fake/script.ts";
import { type Program, startProgram } from "../program.ts";
import type { Book } from "./book.ts";
import { CLIENTS, openClient, type Opened, readStream } from "./socket_clients.ts";
import { cpuMs, rssKib } from "./proc_stat.ts";
import { settle } from "./scenarios.ts";

/** Transports, by the names of the columns. */
const TRANSPORTS = { sse: "sse", websocket: "auto" } as const;

/** Delays that were measured at the real backend (websocket.md#fast-lane, #keep-sockets), in milliseconds. */
export const REAL_DELAYS = { sseMs: 3000, socketMs: 500, handshakeMs: 800 } as const;

interface Stage {
  readonly backend: FakeBackend;
  readonly program: Program;
}

async function withStage<T>(transport: string, run: (stage: Stage) => Promise<T>): Promise<T> {
  await using backend = await startFakeBackend({ strict: false });
  await using program = await startProgram({
    backend,
    args: ["serve", "--port", "0", "--log-level", "warn"],
    config: `[codex]\ntransport = "${transport}"\nenable_dynamic_model_info = false\n` +
      "[limits]\nconcurrent_requests = 5000\nwebsockets = 2000\n",
  });
  return await run({ backend, program });
}

/** Both transports in turn, so that a busy machine hits both alike. */
async function eachTransport(run: (name: string, stage: Stage) => Promise<void>): Promise<void> {
  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    await withStage(transport, (stage) => run(name, stage));
  }
}

/** The first token of a first and a second turn, for each kind of client (performance.md#socket-first-token). */
async function firstTokens(book: Book): Promise<void> {
  await eachTransport(async (name, { backend, program }) => {
    backend.setDelays(REAL_DELAYS);
    await Promise.all(
      Object.entries(CLIENTS).map(async ([client, ask]) => {
        const [first, second] = await ask(program);
        book.add(`${client}.first`, name, first);
        book.add(`${client}.second`, name, second);
      }),
    );
  });
}

async function* paced(events: readonly EventStep[], everyMs: number): AsyncGenerator<EventStep> {
  for (const event of events) {
    yield event;
    await settle(everyMs);
  }
}

/** CPU of an event: one in each write, and as fast as they are taken (performance.md#socket-cost). */
async function eventCost(book: Book, size: number): Promise<void> {
  const count = Math.max(200, Math.round(500 * size));
  const events = textAnswer(Array.from({ length: count }, (_, at) => ` word${at}`));
  const many = textAnswer(Array.from({ length: count * 40 }, (_, at) => ` word${at}`));
  await eachTransport(async (name, { backend, program }) => {
    const streams = async (of: number, path: string, stream: boolean) => {
      const asks = Array.from({ length: of }, (_, at) => {
        const text = `Stream ${at} ${path}`;
        const body = path.endsWith("responses")
          ? { input: text, store: false, stream }
          : { model: "gpt-5.5", stream, messages: [{ role: "user", content: text }] };
        return readStream(program, path, body, "word");
      });
      await Promise.all(asks);
    };
    const cost = async (what: string, all: number, run: () => Promise<void>) => {
      const before = await cpuMs(program.pid);
      await run();
      book.add(what, name, (await cpuMs(program.pid) - before) * 1000 / all);
    };
    const [chat, responses] = ["/v1/chat/completions", "/v1/responses"] as const;
    // Warm: compiled, and connections open.
    backend.setDefault(() => ({ events: many }));
    for (let pass = 0; pass < 2; pass++) {
      for (const path of [chat, responses]) await streams(2, path, true);
    }
    await cost("packed translated", many.length * 4, () => streams(4, chat, true));
    await cost("packed filtered", many.length * 4, () => streams(4, responses, true));
    await cost("packed aggregated", many.length * 4, () => streams(4, chat, false));
    backend.setDefault(() => ({ events: paced(events, 5) }));
    await cost("steady translated", events.length * 20, () => streams(20, chat, true));
    await cost("steady filtered", events.length * 20, () => streams(20, responses, true));
  });
}

/** Memory of a stream to the backend, with sixty of them open. */
async function streamMemory(book: Book): Promise<void> {
  const streams = 60;
  await eachTransport(async (name, { backend, program }) => {
    for (let pass = 0; pass < 3; pass++) {
      await settle(500);
      const before = await rssKib(program.pid);
      const gate = backend.gate();
      const events = textAnswer(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
      backend.setDefault(() => ({ events: [...events.slice(0, 12), { wait: gate }, ...events.slice(12)] }));
      const asked = backend.asks().length;
      const running = Array.from({ length: streams }, (_, at) =>
        readStream(program, "/v1/chat/completions", {
          model: "gpt-5.5",
          stream: true,
          messages: [{ role: "user", content: `Stream ${at} of ${pass}` }],
        }, "content"));
      while (backend.asks().length < asked + streams) await settle(20);
      await settle(500);
      // The first pass is what the program grows by once.
      if (pass > 0) book.add("stream kib", name, (await rssKib(program.pid) - before) / streams);
      gate.open();
      await Promise.all(running);
    }
  });
}

const CLIENT_SOCKETS = 1000;

/**
 * Memory of a thousand clients: with idle sockets, with an open answer over each, and with an open event stream each
 * (performance.md#client-sockets).
 */
async function clientMemory(book: Book): Promise<void> {
  const events = textAnswer(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
  const held = (backend: FakeBackend) => {
    const gate = backend.gate();
    backend.setDefault(() => ({ events: [...events.slice(0, 12), { wait: gate }, ...events.slice(12)] }));
    return gate;
  };
  const reach = async (backend: FakeBackend, program: Program) => {
    while (backend.asks().length < CLIENT_SOCKETS) await settle(50);
    await settle(1500);
    return await rssKib(program.pid);
  };
  await withStage("sse", async ({ backend, program }) => {
    const gate = held(backend);
    const before = await rssKib(program.pid);
    const sockets: Opened[] = [];
    for (let at = 0; at < CLIENT_SOCKETS; at += 50) {
      sockets.push(...await Promise.all(Array.from({ length: 50 }, () => openClient(program, {}))));
    }
    await settle(1500);
    book.add("client kib", "idle socket", (await rssKib(program.pid) - before) / CLIENT_SOCKETS);
    const answers = sockets.map((socket, at) => socket.ask({ input: `Socket ${at}` }));
    book.add("client kib", "socket", (await reach(backend, program) - before) / CLIENT_SOCKETS);
    gate.open();
    await Promise.all(answers);
    for (const socket of sockets) socket.close();
  });
  await withStage("sse", async ({ backend, program }) => {
    const gate = held(backend);
    const before = await rssKib(program.pid);
    const answers = Array.from(
      { length: CLIENT_SOCKETS },
      (_, at) =>
        readStream(
          program,
          "/v1/responses",
          { input: `Stream ${at}`, store: false, stream: true },
          "output_text",
        ),
    );
    book.add("client kib", "stream", (await reach(backend, program) - before) / CLIENT_SOCKETS);
    gate.open();
    await Promise.all(answers);
  });
}

const CALLS = 20;

/** An agent's chain of twenty calls, with a prompt of 200 KB and results of 2 KB, at a tenth of the real delays. */
async function toolChain(book: Book): Promise<void> {
  const tools = [{ type: "function", name: "look", parameters: { type: "object" } }];
  const rest = { model: "gpt-5.5", tools, store: false, include: ["reasoning.encrypted_content"] };
  await eachTransport(async (name, { backend, program }) => {
    backend.setDelays({ sseMs: 300, socketMs: 50, handshakeMs: 80 });
    let call = 0;
    backend.setDefault(() => {
      const seed = `${++call}`;
      const events = call > CALLS
        ? answerEvents([{ type: "text", words: ["Done"] }], { seed })
        : toolCallAnswer([{ name: "look", callId: `call_${call}`, arguments: "{}" }], { seed });
      return { events };
    });
    const input: unknown[] = [{
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "A file of the project. ".repeat(9000) }],
    }];
    const begunMs = performance.now();
    for (let turn = 0; turn <= CALLS; turn++) {
      const response = await fetch(`${program.url}/v1/responses`, {
        method: "POST",
        body: JSON.stringify({ ...rest, input }),
      });
      const { output }: { output: { type: string; call_id?: string }[] } = await response.json();
      input.push(
        ...output,
        ...output.filter(({ type }) => type === "function_call").map(({ call_id }) => ({
          type: "function_call_output",
          call_id,
          output: "x".repeat(2000),
        })),
      );
    }
    book.add("chain ms", name, performance.now() - begunMs);
    book.add("chain kb", name, backend.asks().reduce((sum, { body }) => sum + body.length, 0) / 1000);
  });
}

/** Everything about sockets, once. @param size parts of the full number of events, for quick runs */
export async function measureSockets(book: Book, size: number): Promise<void> {
  await firstTokens(book);
  await toolChain(book);
  await eventCost(book, size);
  await streamMemory(book);
  await clientMemory(book);
}
