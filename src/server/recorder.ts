import { BOUNDS } from "../bounds.ts";
import { createEventReader } from "../sse/event_reader.ts";
import { isRecord, type JsonObject, parseJson, recordAt, textAt } from "../wire/json.ts";
import { createRedaction, redactJson, redactText } from "../wire/redact.ts";
import { eventType, PUBLIC_EVENTS, TERMINAL_EVENTS } from "../wire/responses_events.ts";
import { Problem } from "../problem.ts";
import type { Settings } from "../config/settings.ts";
import type { Call } from "./call.ts";
import { formatCase } from "./case_text.ts";
import { problemResponse } from "./send_problem.ts";

/** What {@linkcode createRecorder} needs. */
export interface RecorderOptions {
  /** creates a file below the folder that was asked for, with the folders on its way */
  readonly write: (path: string, text: string) => Promise<void>;
  /** the instruction prompt for a model, by its name at the backend */
  readonly prompt: (slug: string, settings: Settings) => string;
  /** takes the secrets out of what is written */
  readonly hide: (text: string) => string;
  /** `0.1.0` */
  readonly version: string;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

/** Records exchanges in the form of the golden cases (tests/golden), so that a user's report runs as a test. */
export interface Recorder {
  /** Answers with the client's side recorded: only what was let in, by Host, Origin and key, is ever read. */
  record(call: Call, body: JsonObject, answer: () => Promise<Response>): Promise<Response>;
  /** The fetch of model requests with the backend's side recorded. Never one that fetches tokens. */
  wrapFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch;
  /** Resolves when everything that is over has been written. */
  settled(): Promise<void>;
}

/** What came and went at the backend during one exchange. */
interface BackendSide {
  ask: string | undefined;
  /** the client's own body was passed on, as a Codex client's is */
  isPassedOn: boolean;
  /** the answer as far as it has come */
  answer: (() => string) | undefined;
}

/** One exchange that is over. */
interface Recorded {
  readonly call: Call;
  readonly request: JsonObject;
  readonly upstream: BackendSide;
  readonly status: number;
  readonly isStream: boolean;
  readonly answer: string;
  readonly startedMs: number;
  readonly number: number;
}

/** Refused before anybody looked at the body: says nothing about it. */
const NOT_LOOKED_AT: ReadonlySet<number> = new Set([401, 403, 404, 405, 413, 415, 426]);

/**
 * Bodies are copied as they pass; it is a tool for a bug report, not a way to run. Texts, ids and encrypted content
 * are replaced before anything is written (wire/redact.ts), and headers are never recorded.
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  // Loaded here, because nearly every start goes without.
  const { AsyncLocalStorage } = await import("node:async_hooks");
  const current = new AsyncLocalStorage<BackendSide>();
  const writing = new Set<Promise<void>>();
  let count = 0;

  async function save(exchange: Recorded): Promise<void> {
    const { path, text } = toCase(exchange, options);
    await options.write(path, options.hide(text));
  }

  function saveLater(exchange: Recorded): void {
    const saved = save(exchange).catch(options.onError).finally(() => writing.delete(saved));
    writing.add(saved);
  }

  return {
    async record(call, body, answer) {
      const { dialect, note } = call;
      const upstream: BackendSide = { ask: undefined, isPassedOn: false, answer: undefined };
      const started = { startedMs: options.nowMs(), number: ++count };
      const copy = (response: Response) => {
        const { status, headers } = response;
        const isStream = (headers.get("content-type") ?? "").toLowerCase().startsWith(
          dialect.framing.contentType,
        );
        return copyBody(response, (text) => {
          saveLater({ call, request: body, upstream, status, isStream, answer: text(), ...started });
        }).response;
      };
      try {
        return copy(await current.run(upstream, answer));
      } catch (error) {
        if (error instanceof Problem && (upstream.ask !== undefined || !NOT_LOOKED_AT.has(error.status))) {
          await copy(problemResponse(error, dialect, note.id, options.hide)).text();
        }
        throw error;
      }
    },
    wrapFetch: (send) => async (input, init) => {
      const upstream = current.getStore();
      const response = await send(input, init);
      if (upstream === undefined || init?.method !== "POST") return response;
      const { body } = init;
      upstream.isPassedOn = typeof body !== "string";
      upstream.ask = typeof body === "string" ? body : undefined;
      const copied = copyBody(response, () => {});
      upstream.answer = copied.text;
      return copied.response;
    },
    async settled() {
      await Promise.all(writing);
    },
  };
}

/** The same answer with its text on the side; `onEnd` is called once, however it ends. */
function copyBody(
  response: Response,
  onEnd: (text: () => string) => void,
): { readonly response: Response; readonly text: () => string } {
  const decoder = new TextDecoder();
  let text = "";
  /** how much more is copied: a recording of more would be cut for a report anyway, and must not fill the memory */
  let leftBytes = BOUNDS.recording.bytes;
  const read = () => text;
  if (response.body === null) {
    onEnd(read);
    return { response, text: read };
  }
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        text += decoder.decode(chunk.subarray(0, leftBytes), { stream: true });
        leftBytes = Math.max(0, leftBytes - chunk.length);
        controller.enqueue(chunk);
      },
      flush: () => onEnd(read),
      cancel: () => onEnd(read),
    }),
  );
  const { status, statusText, headers } = response;
  return { response: new Response(body, { status, statusText, headers }), text: read };
}

/** A golden case and where it belongs. Pure. */
function toCase(
  exchange: Recorded,
  { prompt, version }: RecorderOptions,
): { readonly path: string; readonly text: string } {
  const { request, upstream, call: { dialect, note, settings }, status } = exchange;
  const askValue = upstream.ask === undefined ? undefined : parseJson(upstream.ask);
  const rawAsk = isRecord(askValue) ? askValue : undefined;
  const slug = (rawAsk && textAt(rawAsk, "model")) ?? textAt(request, "model") ?? "";
  const redaction = createRedaction([[prompt(slug, settings), "PROMPT"]]);
  const clean = (value: unknown) => {
    const redacted = redactJson(value, redaction);
    return isRecord(redacted) ? redacted : {};
  };
  const cleanRequest = clean(request);
  const ask = rawAsk === undefined ? undefined : clean(rawAsk);
  const bytes = upstream.answer === undefined ? undefined : redactText(upstream.answer(), redaction);
  const parts: [string, string][] = [["request", json(cleanRequest)]];
  if (ask !== undefined) parts.push(["ask", json(ask)]);
  if (bytes !== undefined) parts.push(["upstream", bytes]);
  if (exchange.isStream) {
    parts.push(["client", withoutEstimate(redactText(exchange.answer, redaction))]);
  } else if (status === 200) parts.push(["answer", json(clean(parseJson(exchange.answer)))]);
  else parts.push(["problem", json({ status, headers: {}, body: clean(parseJson(exchange.answer)) })]);
  const at = new Date(exchange.startedMs).toISOString();
  const caseText = formatCase({
    head: caseHead({
      about: `Recorded: POST ${note.route}, answered ${status}`,
      source: `recorded ${
        at.slice(0, 10)
      } with ccproxy ${version}; ids, texts and encrypted content replaced`,
      settings: caseSettings(settings, cleanRequest, ask),
      unknownEvents: unknownEvents(bytes ?? ""),
    }),
    parts: new Map(parts.map(([name, text]) => [name, new TextEncoder().encode(text)])),
  });
  // A Codex client's exchange is passed on untouched: there is no translation that a golden case could show.
  const group = upstream.isPassedOn ? "passed_on" : dialect.name;
  const moment = at.slice(0, 19).replaceAll(":", "-").replace("T", "_");
  return {
    path: `${group}/recorded_${moment}_${String(exchange.number).padStart(3, "0")}.txt`,
    text: caseText,
  };
}

/** The head of a case; what holds nothing is left out. */
function caseHead(facts: {
  readonly about: string;
  readonly source: string;
  readonly settings: JsonObject;
  readonly unknownEvents: readonly string[];
}): ReadonlyMap<string, string> {
  const head = new Map([["about", facts.about], ["source", facts.source]]);
  if (Object.keys(facts.settings).length > 0) head.set("settings", JSON.stringify(facts.settings));
  if (facts.unknownEvents.length > 0) head.set("unknown events", facts.unknownEvents.join(", "));
  return head;
}

/** The estimate that opens an answer of the Messages API counts texts that are no longer there: golden cases say 10. */
function withoutEstimate(sse: string): string {
  return sse.replace(/^(data: \{"type":"message_start".*?"input_tokens":)\d+/m, (_, before) => `${before}10`);
}

/** What a case has to say so that its request becomes its ask again: only what is not the default there. */
function caseSettings(
  settings: Settings,
  request: JsonObject,
  ask: JsonObject | undefined,
): JsonObject {
  const injection = settings["codex.system_prompt_injection_mode"];
  const unsupportedParams = settings["codex.unsupported_params"];
  const reasoningOutput = settings["codex.reasoning_output"];
  const reasoning = (ask && recordAt(ask, "reasoning")) ?? {};
  const slug = ask?.["model"];
  return {
    ...(injection === "override" ? {} : { injection }),
    ...(unsupportedParams === "ignore" ? {} : { unsupportedParams }),
    ...(reasoningOutput === "tags" ? {} : { reasoningOutput }),
    ...(slug === undefined || slug === request["model"] ? {} : { slug }),
    ...(reasoning["effort"] === undefined ? {} : { effort: reasoning["effort"] }),
    ...(reasoning["context"] === "all_turns" ? { lite: "always" } : {}),
    ...(ask?.["prompt_cache_key"] === undefined ? {} : { cacheKey: ask["prompt_cache_key"] }),
  };
}

/** Types of the events before the end that are not of the public API, as translators count them. */
function unknownEvents(upstream: string): string[] {
  const types: string[] = [];
  let isOver = false;
  const reader = createEventReader((data) => {
    const type = eventType(data);
    if (!isOver && type !== "" && !PUBLIC_EVENTS.has(type)) types.push(type);
    isOver ||= TERMINAL_EVENTS.has(type);
  }, Infinity);
  reader.read(new TextEncoder().encode(upstream));
  reader.end();
  return types;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
