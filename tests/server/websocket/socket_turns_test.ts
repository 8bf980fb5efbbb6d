import { assertEquals } from "@std/assert";
import { RESPONSES } from "../../../src/dialects/responses/dialect.ts";
import { createBodyGate } from "../../../src/server/body_gate.ts";
import type { Call } from "../../../src/server/call.ts";
import { createNote } from "../../../src/server/note.ts";
import { ROUTES, type SocketRoute } from "../../../src/server/routes.ts";
import { toProblem } from "../../../src/problem.ts";
import { KEEPALIVE_MESSAGE } from "../../../src/server/websocket/messages.ts";
import { createSocketMemories } from "../../../src/server/websocket/remembered.ts";
import { createSocketTurns } from "../../../src/server/websocket/socket_turns.ts";

Deno.test("a Codex client hears a sign of life while its answer is silent", async () => {
  const heard = Promise.withResolvers<void>();
  const sent: string[] = [];
  const end = '{"type":"response.completed","response":{"id":"resp_1"}}';
  const opened = {
    url: new URL("http://localhost/v1/responses"),
    settings: { "limits.event_limit_mb": 1 },
    note: createNote("req_1", "GET", 0),
    dialect: RESPONSES,
  } as unknown as Call;
  const turns = createSocketTurns({
    opened,
    headers: new Headers({ originator: "codex_exec" }),
    route: ROUTES.find((row): row is SocketRoute => "socket" in row) as SocketRoute,
    desk: {
      begin: (method) => createNote("req_2", method, 0),
      admit: (call, request, note) => Promise.resolve({ ...call, request, note }),
      async ask() {
        await heard.promise;
        return new Response(`data: ${end}\n\n`);
      },
      problemOf: (error) => toProblem(error),
      end: (note) => note.work.finish(),
    },
    sender: {
      send(text) {
        sent.push(text);
        if (text === KEEPALIVE_MESSAGE) heard.resolve();
      },
      silentMs: () => 20_000,
      drained: () => Promise.resolve(),
      close: () => {},
    },
    memory: createSocketMemories(1000)(),
    bodyGate: createBodyGate(() => Infinity),
    hide: (text) => text,
    nowMs: () => 0,
    newId: () => "1",
  });
  const body = { model: "gpt-5.5", stream: true, input: [] };
  await turns.run({ type: "response.create", body, lane: undefined, generates: true }, 10);
  assertEquals([sent[0], sent.at(-1)], [KEEPALIVE_MESSAGE, end]);
});

Deno.test("a response that was only begun hands its instructions and tools down to the one that continues it", async () => {
  const asked: unknown[] = [];
  const end = '{"type":"response.completed","response":{"id":"resp_begun"}}';
  const tools = [{ type: "function", name: "add" }];
  const turns = createSocketTurns({
    opened: {
      url: new URL("http://localhost/v1/responses"),
      settings: { "limits.event_limit_mb": 1 },
      note: createNote("req_1", "GET", 0),
      dialect: RESPONSES,
    } as unknown as Call,
    headers: new Headers(),
    route: ROUTES.find((row): row is SocketRoute => "socket" in row) as SocketRoute,
    desk: {
      begin: (method) => createNote("req_2", method, 0),
      admit: (call, request, note) => Promise.resolve({ ...call, request, note }),
      ask(_call, _route, { json }) {
        asked.push(json);
        return Promise.resolve(new Response(`data: ${end}\n\n`));
      },
      problemOf: (error) => toProblem(error),
      end: (note) => note.work.finish(),
    },
    sender: { send: () => {}, silentMs: () => 0, drained: () => Promise.resolve(), close: () => {} },
    memory: createSocketMemories(1000)(),
    bodyGate: createBodyGate(() => Infinity),
    hide: (text) => text,
    nowMs: () => 0,
    newId: () => "1",
  });
  const run = (body: Record<string, unknown>, generates: boolean) =>
    turns.run({ type: "response.create", body, lane: undefined, generates }, 10);
  await run({ input: [], instructions: "Be short", tools }, false);
  await run({ input: [], previous_response_id: "resp_begun" }, true);
  await run({ input: [], previous_response_id: "resp_begun", instructions: "Be long" }, true);
  const facts = asked.map((body) => {
    const { instructions, tools } = body as Record<string, unknown>;
    return { instructions, tools };
  });
  assertEquals(facts.slice(1), [{ instructions: "Be short", tools }, { instructions: "Be long", tools }]);
});
