import { assert, assertEquals } from "@std/assert";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { endingOf, type Lane } from "../faults/lanes.ts";
import { createRandom, type Random } from "../fuzz/random.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, type Program, startProgram } from "../program.ts";
import { dataOf, post } from "./setup.ts";

/** How often a serving process is killed; `deno task kills` says 200. */
const KILLS = Number(Deno.env.get("CCPROXY_KILLS") ?? "10");
/** Clients at once, each on a session of its own and another lane. */
const LANES: readonly Lane[] = [
  "chat stream",
  "responses stream",
  "messages stream",
  "chat whole",
  "responses whole",
];

Deno.test({
  name:
    `kill -9 of a serving process, ${KILLS} times: no turn that a client saw complete is missing, none is half`,
  ignore: Deno.build.os === "windows",
  async fn() {
    const random = createRandom(20_261_128);
    const home = await makeHome();
    const clients: Client[] = [];
    try {
      await using backend = await startFakeBackend();
      for (let kill = 0; kill < KILLS; kill++) {
        const begun = LANES.map((lane, index) => createClient(lane, `kill-${kill}-client-${index}`));
        await serveAndKill(backend, home, begun, random);
        clients.push(...begun);
        await checkSessions(backend, home, begun, `kill ${kill}`);
      }
      // What was there after its kill is there after all that followed.
      await checkSessions(backend, home, clients, "the end");
      const seen = clients.reduce((sum, { complete }) => sum + complete, 0);
      assert(seen >= KILLS, `only ${seen} turns were complete before a kill: it came too early each time`);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

/** A client and what it has seen. */
interface Client {
  readonly lane: Lane;
  readonly session: string;
  /** turns whose answer it saw complete */
  complete: number;
}

function createClient(lane: Lane, session: string): Client {
  return { lane, session, complete: 0 };
}

/** Starts the program, lets the clients talk, and kills it at some moment of their turns. */
async function serveAndKill(
  backend: FakeBackend,
  home: string,
  clients: readonly Client[],
  random: Random,
): Promise<void> {
  const program = await start(backend, home);
  const after = random.below(12);
  const spins = random.below(4000);
  let seen = 0;
  let killed = false;
  const onComplete = async () => {
    if (++seen <= after || killed) return;
    killed = true;
    // Somewhere between two turns or in one, not always right behind one.
    for (let n = 0; n < spins; n++) await Promise.resolve();
    program.kill("SIGKILL");
  };
  await Promise.all(clients.map((client) => talk(program, client, onComplete)));
  await program.status;
  await program.stop();
}

/** Turn after turn until the program is gone. */
async function talk(program: Program, client: Client, onComplete: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await takeTurn(program, client);
    } catch {
      // Killed in the middle: whether this turn is remembered is the program's choice, as long as it is not half.
      return;
    }
    client.complete++;
    await onComplete();
  }
}

const textOf = ({ session }: Client, turn: number) => `turn ${turn} of ${session}`;

/** One turn, over as soon as the client has seen that the answer is complete, not when the connection says so. */
async function takeTurn(program: Program, client: Client): Promise<void> {
  const [dialect, way] = client.lane.split(" ");
  const stream = way === "stream";
  const text = textOf(client, client.complete);
  const messages = [{ role: "user", content: text }];
  const path = { chat: "chat/completions", messages: "messages" }[dialect ?? ""] ?? "responses";
  const body = dialect === "responses"
    ? { input: text, stream }
    : { model: "gpt-5.5", max_tokens: 1000, messages, stream };
  const response = await post(program, `/codex/${client.session}/v1/${path}`, body);
  assertEquals(response.status, 200);
  const decoder = new TextDecoder();
  let seen = "";
  for await (const piece of response.body ?? []) {
    seen += decoder.decode(piece, { stream: true });
    if (!stream || endingOf(client.lane, 200, seen, false) !== "complete") continue;
    // A chat client waits for the line behind the last chunk.
    if (dialect !== "chat" || dataOf(seen).includes("[DONE]")) return;
  }
  if (stream) throw new Error("the stream ended without its end");
  JSON.parse(seen);
}

async function start(backend: FakeBackend, home: string): Promise<Program> {
  const credentials = authJson(makeTokens());
  return await startProgram({ backend, home, credentials });
}

/** Each session holds every turn that its client saw complete, whole and in order, and at most one more. */
async function checkSessions(
  backend: FakeBackend,
  home: string,
  clients: readonly Client[],
  when: string,
): Promise<void> {
  await using program = await start(backend, home);
  for (const client of clients) {
    const { items = [] } = await (await program.fetch(`/codex/sessions/${client.session}`)).json();
    const texts = items.map(({ role, content }: { role: string; content: { text: string }[] }) =>
      `${role}: ${content[0]?.text}`
    );
    const turns = Math.max(client.complete, Math.ceil(texts.length / 2));
    const expected = Array.from({ length: turns }, (_, turn) => {
      const text = textOf(client, turn);
      return [`user: ${text}`, `assistant: You said: ${text}`];
    });
    assertEquals(texts, expected.flat(), `${when}: ${client.lane}, ${client.complete} turns were complete`);
    assert(turns <= client.complete + 1, `${when}: ${turns} turns, ${client.complete} of them complete`);
  }
}
