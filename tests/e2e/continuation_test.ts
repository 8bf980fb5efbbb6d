/**
 * It must never be visible in an answer whether a turn was a continuation: the same conversation in each dialect, over
 * POST, where everything is sent each time, and over a kept WebSocket, where only what is new is (websocket.md#chain).
 */
import { assertEquals } from "@std/assert";
import { answerEvents, textAnswer } from "../fake/answers.ts";
import type { BackendRequest, FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import type { SocketStep } from "../fake/socket_script.ts";
import { type ClientSocket, openSocket } from "./client_socket.ts";
import { post, withProgram } from "./setup.ts";

type Json = Record<string, unknown>;

/** A conversation of three turns, the second of which brings the result of a tool. */
interface Talk {
  readonly name: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** false for a dialect without tools: three messages of the user */
  readonly callsTool?: false;
  /** over a WebSocket of the client */
  readonly isSocket?: true;
  /** the body of a turn, from the answers of those before it */
  turn(index: number, answers: readonly Json[]): Json;
}

const PARAMETERS = { type: "object", properties: { city: { type: "string" } } };
const FUNCTION = { name: "weather", description: "The weather of a city", parameters: PARAMETERS };
const SAID = ["Weather in Rome?", "Sun, 25 degrees", "And what do I wear?"] as const;
const OUTPUT = { type: "function_call_output", call_id: "call_1", output: SAID[1] };

function said(text: string): Json {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** What is new in each turn, in the words of the Responses API. */
function newInput(index: number): Json[] {
  return [index === 1 ? OUTPUT : said(SAID[index] ?? "")];
}

function outputOf(answer: Json | undefined): Json[] {
  return (answer?.["output"] ?? []) as Json[];
}

const RESPONSES = { model: "gpt-5.5", tools: [{ type: "function", ...FUNCTION }] };

function chatMessages(index: number, answers: readonly Json[]): unknown[] {
  const own = [
    { role: "user", content: SAID[0] },
    { role: "tool", tool_call_id: "call_1", content: SAID[1] },
    {
      role: "user",
      content: SAID[2],
    },
  ];
  return own.slice(0, index + 1).flatMap((message, at) => [
    message,
    ...at < index ? [(answers[at]?.["choices"] as { message: Json }[])[0]?.message] : [],
  ]);
}

function anthropicMessages(index: number, answers: readonly Json[]): unknown[] {
  const calls = (answers[0]?.["content"] ?? []) as Json[];
  const call = calls.find(({ type }) => type === "tool_use");
  const own = [SAID[0], [{ type: "tool_result", tool_use_id: call?.["id"], content: SAID[1] }], SAID[2]];
  return own.slice(0, index + 1).flatMap((content, at) => [
    { role: "user", content },
    ...at < index ? [{ role: "assistant", content: answers[at]?.["content"] }] : [],
  ]);
}

const TALKS: readonly Talk[] = [
  {
    name: "chat, the history sent each time",
    path: "/v1/chat/completions",
    turn: (index, answers) => ({
      model: "gpt-5.5",
      tools: [{ type: "function", function: FUNCTION }],
      messages: chatMessages(index, answers),
    }),
  },
  {
    name: "chat in a session",
    path: "/codex/talk/v1/chat/completions",
    turn: (index, answers) => ({
      model: "gpt-5.5",
      tools: [{ type: "function", function: FUNCTION }],
      messages: chatMessages(index, answers).slice(-1),
    }),
  },
  {
    name: "messages, the history sent each time",
    path: "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    turn: (index, answers) => ({
      // Not the default, which may change while the list of models is on its way.
      model: "claude-gpt-5.5",
      max_tokens: 5000,
      tools: [{ name: "weather", description: "The weather of a city", input_schema: PARAMETERS }],
      messages: anthropicMessages(index, answers),
    }),
  },
  {
    name: "responses, the history sent each time",
    path: "/v1/responses",
    turn: (index, answers) => ({
      ...RESPONSES,
      store: false,
      include: ["reasoning.encrypted_content"],
      input: Array.from({ length: index + 1 }, (_, at) => [
        ...newInput(at),
        ...at < index ? outputOf(answers[at]) : [],
      ]).flat(),
    }),
  },
  {
    name: "responses, by the id of the one before",
    path: "/v1/responses",
    turn: (index, answers) => ({
      ...RESPONSES,
      input: newInput(index),
      ...index === 0 ? {} : { previous_response_id: answers[index - 1]?.["id"] },
    }),
  },
  {
    name: "completions in a session",
    path: "/codex/talk/v1/completions",
    callsTool: false,
    turn: (index) => ({ model: "gpt-5.5", prompt: SAID[index] }),
  },
  {
    name: "a socket of an SDK",
    path: "/v1/responses",
    isSocket: true,
    turn: (index, answers) => ({
      ...RESPONSES,
      store: false,
      input: newInput(index),
      ...index === 0 ? {} : { previous_response_id: answers[index - 1]?.["id"] },
    }),
  },
  {
    name: "a socket of a Codex client",
    path: "/v1/responses",
    headers: { originator: "codex_exec", "user-agent": "codex_exec/0.171.0" },
    isSocket: true,
    turn: (index, answers) => ({
      ...RESPONSES,
      ...{ instructions: "Help.", store: false, stream: true, include: ["reasoning.encrypted_content"] },
      prompt_cache_key: "0199e2a4-77aa-7f10-b1c2-9f8e7d6c5b4a",
      input: newInput(index),
      ...index === 0 ? {} : { previous_response_id: answers[index - 1]?.["id"] },
    }),
  },
];

/** What the backend answers in each turn. */
function scripts(callsTool: boolean) {
  const call = { name: "weather", callId: "call_1", arguments: ['{"city":', '"Rome"}'] };
  const usage = { inputTokens: 100, cachedTokens: 64, outputTokens: 20, reasoningTokens: 8 };
  const thought = (text: string) => ({ type: "reasoning" as const, summary: [text] });
  return [
    callsTool
      ? answerEvents([thought("Ask the tool"), { type: "call", ...call }], { seed: "1", usage })
      : textAnswer(["It", " is sunny"], { seed: "1", usage }),
    answerEvents([thought("It is warm"), { type: "text", words: ["25", " degrees"] }], { seed: "2", usage }),
    answerEvents([{ type: "text", words: ["A", " hat"] }], { seed: "3", usage, vendorFrames: true }),
  ];
}

/** What a client saw, and what the model was asked with. */
interface Course {
  readonly seen: readonly string[];
  readonly asked: readonly unknown[];
  readonly bodies: readonly Json[];
  readonly continued: number;
}

/** Notes about what the backend put out: it knows that by itself, with or without them. */
const NOTES: ReadonlySet<string> = new Set(["id", "status", "annotations", "logprobs"]);

function inputOf({ json }: BackendRequest): unknown {
  const { client_metadata: _, type: __, previous_response_id: ___, ...rest } = json as Json;
  return JSON.parse(JSON.stringify(rest, (key, value) => NOTES.has(key) ? undefined : value));
}

async function askSocket(socket: ClientSocket, body: Json, count: number): Promise<string> {
  const before = socket.messages.length;
  socket.send({ type: "response.create", ...body });
  await Promise.race([socket.until("response.completed", count), socket.until("error")]);
  return JSON.stringify(socket.messages.slice(before));
}

/** The last response in the messages of a socket, with the items that came one by one. */
function responseIn(seen: string): Json {
  const messages = JSON.parse(seen) as Json[];
  return messages.at(-1)?.["response"] as Json ?? {};
}

/** What goes wrong between the first turn and the second, or at its beginning. */
interface Fault {
  readonly name: string;
  /** behind the last event of the first answer */
  readonly behind?: readonly SocketStep[];
  /** in place of the second answer, once */
  readonly instead?: readonly SocketStep[];
  /** requests to the backend, of three turns */
  readonly asks: number;
  /** every conversation meets it, not only those of {@linkcode MEET_ALL} */
  readonly isForAll?: true;
}

/** The whole conversation over one transport. @param bodies what another course sent; it is sent again */
async function hold(
  talk: Talk,
  transport: string,
  stream: boolean,
  bodies?: readonly Json[],
  fault?: Fault,
): Promise<Course> {
  const course: { seen: string[]; bodies: Json[] } = { seen: [], bodies: [] };
  let asked: unknown[] = [];
  let continued = 0;
  const run = async ({ program, backend }: { program: Program; backend: FakeBackend }) => {
    const [first = [], ...later] = scripts(talk.callsTool !== false);
    if (fault === undefined) backend.answer({ events: first });
    else backend.answerSocket([...first, ...fault.behind ?? []]);
    for (const events of later) backend.answer({ events });
    if (fault?.instead !== undefined) backend.answerSocket(fault.instead);
    const answers: Json[] = [];
    const socket = talk.isSocket
      ? await openSocket(program, { path: talk.path, headers: talk.headers ?? {} })
      : undefined;
    for (let index = 0; index < 3; index++) {
      const body = bodies?.[index] ?? talk.turn(index, answers);
      course.bodies.push(body);
      if (socket !== undefined) course.seen.push(await askSocket(socket, body, index + 1));
      else {
        const init = { headers: talk.headers ?? {} };
        const response = await post(program, talk.path, stream ? { ...body, stream } : body, init);
        course.seen.push(await response.text());
        assertEquals(response.status, 200, course.seen.at(-1));
      }
      if (!stream) {
        answers.push(socket ? responseIn(course.seen[index] ?? "") : JSON.parse(course.seen[index] ?? ""));
      }
    }
    socket?.close();
    assertEquals(backend.refusals(), []);
    // What was sent in vain is sent again.
    asked = backend.asks().filter((_, at) => fault === undefined || fault.asks === 3 || at !== 1).map(
      inputOf,
    );
    continued =
      backend.frames.filter(({ json }) => (json as Json)["previous_response_id"] !== undefined).length;
    if (fault === undefined) assertEquals(backend.frames.length, transport === "sse" ? 0 : 3);
    else assertEquals(backend.asks().length, fault.asks);
  };
  await withProgram(run, { config: `[codex]\ntransport = "${transport}"\n` });
  return { ...course, asked, continued };
}

const error = (status: number, code: string | undefined, message: string): readonly SocketStep[] => [
  {
    text: JSON.stringify({ type: "error", status, error: { type: "invalid_request_error", code, message } }),
  },
];

/** Pulling any plug between two turns: the client sees the conversation that POST would have brought. */
const FAULTS: readonly Fault[] = [
  ...[1000, 1011].map((code) => ({
    name: `the socket is closed behind the answer with ${code}`,
    behind: [{ closeWith: code }],
    asks: 3,
  })),
  { name: "the socket is cut behind the answer", behind: [{ close: true }], asks: 3, isForAll: true },
  {
    name: "the socket is reset behind the answer",
    // What was not read yet a reset may take with it.
    behind: [{ pingPong: "all is read" }, { reset: true }],
    asks: 3,
  },
  {
    name: "the chain is lost",
    instead: error(400, "previous_response_not_found", "Previous response with id 'resp_1' not found."),
    asks: 4,
    isForAll: true,
  },
  {
    name: "the chain is lost, in words alone",
    instead: error(400, undefined, "Invalid `previous_response_id`"),
    asks: 4,
  },
  {
    name: "the sixty minutes are over",
    instead: error(
      400,
      "websocket_connection_limit_reached",
      "Create a new websocket connection to continue.",
    ),
    asks: 4,
  },
  { name: "the token has expired", instead: error(401, "token_expired", "Expired"), asks: 4 },
  { name: "the second turn is cut before its first event", instead: [{ close: true }], asks: 4 },
  { name: "the second turn is reset before its first event", instead: [{ reset: true }], asks: 4 },
  {
    name: "the second turn is closed with 1011 behind the limits",
    instead: [{ type: "codex.rate_limits" }, { closeWith: 1011 }],
    asks: 4,
  },
  {
    name: "the second turn begins with half a frame",
    instead: [
      { bytes: new Uint8Array([0x81, 0x7e, 0x01]) },
      { close: true },
    ],
    asks: 4,
  },
];

/**
 * The conversations that meet every fault, one over POST and one over a socket of the client: what is behind them is
 * one connection for all. Each of the others meets one fault between two turns and one in the second.
 */
const MEET_ALL: ReadonlySet<string> = new Set(["chat, the history sent each time", "a socket of an SDK"]);

/** Without what is new each time: ids in the order in which they come, and times. */
function plain(seen: readonly string[]): string[] {
  const ids = new Map<string, string>();
  return seen.map((text) =>
    text
      .replaceAll(/\b(?:chatcmpl|cmpl|msg|req|resp|rs|fc|toolu)[-_][\w-]+/g, (id) => {
        const known = ids.get(id) ?? `id-${ids.size}`;
        ids.set(id, known);
        return known;
      })
      .replaceAll(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
  );
}

for (const talk of TALKS) {
  Deno.test(`nobody sees whether a turn was a continuation: ${talk.name}`, async () => {
    const whole = await hold(talk, "sse", false);
    for (const stream of talk.isSocket ? [false] : [false, true]) {
      const posted = stream ? await hold(talk, "sse", true, whole.bodies) : whole;
      const continued = await hold(talk, "auto", stream, whole.bodies);
      assertEquals(plain(continued.seen), plain(posted.seen));
      assertEquals(continued.asked, posted.asked);
      // Over the socket the second turn and the third go on where it stands.
      assertEquals([stream, posted.continued, continued.continued], [stream, 0, 2]);
    }
  });
}

for (const talk of TALKS) {
  Deno.test(`nobody sees what happened to the socket between two turns: ${talk.name}`, async () => {
    const posted = await hold(talk, "sse", false);
    const faults = MEET_ALL.has(talk.name) ? FAULTS : FAULTS.filter(({ isForAll }) => isForAll);
    for (const fault of faults) {
      const faulty = await hold(talk, "auto", false, posted.bodies, fault);
      assertEquals([fault.name, plain(faulty.seen)], [fault.name, plain(posted.seen)]);
      assertEquals([fault.name, faulty.asked], [fault.name, posted.asked]);
    }
  });
}
