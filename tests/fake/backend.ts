/**
 * A ChatGPT backend on loopback, as strict as `.github/docs/backend.md`: it refuses what the real one refuses, in its
 * words, and answers what the test scripts, byte by byte.
 */
import * as zlib from "node:zlib";
import { refuseBody } from "../../src/demo/body_rules.ts";
import { detail, type Refusal } from "../../src/demo/refusal.ts";
import { isRecord } from "../../src/wire/json.ts";
import { ENCRYPTED_PREFIX } from "./answer_parts.ts";
import { textAnswer } from "./answers.ts";
import { refuseAccess, type Rules } from "./backend_rules.ts";
import {
  accountsAnswer,
  limitHeaders,
  type Limits,
  modelsAnswer,
  PLUS_LIMITS,
  usageAnswer,
} from "./backend_state.ts";
import { directAnswer } from "../../src/demo/direct_answers.ts";
import { FAKE_MODELS, type FakeModel } from "./catalogue.ts";
import {
  errorFrame,
  refuseUpgrade,
  serveSocket,
  type SocketFrame,
  type SocketSettings,
  socketSettings,
} from "./backend_socket.ts";
import { type Exchange, type RawRequest, serveRaw } from "./http_server.ts";
import { createRequestBook } from "./request_book.ts";
import { type Answer, createGate, type Gate, play, type Recorded, type Script, scriptOf } from "./script.ts";
import { delayed, type SocketSteps, toSocketSteps } from "./socket_script.ts";

/** A request that the fake backend received. */
export interface BackendRequest extends Recorded {
  /** path below the base, `/responses` or `/models`; a path beside it in full, `/backend-api/wham/usage` */
  readonly route: string;
  /** set when the backend refused it */
  readonly refusal: () => Refusal | undefined;
}

/** Settings of {@linkcode startFakeBackend}. */
export interface BackendOptions {
  /** tokens made elsewhere that count as valid, whatever the account id */
  readonly accepts?: (token: string) => boolean;
  /** false answers without any check of access and body */
  readonly strict?: boolean;
  readonly models?: readonly FakeModel[];
  readonly limits?: Limits;
  readonly now?: () => number;
  /** which encrypted reasoning can be read; by default what the fakes' answers carry */
  readonly acceptsEncrypted?: (text: string) => boolean;
}

/** How long each transport takes, in milliseconds. */
export interface Delays {
  /** from the head of a POST's answer to its first token */
  readonly sseMs: number;
  /** from a frame to its first token */
  readonly socketMs: number;
  /** from an upgrade to its 101 */
  readonly handshakeMs: number;
}

/** Answers one frame of a WebSocket. */
export type SocketAnswer = SocketSteps | ((frame: SocketFrame) => SocketSteps);

/** A running fake backend. */
export interface FakeBackend extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/backend-api/codex` */
  readonly url: string;
  readonly port: number;
  /** everything received, in the order of arrival */
  readonly requests: BackendRequest[];
  /**
   * the requests to a model among them: `POST /responses`, and frames of WebSockets with the method `WS`, whose `json`
   * is the whole conversation, as the model sees it, and whose `bodyText` is what was sent
   */
  asks(): BackendRequest[];
  /** the upgrades among them; their answers are queued on the route `UPGRADE` */
  upgrades(): BackendRequest[];
  /** every frame that came over a WebSocket, with the whole conversation it stands for */
  readonly frames: SocketFrame[];
  /** queues the answer of one frame; without one, what is queued for `/responses` is sent as messages */
  answerSocket(answer: SocketAnswer): void;
  /** the answer of a frame while that queue is empty; undefined goes back to what is queued for `/responses` */
  setSocketDefault(answer: SocketAnswer | undefined): void;
  readonly sockets: SocketSettings;
  setDelays(delays: Partial<Delays>): void;
  /** the next request on this route that was not handed out yet; waits for it */
  nextRequest(route?: string): Promise<BackendRequest>;
  /** queues the answer of one request on this route */
  answer(answer: Answer<BackendRequest>, route?: string): void;
  /** the answer while the queue is empty; undefined goes back to the backend's own */
  setDefault(answer: Answer<BackendRequest> | undefined, route?: string): void;
  /** a closed gate, for `{ wait: gate }` */
  gate(): Gate;
  /** this token answers 401 token_revoked from now on */
  revoke(token: string): void;
  /** requests for this model are refused with this in the standard shape; undefined takes them again */
  refuseStandard(model: string, refusal: Refusal | undefined): void;
  setModels(models: readonly FakeModel[]): void;
  /** undefined leaves the limit headers out */
  setLimits(limits: Limits | undefined): void;
  /** requests that were refused: empty when the program only asked what the backend takes */
  refusals(): { route: string; refusal: Refusal }[];
  openConnections(): number;
  acceptedConnections(): number;
  close(): Promise<void>;
}

const BASE = "/backend-api/codex";
const ASK = "/responses";
const UPGRADE = "UPGRADE";

/** Starts a fake backend on a free port of 127.0.0.1. */
export async function startFakeBackend(options: BackendOptions = {}): Promise<FakeBackend> {
  const now = options.now ?? Date.now;
  const book = createRequestBook<BackendRequest>();
  const { requests } = book;
  const revoked = new Set<string>();
  const redeemed = new Set<string>();
  const standardRefused = new Map<string, Refusal>();
  let models = options.models ?? FAKE_MODELS;
  let limits: Limits | undefined = options.limits ?? PLUS_LIMITS;
  let answered = 0;

  const rules = (): Rules => ({
    models,
    nowMs: now(),
    accepts: options.accepts ?? (() => false),
    revoked,
    acceptsEncrypted: options.acceptsEncrypted ?? ((text) => text.startsWith(ENCRYPTED_PREFIX)),
    standardRefused,
  });

  /** The backend's own answer where no script is set. */
  function ownAnswer(request: BackendRequest): Script {
    switch (`${request.method} ${request.route}`) {
      case `POST ${ASK}`:
        answered += 1;
        return { events: echo(request, `${answered}`) };
      case "GET /models":
        return modelsAnswer(request, models);
      case "GET /usage":
      case "GET /backend-api/wham/usage":
        return usageAnswer(limits ?? PLUS_LIMITS, now());
      case "GET /backend-api/wham/accounts/check":
        return accountsAnswer(request);
      case "POST /backend-api/wham/rate-limit-reset-credits/consume":
        return { body: redeem(request.json) };
      case "POST /alpha/search": {
        // The Codex CLI reads `output`, and what else there is belongs to it alone.
        const bytes = `{ "output" :"Foxes, found by ${request.body.length} bytes"}`;
        return { bytes, headers: { "content-type": "application/json" } };
      }
      case `GET ${ASK}`:
        return { status: 426, body: { detail: "Upgrade Required" } };
      default:
        return { status: 404, body: { detail: "Not Found" } };
    }
  }

  /** Spends an early reset, once for each id (backend.md#reset-credits). */
  function redeem(body: unknown): { outcome: string } {
    const id = isRecord(body) ? `${body["redeem_request_id"]}` : "";
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return { outcome: "no request id" };
    if (redeemed.has(id)) return { outcome: "alreadyRedeemed" };
    const left = limits?.resetCredits ?? 0;
    if (limits === undefined || left === 0) return { outcome: "noCredit" };
    redeemed.add(id);
    limits = { ...limits, resetCredits: left - 1 };
    return { outcome: "reset" };
  }

  const sockets = socketSettings();
  const frames: SocketFrame[] = [];
  const socketAnswers: SocketAnswer[] = [];
  let socketDefault: SocketAnswer | undefined;
  let socketCount = 0;
  let delays: Delays = { sseMs: 0, socketMs: 0, handshakeMs: 0 };

  async function upgrade(raw: RawRequest, exchange: Exchange): Promise<void> {
    let refused = options.strict === false ? undefined : refuseAccess(raw.headers, rules());
    refused ??= refuseUpgrade(raw.headers);
    const request = { ...record(raw, exchange), route: UPGRADE, refusal: () => refused };
    book.add(request);
    const headers = { ...baseHeaders(requests.length), ...limitHeaders(limits, now()) };
    if (delays.handshakeMs > 0) await new Promise((resolve) => setTimeout(resolve, delays.handshakeMs));
    if (refused !== undefined) return await play(refused, exchange, headers);
    const scripted = book.take(UPGRADE);
    if (scripted !== undefined) return await play(await scriptOf(scripted, request), exchange, headers);
    await serveSocket(exchange, raw.headers, ++socketCount, {
      settings: sockets,
      nowMs: now,
      refuse(body) {
        if (options.strict === false) return undefined;
        const metadata = isRecord(body["client_metadata"]) ? body["client_metadata"] : {};
        const lite = metadata["ws_request_header_x_openai_internal_codex_responses_lite"];
        const liteHeader = lite === undefined ? {} : { "x-openai-internal-codex-responses-lite": `${lite}` };
        return refuseBody(body, { ...raw.headers, ...liteHeader }, rules());
      },
      record(frame, refusal) {
        frames.push(frame);
        const body = new TextEncoder().encode(frame.text);
        const { text: bodyText, whole: json } = frame;
        book.add({ ...request, method: "WS", route: ASK, body, bodyText, json, refusal: () => refusal });
      },
      async answer(frame) {
        const own = socketAnswers.shift() ?? socketDefault;
        if (own !== undefined) return typeof own === "function" ? own(frame) : own;
        const asked = { ...request, method: "POST", route: ASK, bodyText: frame.text, json: frame.whole };
        const script = book.take(ASK);
        const steps = toSocketSteps(
          script === undefined ? ownAnswer(asked) : await scriptOf(script, asked),
          errorFrame,
        );
        return delayed(steps, delays.socketMs);
      },
    });
  }

  async function handle(raw: RawRequest, exchange: Exchange): Promise<void> {
    if (raw.method === "GET" && raw.path === `${BASE}${ASK}` && raw.headers["upgrade"] !== undefined) {
      return await upgrade(raw, exchange);
    }
    let refused: Refusal | undefined;
    const request: BackendRequest = { ...record(raw, exchange), refusal: () => refused };
    if (options.strict !== false) {
      refused = refuseAccess(request.headers, rules());
      if (refused === undefined && request.method === "POST" && request.route === ASK) {
        refused = request.json === undefined
          ? detail("Invalid JSON in request body")
          : refuseBody(request.json, request.headers, rules());
      }
    }
    const direct = request.method === "POST"
      ? directAnswer(request.route, request, limits?.plan, now())
      : undefined;
    if (direct !== undefined && direct.status >= 400) refused ??= direct;
    book.add(request);
    const headers = { ...baseHeaders(requests.length), ...limitHeaders(limits, now()) };
    if (refused !== undefined) return await play(refused, exchange, headers);
    const scripted = book.take(request.route) ?? direct;
    const script = scripted === undefined ? ownAnswer(request) : await scriptOf(scripted, request);
    const etag = request.route === ASK ? { "x-models-etag": modelsEtag(request, models) } : {};
    const timed = "events" in script && delays.sseMs > 0
      ? { ...script, events: delayed(script.events, delays.sseMs) }
      : script;
    await play(timed, exchange, { ...headers, ...etag });
  }

  const server = await serveRaw(handle);
  const close = () => server.close();
  return {
    url: `http://127.0.0.1:${server.port}${BASE}`,
    port: server.port,
    requests,
    asks: () =>
      requests.filter(({ method, route }) => (method === "POST" || method === "WS") && route === ASK),
    upgrades: () => requests.filter(({ route }) => route === UPGRADE),
    frames,
    answerSocket: (answer) => void socketAnswers.push(answer),
    setSocketDefault: (answer) => void (socketDefault = answer),
    sockets,
    setDelays: (next) => void (delays = { ...delays, ...next }),
    nextRequest: (route = ASK) => book.nextRequest(route),
    answer: (answer, route = ASK) => book.answer(answer, route),
    setDefault: (answer, route = ASK) => book.setDefault(answer, route),
    gate: createGate,
    revoke: (token) => void revoked.add(token),
    refuseStandard(model, refusal) {
      if (refusal === undefined) standardRefused.delete(model);
      else standardRefused.set(model, refusal);
    },
    setModels: (list) => void (models = list),
    setLimits: (next) => void (limits = next),
    refusals: () =>
      requests.flatMap((request) => {
        const refusal = request.refusal();
        return refusal === undefined ? [] : [{ route: request.route, refusal }];
      }),
    openConnections: server.openConnections,
    acceptedConnections: server.acceptedConnections,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The ETag of the list as this client would get it. */
function modelsEtag({ headers }: BackendRequest, models: readonly FakeModel[]): string {
  const { "if-none-match": _, ...rest } = headers;
  return modelsAnswer({ query: new URLSearchParams(), headers: rest }, models).headers?.["etag"] ?? "";
}

function baseHeaders(count: number): Record<string, string> {
  const id = `req_fake${`${count}`.padStart(24, "0")}`;
  return { "x-request-id": id, "x-oai-request-id": id, "cf-ray": "fake-FRA", server: "cloudflare" };
}

function record(raw: RawRequest, exchange: Exchange): Omit<BackendRequest, "refusal"> {
  let bodyText = "";
  let json: unknown;
  try {
    bodyText = new TextDecoder().decode(decompress(raw.body, raw.headers["content-encoding"]));
    json = JSON.parse(bodyText);
  } catch {
    // Not JSON, or not compressed as it says: left undefined, the rules answer for it.
  }
  return {
    ...raw,
    route: raw.path.startsWith(`${BASE}/`) ? raw.path.slice(BASE.length) : raw.path,
    bodyText,
    json,
    cancelled: exchange.cancelled,
    isCancelled: exchange.isCancelled,
  };
}

function decompress(body: Uint8Array, encoding: string | undefined): Uint8Array {
  switch (encoding) {
    case "zstd":
      return zlib.zstdDecompressSync(body);
    case "gzip":
      return zlib.gunzipSync(body);
    case "br":
      return zlib.brotliDecompressSync(body);
    default:
      return body;
  }
}

/** `You said: …`, word by word, with the counts of the words as usage. */
function echo(request: BackendRequest, seed: string) {
  const body = isRecord(request.json) ? request.json : {};
  const words = `You said: ${lastUserText(body["input"])}`.match(/\s*\S+/g) ?? [];
  return textAnswer(words, {
    seed,
    model: `${body["model"] ?? "gpt-5.5"}`,
    usage: { inputTokens: 10, outputTokens: words.length },
  });
}

function lastUserText(input: unknown): string {
  const messages = Array.isArray(input)
    ? input.filter(isRecord).filter((item) => item["role"] === "user")
    : [];
  const content = messages.at(-1)?.["content"];
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  return parts.map((part) => part["text"]).filter((text) => typeof text === "string").join(" ");
}
