import { createRawSockets } from "../../../src/cli/raw_sockets.ts";
import type { InputItem } from "../../../src/wire/responses.ts";
import { isRecord, parseJson, textAt } from "../../../src/wire/json.ts";
import { toUpstreamProblem } from "../../../src/upstream/errors.ts";
import { fallbackOf } from "../../../src/upstream/websocket/fallback.ts";
import { toHandshakeHeaders } from "../../../src/upstream/websocket/handshake_headers.ts";
import {
  createSockets,
  type Responded,
  type SocketAsk,
  type Sockets,
} from "../../../src/upstream/websocket/sockets.ts";
import type { Network } from "../../../src/upstream/websocket/wire.ts";
import type { FakeBackend } from "../../fake/backend.ts";
import { FAKE_ACCOUNT_ID, makeTokens } from "../../fake/tokens.ts";
import { createManualClock, type ManualClock } from "./manual_clock.ts";

/** Sockets to a fake backend, with a clock that the test moves. */
export interface Transport extends AsyncDisposable {
  readonly sockets: Sockets;
  readonly clock: ManualClock;
  /** headers of every 101, refusal and error */
  readonly seen: Headers[];
  ask(change?: Partial<SocketAsk> & { readonly token?: string }): SocketAsk;
  /** sends an ask, and reads its answer to the end */
  tell(change?: Parameters<Transport["ask"]>[0]): Promise<string>;
}

export const DEADLINE_MS = 10_000;
export const IDLE_MS = 5 * 60_000;
export const RENEW_MS = 55 * 60_000;
const TOKEN = makeTokens().access_token;

/** The settings of the program, and a network without a proxy. */
export function createTransport(
  backend: Pick<FakeBackend, "url">,
  { mostSockets = 8, network = createRawSockets({ get: () => undefined }), limitBytes = 1 << 20 }: {
    mostSockets?: number;
    network?: Network;
    limitBytes?: number;
  } = {},
): Transport {
  const clock = createManualClock();
  const seen: Headers[] = [];
  const sockets = createSockets({
    network,
    after: clock.after,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    openDeadlineMs: () => DEADLINE_MS,
    limitBytes,
    idleMs: IDLE_MS,
    renewMs: RENEW_MS,
    mostSockets,
    monotonicMs: clock.nowMs,
    nowMs: Date.now,
    onHeaders: (headers) => seen.push(headers),
  });
  const ask: Transport["ask"] = ({ token = TOKEN, ...change } = {}) => ({
    conversation: "one",
    url: new URL(`${backend.url}/responses`),
    headers: toHandshakeHeaders({
      identity: {
        originator: "codex_cli_rs",
        userAgent: "codex_cli_rs/0.169.0 (Debian 12.0.0; x86_64) xterm",
        version: "0.169.0",
      },
      conversationId: change.conversation ?? "one",
      lite: false,
      client: new Headers(),
      clientWins: false,
      contentEncoding: undefined,
    }, { token, accountId: FAKE_ACCOUNT_ID, fedramp: false }),
    body: bodyOf([said("hello")]),
    signal: new AbortController().signal,
    lite: false,
    turnState: undefined,
    ...change,
  });
  return {
    sockets,
    clock,
    seen,
    ask,
    tell: async (change) => await describe(await sockets.respond(ask(change))),
    async [Symbol.asyncDispose]() {
      const closing = sockets.close();
      // A server that does not close in order is not waited for.
      clock.advance(60_000);
      await closing;
    },
  };
}

/** A body as the program sends it. */
export function bodyOf(input: InputItem[], change: Record<string, unknown> = {}) {
  return {
    model: "gpt-5.5",
    instructions: "Be kind.",
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "key",
    ...change,
    input,
  };
}

/** A user's message. */
export function said(text: string): InputItem {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** What became of a request, in one line; what to do about a failure behind a bar. */
export async function describe(responded: Responded): Promise<string> {
  if (responded.ok) return await readAll(responded.events.next);
  const { failure } = responded;
  const { next, memory } = fallbackOf(failure);
  const then = `${next}${memory === "none" ? "" : `, remembered ${memory}`}`;
  switch (failure.kind) {
    case "refused":
    case "error": {
      const { code, status } = toUpstreamProblem(failure.refusal, 0);
      return `${failure.kind} ${failure.refusal.status}: ${code} ${status} | ${then}`;
    }
    case "unreachable":
      return `${failure.phase}${failure.isTimeout ? " in time" : ""}: ${failure.detail} | ${then}`;
    case "closed":
      return `closed ${failure.end.code} by ${failure.end.by} ${failure.end.reason}`.trimEnd() + ` | ${then}`;
    default:
      return `${failure.kind} | ${then}`;
  }
}

/** The text of an answer and its last event, or what cut it. */
export async function readAll(next: () => Promise<string | undefined>): Promise<string> {
  let text = "";
  let last = "";
  try {
    for (let event = await next(); event !== undefined; event = await next()) {
      const value = parseJson(event);
      if (!isRecord(value)) continue;
      last = textAt(value, "type") ?? "";
      if (last === "response.output_text.delta") text += textAt(value, "delta") ?? "";
    }
  } catch (error) {
    return `${text} cut: ${error instanceof Error ? error.message : error}`;
  }
  return `${text} ${last}`;
}
