/** What a session costs: a turn of a long one beside a request that brings the same history itself. */
import { LANES } from "./candidates.ts";
import { type Bench, portOf, runLoad, setPlan } from "./scenarios.ts";
import { SHORT_ANSWER } from "./script.ts";

const TURNS = 400;
/** A question and an answer of this size in each turn make 1 MB. */
const MESSAGE_CHARACTERS = 1250;

interface Message {
  readonly role: "user" | "assistant";
  readonly content: string;
}

const HISTORY: readonly Message[] = Array.from({ length: 2 * TURNS }, (_, index) => ({
  role: index % 2 === 0 ? "user" : "assistant",
  content: `Message ${index}: `.padEnd(MESSAGE_CHARACTERS, 'a line of "quoted" text with caf\u00e9 in it.\n'),
}));
const QUESTION: Message = { role: "user", content: "And what did I say first?" };

/** Time to the first byte, in milliseconds. */
export interface SessionTimes {
  /** from the upstream itself, for a body of this size */
  readonly direct: number;
  /** through the program, for a request that brings the history and is not remembered */
  readonly none: number;
  /** through the program, for a request that brings the question only, to a session that has the history */
  readonly session: number;
}

/**
 * Measures one after the other on a session of its own.
 *
 * @throws Error when the session did not send its history upstream
 */
export async function sessionTurns(bench: Bench, requests: number): Promise<SessionTimes> {
  const { model, stream } = { model: "gpt-5.5", stream: true };
  const sessionPath = `/codex/bench-${crypto.randomUUID()}/chat/completions`;

  async function firstByte(lane: "direct" | "translated", path: string, body: unknown, count: number) {
    const file = `${bench.places.temp}/session.json`;
    await Deno.writeTextFile(file, JSON.stringify(body));
    const { headers } = LANES[lane];
    const load = {
      port: portOf(bench, lane),
      path,
      headers,
      body: { file },
      connections: 1,
      keepBody: false,
    };
    return (await runLoad(bench, lane, { ...load, requests: count })).firstByteMs;
  }

  await setPlan(bench, SHORT_ANSWER);
  const whole = { model, stream, store: false, messages: [...HISTORY, QUESTION] };
  const sent = LANES.direct.body(whole.messages.map(({ content }) => content));
  const direct = await firstByte("direct", LANES.direct.path, sent, requests);
  const none = await firstByte("translated", LANES.translated.path, whole, requests);
  const { lastAskBytes: wholeBytes } = await setPlan(bench, SHORT_ANSWER);
  // A client that resends everything fills a session with one request.
  await firstByte("translated", sessionPath, { model, stream, messages: HISTORY }, 1);
  const turn = { model, stream, messages: [QUESTION] };
  const session = await firstByte("translated", sessionPath, turn, requests);
  const { lastAskBytes } = await setPlan(bench, SHORT_ANSWER);
  if (lastAskBytes < wholeBytes) {
    throw new Error(`session: ${lastAskBytes} bytes went upstream, at least ${wholeBytes} were expected`);
  }
  return { direct, none, session };
}
