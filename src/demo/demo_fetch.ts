import { estimateTokens } from "../ask/estimate_tokens.ts";
import { sha256Hex } from "../sha256.ts";
import { encodeEvent } from "../sse/encode.ts";
import { isRecord, type JsonObject, parseJson } from "../wire/json.ts";
import type { ResponsesEvent } from "../wire/responses_events.ts";
import { answerEvents } from "./answer_events.ts";
import { refuseBody } from "./body_rules.ts";
import { clientVersion } from "./client_version.ts";
import { directAnswer } from "./direct_answers.ts";
import { createDemoLimits } from "./demo_limits.ts";
import { demoSlug, toDemoModels } from "./demo_models.ts";
import { isOwnEncrypted } from "./encrypted_text.ts";
import { type DemoOutput, planAnswer } from "./plan_answer.ts";
import { readPrompt } from "./read_prompt.ts";
import { detail, type Refusal } from "./refusal.ts";

/** The only token that the stand-in takes: a real one must never get here. */
export const DEMO_TOKEN = "demo";

/** What {@linkcode createDemoFetch} needs. */
export interface DemoOptions {
  /** entries of a catalogue, as `GET …/models` has them; those that are not hidden are offered, marked as a demo */
  readonly models: readonly JsonObject[];
  /** between two words of a stream; 0 sends an answer at once */
  readonly paceMs: number;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * A stand-in for the backend, behind the interface of the network: `fetch` without a network. As strict as the real
 * one was seen to be, by the same rules that the tests' fake backend has, and deterministic: the same requests in the
 * same order get the same answers.
 *
 * It knows `POST …/responses`, pictures and transcription (direct_answers.ts), `GET …/models`, and `GET …/usage`. It says nothing of `openai-model`: a name other than
 * the one that was asked for makes the Codex CLI warn of a model that was exchanged.
 */
export function createDemoFetch(options: DemoOptions): typeof fetch {
  const { nowMs, sleep, paceMs } = options;
  const models = toDemoModels(options.models);
  const limits = createDemoLimits(nowMs);
  let answered = 0;

  async function answer(request: Request, path: string): Promise<Response> {
    if (request.headers.get("authorization") !== `Bearer ${DEMO_TOKEN}`) {
      return send(detail("Unauthorized", 401));
    }
    if (request.method === "POST" && path.endsWith("/responses")) return await answerAsk(request);
    if (request.method === "POST") {
      const body = await request.bytes();
      const json = parseJson(new TextDecoder().decode(body));
      const headers = Object.fromEntries(request.headers);
      const direct = directAnswer(path, { headers, body, json }, undefined, nowMs());
      if (direct !== undefined) return send(direct);
    }
    if (request.method === "GET" && path.endsWith("/models")) return answerModels(request);
    if (request.method === "GET" && path.endsWith("/usage")) {
      return send({ status: 200, body: limits.usage() });
    }
    return send(detail("Not Found", 404));
  }

  function send({ status, body, headers = {} }: Refusal): Response {
    return Response.json(body, { status, headers: { ...limits.headers(), ...headers } });
  }

  function answerModels(request: Request): Response {
    const { etag } = models;
    if (request.headers.get("if-none-match") === etag) {
      return new Response(null, { status: 304, headers: { etag } });
    }
    const version = new URL(request.url).searchParams.get("client_version") ??
      clientVersion(Object.fromEntries(request.headers));
    return send({ status: 200, body: { models: models.entriesFor(version) }, headers: { etag } });
  }

  async function answerAsk(request: Request): Promise<Response> {
    const text = await readBody(request);
    const body = text === undefined ? undefined : parseJson(text);
    const rules = { models: models.rules, acceptsEncrypted: isOwnEncrypted };
    const refusal = refuseBody(body, Object.fromEntries(request.headers), rules);
    if (refusal !== undefined) return send(refusal);
    const prompt = readPrompt(isRecord(body) ? body : {});
    const output = planAnswer(prompt);
    const usage = countUsage(text ?? "", output);
    limits.use(usage.total_tokens);
    const seed = sha256Hex(`${++answered} ${text}`);
    const events = answerEvents(output, {
      model: demoSlug(prompt.model),
      createdAt: Math.floor(nowMs() / 1000),
      usage,
      idOf: (name) => sha256Hex(`${seed} ${name}`).slice(0, 32),
    });
    return new Response(paced(events, paceMs, sleep, request.signal), {
      headers: {
        ...limits.headers(),
        "content-type": "text/event-stream; charset=utf-8",
        "x-request-id": `req_demo${seed.slice(0, 24)}`,
        "x-models-etag": models.etag,
      },
    });
  }

  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    return await answer(request, new URL(request.url).pathname);
  };
}

/** The text of a body, unpacked as the Codex CLI packs it; undefined for one that cannot be. */
async function readBody(request: Request): Promise<string | undefined> {
  const bytes = await request.bytes();
  const encoding = request.headers.get("content-encoding");
  if (encoding === null) return new TextDecoder().decode(bytes);
  const zlib = process.getBuiltinModule("node:zlib");
  try {
    switch (encoding) {
      case "zstd":
        return zlib.zstdDecompressSync(bytes).toString();
      case "gzip":
        return zlib.gunzipSync(bytes).toString();
      case "br":
        return zlib.brotliDecompressSync(bytes).toString();
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** Token counts of an answer: estimates, of which thinking has its share. */
function countUsage(ask: string, output: readonly DemoOutput[]) {
  // Pictures are base64: the model would see tiles of them, not their letters.
  const input_tokens = estimateTokens(ask.replaceAll(/;base64,[A-Za-z0-9+/=]+/g, ""));
  const reasoning_tokens = output.reduce(
    (sum, part) => part.type === "reasoning" ? sum + 16 + estimateTokens(part.summary.join(" ")) : sum,
    0,
  );
  const told = output.flatMap((part) => part.type === "reasoning" ? [] : Object.values(part)).join(" ");
  const output_tokens = reasoning_tokens + estimateTokens(told);
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens,
    output_tokens_details: { reasoning_tokens },
    total_tokens: input_tokens + output_tokens,
  };
}

/** The events as bytes: each word after a pause, everything else at once with what came before. */
function paced(
  events: readonly ResponsesEvent[],
  paceMs: number,
  sleep: DemoOptions["sleep"],
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const rest = events.values();
  let held: ResponsesEvent | undefined;
  const left = new AbortController();
  const ended = AbortSignal.any([signal, left.signal]);
  return new ReadableStream({
    async pull(controller) {
      let text = "";
      if (held !== undefined) {
        await sleep(paceMs, ended);
        signal.throwIfAborted();
        text = frame(held);
        held = undefined;
      }
      for (const event of rest) {
        if (paceMs > 0 && event.type.endsWith(".delta")) {
          held = event;
          break;
        }
        text += frame(event);
      }
      if (left.signal.aborted) return;
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (held === undefined) controller.close();
    },
    cancel: () => left.abort(),
  });
}

function frame(event: ResponsesEvent): string {
  return encodeEvent(event.type, JSON.stringify(event));
}
