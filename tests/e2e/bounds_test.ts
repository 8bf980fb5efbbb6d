/** What the backend sends without an end is a clear error of that request alone, whichever way the answer takes. */
import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import type { Answer, Step } from "../fake/script.ts";
import { HELLO, post, withProgram } from "./setup.ts";

const MIB = 1024 * 1024;
const PIECE = new Uint8Array(64 * 1024).fill(0x41);
const SMALL = "[limits]\nevent_limit_mb = 1\nanswer_limit_mb = 4\n";

/** Every way an answer takes on which something of it is kept. */
const LANES: readonly (readonly [what: string, path: string, body: Record<string, unknown>])[] = [
  ["chat stream", "/v1/chat/completions", { ...HELLO, stream: true }],
  ["chat stream with a stop", "/v1/chat/completions", { ...HELLO, stream: true, stop: ["zz"] }],
  ["chat answer", "/v1/chat/completions", HELLO],
  ["Messages stream", "/v1/messages", { ...HELLO, max_tokens: 99, stream: true }],
  ["completions stream", "/v1/completions", { prompt: "hi", stream: true }],
  ["Responses stream", "/v1/responses", { input: "hi", stream: true }],
  ["Responses answer", "/v1/responses", { input: "hi" }],
];

/** Counts what a script sent until its reader left, and says when that was. */
function endless(steps: () => Iterable<Step>) {
  const left = Promise.withResolvers<void>();
  const sent = { bytes: 0 };
  async function* script(): AsyncGenerator<Step> {
    try {
      for (const step of steps()) {
        if ("bytes" in step && !("type" in step)) sent.bytes += step.bytes.length;
        yield step;
      }
    } finally {
      left.resolve();
    }
  }
  return { answer: { events: { [Symbol.asyncIterator]: script } }, sent, left: left.promise };
}

/** More than any limit, then silence: a loop without an end could keep the event loop from seeing that nobody reads. */
function* repeated(bytes: string | Uint8Array): Generator<Step> {
  for (let count = 0; count < 1024; count++) yield { bytes };
  yield { stall: true };
}

function* endlessLine(): Generator<Step> {
  yield { bytes: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"' };
  yield* repeated(PIECE);
}

/** Each event is small and in order; there is only no end of them. */
function* endlessEvents(): Generator<Step> {
  yield* textAnswer(["Hi"]).slice(0, 3);
  const frame = `: ${"x".repeat(1000)}\n\n`.repeat(64);
  yield* repeated(frame);
}

/** The problem's code, from an error body or the last event of a stream. */
async function endOf(response: Response): Promise<string> {
  const text = await response.text();
  return [...text.matchAll(/"code":"(\w+)"/g)].at(-1)?.[1] ?? text.slice(-300);
}

async function checkLanes(
  answerOf: (backend: FakeBackend) => ReturnType<typeof endless>,
  mostBytes: number,
): Promise<void> {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    const slow = textAnswer(["Still", " here"]);
    backend.answer({ events: [...slow.slice(0, 5), { wait: gate }, ...slow.slice(5)] });
    const undisturbed = await post(program, "/v1/chat/completions", { ...HELLO, stream: true });
    for (const [what, path, body] of LANES) {
      const script = answerOf(backend);
      backend.answer(script.answer);
      const response = await post(program, path, body);
      const code = await endOf(response);
      const isMessages = path === "/v1/messages";
      assert(
        isMessages ? code.includes("Larger than allowed") : code === "answer_too_large",
        `${what}: ${code}`,
      );
      await script.left;
      assert(script.sent.bytes < mostBytes, `${what}: ${script.sent.bytes} bytes were taken`);
    }
    gate.open();
    assert((await undisturbed.text()).includes("[DONE]"));
  }, { config: SMALL });
}

// Beyond the limit: what the sockets and the runtime hold on the way, some megabytes on loopback.
Deno.test("serve ends an answer with an endless line, on every lane, and no other", () =>
  checkLanes(() => endless(endlessLine), 16 * MIB));

Deno.test("serve ends an answer with endless events, on every lane, and no other", () =>
  checkLanes(() => endless(endlessEvents), 24 * MIB));

Deno.test("serve passes a Codex client's endless line through: nothing of it is kept", async () => {
  await withProgram(async ({ program, backend }) => {
    const script = endless(endlessLine);
    backend.answer(script.answer);
    const response = await post(program, "/v1/responses", {
      model: "gpt-5.5",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }],
      instructions: "x",
      store: false,
      stream: true,
    }, { headers: { originator: "codex_cli_rs" } });
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > 8 * MIB) break;
    }
    await script.left;
    assert(bytes > 8 * MIB);
  }, { config: SMALL });
});

Deno.test("serve counts an answer as it is after decompression", async () => {
  await withProgram(async ({ program, backend }) => {
    const script = endless(endlessLine);
    backend.answer({ ...script.answer, gzip: true });
    const response = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([response.status, await endOf(response)], [502, "answer_too_large"]);
    await script.left;
    // Packed, a megabyte of one letter is a kilobyte: whoever counts those reads a thousand times as much.
    assert(script.sent.bytes < 64 * MIB, `${script.sent.bytes}`);
  }, { config: SMALL });
});

Deno.test("serve reads no more of an error answer than its beginning", async () => {
  await withProgram(async ({ program, backend }) => {
    const script = endless(function* () {
      yield* repeated(PIECE);
    });
    backend.answer({ ...script.answer, status: 500, headers: { "content-type": "application/json" } });
    const response = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([response.status, await endOf(response)], [502, "server_error"]);
    await script.left;
    assert(script.sent.bytes < 16 * MIB, `${script.sent.bytes}`);
  });
});

Deno.test("serve reads no endless answer about the limits, and no endless model list", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setLimits(undefined);
    const scripts = [endless(endlessLine), endless(endlessLine)];
    for (const [at, route] of ["/backend-api/wham/usage", "/usage"].entries()) {
      const script: Answer<unknown> = { ...scripts[at]?.answer ?? { events: [] }, gzip: at === 1 };
      backend.setDefault(script, route);
    }
    const response = await program.fetch("/codex/usage");
    assertEquals([response.status, await endOf(response)], [502, "answer_too_large"]);
    await scripts[0]?.left;
    assert((scripts[0]?.sent.bytes ?? Infinity) < 16 * MIB);
    const models = endless(endlessLine);
    backend.setDefault(models.answer, "/models");
    const asked = await post(program, "/v1/chat/completions", HELLO);
    await asked.body?.cancel();
    assertEquals(asked.status, 200);
  });
});

Deno.test("serve takes a line that drips in single bytes for silence", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const [what, path, body] of LANES.slice(0, 6)) {
      const drip = Promise.withResolvers<void>();
      let timer: ReturnType<typeof setTimeout> | undefined;
      backend.answer(async function* () {
        try {
          yield* textAnswer(["Hi"]).slice(0, 4);
          for (;;) {
            yield { bytes: "A" };
            const pause = Promise.withResolvers<void>();
            timer = setTimeout(pause.resolve, 100);
            yield { wait: pause.promise };
          }
        } finally {
          clearTimeout(timer);
          drip.resolve();
        }
      });
      const response = await post(program, path, body);
      const code = await endOf(response);
      assert(code === "backend_timeout" || code.includes("the answer paused for 1 s"), `${what}: ${code}`);
      await drip.promise;
    }
  }, { config: "[limits]\nidle_timeout_seconds = 1\n" });
});

Deno.test("serve reports an event it cannot read once for each request, and counts them all", async () => {
  await withProgram(async ({ program, backend }) => {
    const events = textAnswer(["Hi"]);
    backend.setDefault({
      events: [...events.slice(0, 3), { bytes: "data: busy\n\ndata: busy\n\n" }, ...events.slice(3)],
    });
    for (const [, path, body] of LANES.filter(([what]) => !what.startsWith("Messages"))) {
      const response = await post(program, path, body);
      assert((await response.text()).includes("Hi"));
      assertEquals(response.status, 200);
    }
    const log = await program.stderrUntil(/cannot be read(?:[\s\S]*cannot be read){5}/);
    assertEquals(log.split("cannot be read").length, 7);
    assert(/cannot be read id=\S+ characters=4 ends_answer=false/.test(log), log);
    const metrics = await (await program.fetch("/metrics")).text();
    const counted = [...metrics.matchAll(/unreadable_events_total\{[^}]*\} (\d+)/g)].map(([, n]) =>
      Number(n)
    );
    assertEquals(counted.reduce((sum, count) => sum + count, 0), 12);
  });
});

Deno.test("serve sends a request that may have arrived no more than twice, and says so", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const before of ["close", "reset"] as const) {
      backend.setDefault({ before });
      const asked = backend.asks().length;
      const response = await post(program, "/v1/chat/completions", HELLO);
      const { error } = await response.json();
      // fetch repeats by itself what it sent on a connection that had been idle.
      assertEquals([before, response.status, backend.asks().length - asked <= 2], [before, 502, true]);
      assert(
        error.message.endsWith("The backend may have worked on it all the same"),
        error.message,
      );
    }
    backend.setDefault({ status: 504, body: "" });
    const asked = backend.asks().length;
    const response = await post(program, "/v1/chat/completions", HELLO);
    await response.body?.cancel();
    assertEquals([response.status, backend.asks().length - asked], [502, 2]);
    assert(/trying again .*may_have_run=true/.test(program.stderr()), program.stderr());
  });
});

Deno.test("serve passes on no wait that cannot be meant", async () => {
  await withProgram(async ({ program, backend }) => {
    for (
      const [value, expected] of [
        ["1e300", null],
        ["-5", null],
        ["soon", null],
        ["99999999999999999999", "31622400"],
        ["Wed, 21 Oct 2015 07:28:00 GMT", "0"],
        ["7", "7"],
      ]
    ) {
      backend.answer({
        status: 429,
        headers: { "retry-after": value ?? "" },
        body: { error: { message: "No" } },
      });
      const response = await post(program, "/v1/chat/completions", HELLO);
      await response.body?.cancel();
      assertEquals([value, response.headers.get("retry-after")], [value, expected]);
    }
    backend.answer({
      status: 429,
      body: { error: { code: "rate_limit_exceeded", message: "Busy", resets_in_seconds: 1e300 } },
    });
    const response = await post(program, "/v1/chat/completions", HELLO);
    await response.body?.cancel();
    assertEquals(response.headers.get("retry-after"), "31622400");
  });
});

Deno.test("serve takes an event that is nested too deeply for a damaged one, not for a bug", async () => {
  await withProgram(async ({ program, backend }) => {
    const depth = 50_000;
    const deep = "[".repeat(depth) + "]".repeat(depth);
    const event =
      `event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":0,"item":` +
      `{"type":"web_search_call","x":${deep}}}\n\n`;
    backend.setDefault({ events: [...textAnswer(["Hi"]).slice(0, 1), { bytes: event }, { stall: true }] });
    for (const [what, path, body] of LANES) {
      const code = await endOf(await post(program, path, body));
      assert(code === "answer_damaged" || code.includes("is damaged"), `${what}: ${code}`);
    }
    assert(!program.stderr().includes("internal error"));
  });
});
