/**
 * Spans for a collector of OpenTelemetry, by the variables that every SDK of it reads; nothing is made without them.
 *
 * The runtime's own exporter is no way: an executable has it on or off from its build, and it asks for no permission
 * (deno.md#telemetry).
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
import { type Environment, envText } from "../config/environment.ts";
import type { Place } from "../config/paths.ts";
import { errorText } from "../error_text.ts";
import type { Log } from "../log.ts";
import { genAiSpan, tracesBody } from "../server/genai_span.ts";
import type { RequestNote } from "../server/note.ts";
import type { Observer } from "../server/observer.ts";
import { VERSION } from "../version.ts";
import type { JsonObject } from "../wire/json.ts";
import type { World } from "./world.ts";

/** The sender of spans. */
interface Spans {
  /** A request is over. */
  done(note: RequestNote): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** A span waits so long for others. */
const BATCH_MS = 2000;
/** More than so many are not kept for a collector that is away. */
const MOST_SPANS = 2048;
const TIMEOUT_MS = 5000;

/** Where spans go: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, else `/v1/traces` of the other; undefined when they are off. */
export function tracesEndpoint(env: Environment): string | undefined {
  if (envText(env, "OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const own = envText(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = envText(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
  return own ?? (base === undefined ? undefined : `${base.replace(/\/+$/, "")}/v1/traces`);
}

/** What is sent from. */
interface SpanParts {
  readonly world: Pick<World, "fetch" | "now" | "monotonicMs">;
  readonly place: Place;
  readonly log: Log;
  /** there in a demo, which sends nothing anywhere */
  readonly demo?: unknown;
}

/** The observer, which also sends spans; itself when the environment names no collector. */
export function withSpans(observer: Observer, parts: SpanParts): Observer {
  const endpoint = tracesEndpoint(parts.place.env);
  if (endpoint === undefined || parts.demo !== undefined) return observer;
  const spans = createSpans(endpoint, parts);
  return {
    ...observer,
    done(note) {
      observer.done(note);
      spans.done(note);
    },
    async stop() {
      await observer.stop();
      await spans.stop();
    },
  };
}

function createSpans(endpoint: string, { world, place: { env }, log }: SpanParts): Spans {
  const service = envText(env, "OTEL_SERVICE_NAME") ?? "ccproxy";
  const headers = { "content-type": "application/json", ...readHeaders(env) };
  let waiting: JsonObject[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFailing = false;

  async function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const spans = waiting;
    waiting = [];
    if (spans.length === 0) return;
    try {
      const response = await world.fetch(endpoint, {
        method: "POST",
        headers,
        body: JSON.stringify(tracesBody(service, VERSION, spans)),
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      isFailing = false;
    } catch (error) {
      // Said once, until it works again.
      if (!isFailing) {
        log("warn", "spans cannot be sent", {
          collector: URL.parse(endpoint)?.host,
          error: reasonOf(error),
        });
      }
      isFailing = true;
    }
  }

  return {
    done(note) {
      const endMs = world.now();
      const span = genAiSpan(note, {
        startMs: endMs - (world.monotonicMs() - note.startedMs),
        endMs,
        traceId: randomHex(16),
        spanId: randomHex(8),
      });
      if (span === undefined || waiting.length >= MOST_SPANS) return;
      waiting.push(span);
      timer ??= setTimeout(() => void send(), BATCH_MS);
    },
    stop: send,
  };
}

/** `OTEL_EXPORTER_OTLP_HEADERS`: `name=value` pairs, parted by commas, the values percent-encoded. */
function readHeaders(env: Environment): Record<string, string> {
  const text = envText(env, "OTEL_EXPORTER_OTLP_TRACES_HEADERS") ??
    envText(env, "OTEL_EXPORTER_OTLP_HEADERS") ?? "";
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const [, name, value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return name === undefined ? [] : [[name, decoded(value)]];
    }),
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "this executable may not connect there: a collector has to be on this machine"
    : errorText(error);
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
