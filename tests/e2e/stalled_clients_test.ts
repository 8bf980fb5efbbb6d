import { assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import type { BackendRequest } from "../fake/backend.ts";
import { HELLO, post, withProgram } from "./setup.ts";

/** More than the buffers of a connection take, on any system. */
const LONG = textAnswer(Array.from({ length: 400 }, () => "x".repeat(50_000)));

const NATIVE = {
  model: "gpt-5.5",
  stream: true,
  store: false,
  instructions: "x",
  input: [{ role: "user", content: "Hello" }],
};

/** A client that asks and reads nothing of the answer. */
async function stalledClient(port: number, path: string, body: unknown, more: readonly string[]) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Content-Length: ${text.length}`,
    ...more,
    "",
    "",
  ];
  await connection.write(new TextEncoder().encode(head.join("\r\n") + text));
  return connection;
}

/** Reads to the end; the number of bytes. A connection that is cut ends as well as one that is reset. */
async function drain(connection: Deno.TcpConn): Promise<number> {
  let total = 0;
  try {
    for await (const bytes of connection.readable) total += bytes.length;
  } catch {
    // reset
  }
  return total;
}

Deno.test("serve gives the places of clients that read nothing to others, and cuts their connections", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: LONG });
    const stream = { stream: true };
    const clients: Deno.TcpConn[] = [];
    const requests: BackendRequest[] = [];
    for (
      const [path, body, ...headers] of [
        ["/codex/v1/chat/completions", { ...HELLO, ...stream }],
        ["/codex/v1/responses", { input: "x", ...stream }],
        ["/codex/v1/messages", { max_tokens: 9_000_000, ...HELLO, ...stream }],
        ["/codex/v1/responses", NATIVE, "originator: codex_exec"],
      ] as const
    ) {
      clients.push(await stalledClient(program.port, path, body, headers));
      requests.push(await backend.nextRequest("/responses"));
    }
    const refused = await post(program, "/codex/v1/chat/completions", HELLO);
    assertEquals([refused.status, refused.headers.get("retry-after")], [429, "1"]);
    await refused.body?.cancel();
    // The last one's body is in the hands of the runtime until its connection is cut.
    await Promise.all(requests.slice(0, 3).map(({ cancelled }) => cancelled));
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const next = await post(program, "/codex/v1/chat/completions", HELLO);
    assertEquals(next.status, 200);
    await next.body?.cancel();
    await program.stderrUntil(/cut the connections of clients that take nothing connections=4/);
    await Promise.all(requests.map(({ cancelled }) => cancelled));
    for (const client of clients) {
      const bytes = await drain(client);
      assertEquals([bytes > 0, bytes < 20_000_000], [true, true]);
    }
    const last = await post(program, "/codex/v1/chat/completions", HELLO);
    assertEquals([last.status, (await last.json()).object], [200, "chat.completion"]);
  }, {
    config: "[limits]\nconcurrent_requests = 4\nidle_timeout_seconds = 3\nanswer_timeout_seconds = 4\n",
  });
});

Deno.test("serve gives the place of a Codex client to others when its backend falls silent, and leaves it its stream", async () => {
  await withProgram(async ({ program, backend }) => {
    const goOn = Promise.withResolvers<void>();
    const events = textAnswer(["Hi"]);
    const silent = [...events.slice(0, 2), { wait: goOn.promise }, ...events.slice(2)];
    backend.answer({ events: silent });
    const native = await post(program, "/codex/v1/responses", NATIVE, {
      headers: { originator: "codex_exec" },
    });
    // The place is given back by a clock that looks once a second; until then others are refused.
    let other = await post(program, "/codex/v1/responses", { input: "x" });
    while (other.status === 429) {
      await other.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 50));
      other = await post(program, "/codex/v1/responses", { input: "x" });
    }
    assertEquals(other.status, 200);
    await other.body?.cancel();
    goOn.resolve();
    assertEquals((await native.text()).includes("response.completed"), true);
  }, { config: "[limits]\nconcurrent_requests = 1\nidle_timeout_seconds = 1\n" });
});
