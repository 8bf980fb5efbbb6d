/**
 * A request as a span of OpenTelemetry's conventions for generative AI, in the JSON of OTLP. Pure; it says what the log
 * line says, and no word of what was asked or answered.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { defined, type JsonObject } from "../wire/json.ts";
import type { RequestNote } from "./note.ts";

/** When a request was, and the random numbers of its span. */
export interface SpanFacts {
  /** milliseconds since 1970 */
  readonly startMs: number;
  readonly endMs: number;
  /** 32 and 16 hex digits */
  readonly traceId: string;
  readonly spanId: string;
}

/** SPAN_KIND_CLIENT: the backend is asked. */
const CLIENT = 3;
/** STATUS_CODE_ERROR. */
const ERROR = 2;

/** The span of a request that asked a model; undefined for any other. */
export function genAiSpan(note: RequestNote, facts: SpanFacts): JsonObject | undefined {
  const { modelUsed, usage, problem } = note;
  if (modelUsed === undefined) return undefined;
  const operation = /\/(?:completions)$/.test(note.route) && !note.route.endsWith("/chat/completions")
    ? "text_completion"
    : "chat";
  const attributes = defined({
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": note.modelAsked ?? modelUsed,
    "gen_ai.response.model": modelUsed,
    "gen_ai.response.id": note.responseId,
    "gen_ai.usage.input_tokens": usage?.input_tokens,
    "gen_ai.usage.output_tokens": usage?.output_tokens,
    "gen_ai.usage.cache_read.input_tokens": usage?.input_tokens_details?.cached_tokens,
    "gen_ai.usage.reasoning.output_tokens": usage?.output_tokens_details?.reasoning_tokens,
    "http.route": note.route,
    "http.response.status_code": note.status,
    "error.type": problem,
    "ccproxy.request.id": note.id,
    "ccproxy.lane": note.lane,
    "ccproxy.transport": note.way?.transport,
    "ccproxy.first_byte_ms": note.firstByteMs === undefined ? undefined : Math.round(note.firstByteMs),
  });
  return {
    traceId: facts.traceId,
    spanId: facts.spanId,
    name: `${operation} ${note.modelAsked ?? modelUsed}`,
    kind: CLIENT,
    startTimeUnixNano: nanoseconds(facts.startMs),
    endTimeUnixNano: nanoseconds(facts.endMs),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
    status: problem === undefined ? {} : { code: ERROR, message: problem },
  };
}

/** Spans as one request to a collector. */
export function tracesBody(service: string, version: string, spans: readonly JsonObject[]): JsonObject {
  const attributes = [["service.name", service], ["service.version", version]] as const;
  return {
    resourceSpans: [{
      resource: { attributes: attributes.map(([key, value]) => ({ key, value: anyValue(value) })) },
      scopeSpans: [{ scope: { name: "ccproxy", version }, spans }],
    }],
  };
}

/** 64-bit numbers are texts in OTLP's JSON. */
function anyValue(value: string | number | boolean): JsonObject {
  if (typeof value === "string") return { stringValue: value };
  return typeof value === "boolean" ? { boolValue: value } : { intValue: String(value) };
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
