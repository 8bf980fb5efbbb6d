import { assert, assertEquals } from "@std/assert";
import type { FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import { HELLO, post, withProgram } from "../e2e/setup.ts";
import { type AnswerRow, expectedOn } from "./answer_row.ts";
import { ALL_LANES, type Ending, endingOf, type Lane, markOf, requestOf, sessionOf } from "./lanes.ts";
import { ORDINARY_PEAK_BYTES, peakMemoryBytes } from "./peak_memory.ts";

/** A client that gets nothing for so long was forgotten. A bound, not a wait. */
const FORGOTTEN_MS = 20_000;
/** Silence is a fault after a second here, so that a row takes seconds and not minutes. */
const LIMITS = "[limits]\nheader_timeout_seconds = 1\nidle_timeout_seconds = 1\nkeepalive_seconds = 0\n";

const OVER_SOCKETS = '[codex]\ntransport = "auto"\n';

/** Runs a row on all its lanes at once: a fresh program, then what each client saw, then what is left behind. */
export async function runAnswerRow(row: AnswerRow): Promise<void> {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault(row.answer());
    arrangeSocket(row, backend);
    const lanes = ALL_LANES.filter((lane) => expectedOn(row, lane) !== undefined);
    const seen = await Promise.all(lanes.map((lane) => ask(program, lane)));
    for (const sight of seen) checkSight(row, sight);
    await checkLeft(row, seen, program, backend);
  }, {
    args: ["serve", "--port", "0", "--log-format", "json"],
    config: LIMITS + (row.config ?? "") + (row.socket === undefined ? "" : OVER_SOCKETS),
  });
}

function arrangeSocket({ socket }: AnswerRow, backend: FakeBackend): void {
  if (socket === undefined) return;
  if (socket.upgrade !== undefined) backend.setDefault(socket.upgrade(), "UPGRADE");
  backend.sockets.headers = socket.headers ?? {};
  const { frame } = socket;
  if (frame !== undefined) backend.setSocketDefault(() => frame());
}

/** What a client saw. */
interface Sight {
  readonly lane: Lane;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly ends: Ending;
}

async function ask(program: Program, lane: Lane): Promise<Sight> {
  const { path, headers, body } = requestOf(lane);
  const signal = AbortSignal.timeout(FORGOTTEN_MS);
  const response = await post(program, path, body, { headers, signal });
  const decoder = new TextDecoder();
  let text = "";
  let broken = false;
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
  } catch (error) {
    if (signal.aborted) throw error;
    broken = true;
  }
  const { status } = response;
  return { lane, status, headers: response.headers, text, ends: endingOf(lane, status, text, broken) };
}

function checkSight(row: AnswerRow, sight: Sight): void {
  const { lane, status, ends, text, headers } = sight;
  const expected = expectedOn(row, lane);
  assertEquals({ lane, status, ends }, { lane, status: expected?.status, ends: expected?.ends }, text);
  assert(expected?.text.test(text), `${lane}: ${expected?.text} is not in ${text.slice(0, 2000)}`);
  // No page of a gateway and nothing that a terminal would obey comes through, whatever the backend sent.
  // deno-lint-ignore no-control-regex
  if (lane !== "opaque") assert(!/<html|[\x00-\x08\x0b-\x1f\x7f]/i.test(text), `${lane}: ${text}`);
  if (row.never !== undefined) assert(!row.never.test(text), `${lane}: ${row.never} is in ${text}`);
  if (status === 200 || lane === "opaque") return;
  for (const [name, pattern] of Object.entries(row.headers ?? {})) {
    assert(pattern.test(headers.get(name) ?? ""), `${lane}: ${name} is ${headers.get(name)}, not ${pattern}`);
  }
}

/** Log lines, places, the backend's connections, sessions, memory; and that the next request is served. */
async function checkLeft(
  row: AnswerRow,
  seen: readonly Sight[],
  program: Program,
  backend: FakeBackend,
): Promise<void> {
  for (const { lane, headers, ends } of seen) {
    // The line is written when the place is free.
    const line = await logLine(program, headers.get("x-request-id") ?? "none");
    // What goes wrong inside an opaque answer is not looked at: no JavaScript runs for its bytes.
    const problem = lane === "opaque" && headers.get("content-type")?.startsWith("text/event-stream")
      ? undefined
      : row.log;
    assertEquals({ lane, problem: line["problem"] }, { lane, problem });
    if (row.socket !== undefined) assertEquals([lane, line["transport"]], [lane, row.socket.way]);
    const asks = backend.asks().filter(({ bodyText }) => bodyText.includes(markOf(lane)));
    const most = lane === "opaque" ? row.opaqueAsks ?? 1 : row.asks ?? 1;
    assert(asks.length >= 1 && asks.length <= most, `${lane}: ${asks.length} requests to the backend`);
    if (row.closes === true) await Promise.all(asks.map(({ cancelled }) => cancelled));
    const session = sessionOf(lane);
    if (session !== undefined) {
      await checkSession(program, session, ends === "complete" && row.remembered !== false);
    }
  }
  if (row.logs !== undefined) await program.stderrUntil(row.logs);
  assert(!program.stderr().includes("internal error"), program.stderr());
  const metrics = await (await program.fetch("/metrics")).text();
  assert(metrics.includes("ccproxy_requests_running 1\n"), metrics);
  const peak = await peakMemoryBytes(program.pid);
  assert(peak <= ORDINARY_PEAK_BYTES, `the program took ${Math.round(peak / 1e6)} MB at its peak`);
  backend.setDefault(undefined);
  backend.setDefault(undefined, "UPGRADE");
  backend.setSocketDefault(undefined);
  const next = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(next.status, 200, await next.text());
}

async function logLine(program: Program, id: string): Promise<Record<string, unknown>> {
  const pattern = new RegExp(`^.*"message":"request".*"${id}".*$`, "m");
  return JSON.parse(pattern.exec(await program.stderrUntil(pattern))?.[0] ?? "{}");
}

/** A complete turn is remembered, a failed one leaves no session: never half a turn. */
async function checkSession(program: Program, session: string, remembered: boolean): Promise<void> {
  const answer = await program.fetch(`/codex/sessions/${session}`);
  const { turns } = await answer.json();
  assertEquals({ session, turns }, { session, turns: remembered ? 1 : undefined });
}
