// deno-lint-ignore-file no-console
/**
 * The first token over each transport, with the real backend's delays (websocket.md#fast-lane, #keep-sockets): 3.0 s
 * for an event stream, 0.5 s for a WebSocket, 0.8 s for its handshake. And the CPU of an event on each.
 *
 * deno run -A tests/bench/first_token.ts (with the flags of the tasks)
 */
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startProgram } from "../program.ts";
import { post } from "../e2e/setup.ts";

const EVENTS = 20_000;

for (const transport of ["sse", "auto"]) {
  await using backend = await startFakeBackend();
  await using program = await startProgram({ backend, config: `[codex]\ntransport = "${transport}"\n` });
  const say = async (input: string) => {
    const begunMs = performance.now();
    const response = await post(program, "/codex/s1/v1/responses", { input, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let firstMs: number | undefined;
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
      if (piece.value.includes("output_text.delta")) firstMs ??= performance.now();
    }
    return (firstMs ?? NaN) - begunMs;
  };
  backend.setDelays({ sseMs: 3000, socketMs: 500, handshakeMs: 800 });
  const first = await say("Hello");
  const second = await say("And again");
  console.log(
    transport,
    `first turn ${Math.round(first)} ms, second turn ${Math.round(second)} ms`,
  );
  backend.setDelays({ sseMs: 0, socketMs: 0, handshakeMs: 0 });
  const words = textAnswer(Array.from({ length: EVENTS }, (_, n) => ` word${n}`));
  for (let n = 0; n < 3; n++) {
    backend.answer({ events: words });
    const before = await cpuMs(program.pid);
    await say(`Count ${n}`);
    const took = await cpuMs(program.pid) - before;
    console.log(transport, `${(took * 1000 / words.length).toFixed(1)} µs of CPU for an event`);
  }
}

/** User and system time of a process, in milliseconds. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
