/**
 * The pure ways of a request and its answer, as golden cases and generated streams run them: request to ask, bytes to
 * a client's stream, bytes to one JSON answer. The clock and all ids are fixed.
 */
import type { AnswerContext, Dialect } from "../../src/dialects/dialect.ts";
import type { DialectName, Draft, ReadSettings } from "../../src/ask/draft.ts";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { COMPLETIONS } from "../../src/dialects/completions/dialect.ts";
import { MESSAGES } from "../../src/dialects/messages/dialect.ts";
import { composeAsk } from "../../src/ask/compose.ts";
import { editContext, type Edited } from "../../src/ask/edit_context.ts";
import { isLiteWanted } from "../../src/ask/lite.ts";
import type { Settings } from "../../src/config/settings.ts";
import { EFFORTS, mapEffort } from "../../src/ask/effort.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { diagnoseCache } from "../../src/conversations/cache_diagnosis.ts";
import { createTranslator, cutProblem } from "../../src/answer/translator.ts";
import { Problem } from "../../src/problem.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { Ask } from "../../src/wire/responses.ts";

/** Settings of a case; what is absent has the program's default. */
export interface WaySettings extends Partial<ReadSettings> {
  readonly injection?: Settings["codex.system_prompt_injection_mode"];
  /** the instruction prompt; short by default, so that it does not fill every ask */
  readonly prompt?: string;
  /** `codex.lite` */
  readonly lite?: "auto" | "always" | "never";
  /** the standard lane was refused lately for the model */
  readonly standardRefused?: boolean;
  readonly sessionId?: string;
  /** settled by catalogue and memory in a recorded case: the model's name at the backend, its effort, the cache key */
  readonly slug?: string;
  readonly effort?: string;
  readonly cacheKey?: string;
}

/** 2026-09-21T14:13:20Z */
export const NOW_MS = 1_790_000_000_000;
/** Unique part of every id that the program makes in a case. */
export const ID = "golden";

/** The dialects by name. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  chat: CHAT,
  responses: RESPONSES,
  messages: MESSAGES,
  completions: COMPLETIONS,
};

/** Reads a client's body. @throws Problem */
export function readDraft(dialect: DialectName, body: JsonObject, settings: WaySettings): Draft {
  return DIALECTS[dialect].readRequest(body, {
    unsupportedParams: settings.unsupportedParams ?? "ignore",
    reasoningOutput: settings.reasoningOutput ?? "tags",
  });
}

/** The ask for a draft, as the server settles it for a model that has every effort. */
export function toAsk(draft: Draft, settings: WaySettings): Ask {
  const { ask } = composeAsk({
    draft,
    settings: {
      "codex.system_prompt_injection_mode": settings.injection ?? "override",
    },
    model: {
      slug: settings.slug ?? draft.model ?? "gpt-5.5",
      effort: mapEffort(settings.effort ?? draft.effort, { efforts: EFFORTS }),
    },
    lite: isLiteWanted(settings.lite ?? "never", settings.standardRefused ?? false, draft.tools),
    sessionId: settings.sessionId,
    turn: { ...edited(draft), cacheKey: settings.cacheKey },
    prompt: settings.prompt ?? "PROMPT",
    unwanted: [],
    onLeftOut: (type) => {
      throw new Error(`${type} is not sent`);
    },
  });
  return ask;
}

function edited({ clientInstructions, input, tools, edits }: Draft): Edited {
  return editContext({ instructions: clientInstructions, input, tools, earlier: 0 }, edits ?? []);
}

/** The context in which the answer of a draft is written. */
export function contextOf(draft: Draft, onUnknownEvent?: (type: string) => void): AnswerContext {
  const ask: Ask = { model: "gpt-5.5", input: [], store: false, stream: true, include: [] };
  return {
    id: ID,
    created: NOW_MS / 1000,
    model: draft.model ?? "gpt-5.5",
    want: draft.want,
    appliedEdits: draft.edits === undefined ? undefined : edited(draft).applied,
    // Nothing was asked before.
    ...draft.want.comparedResponse === undefined
      ? {}
      : { diagnoseCache: (usage) => diagnoseCache(undefined, ask, usage) },
    nowMs: () => NOW_MS,
    inputTokens: () => 10,
    onUnknownEvent,
  };
}

/**
 * The client's stream for upstream bytes that arrive in these pieces.
 *
 * Every piece comes in the same buffer, which is scribbled over after each read, as a reader with one buffer does.
 */
export function streamed(dialect: DialectName, context: AnswerContext, pieces: Iterable<Uint8Array>): string {
  const translator = DIALECTS[dialect].createTranslator(context);
  const out: Uint8Array[] = [];
  const sink = { enqueue: (bytes: Uint8Array) => out.push(bytes) };
  let buffer = new Uint8Array(0);
  for (const piece of pieces) {
    if (translator.isOver) break;
    if (buffer.length < piece.length) buffer = new Uint8Array(piece.length);
    buffer.set(piece);
    translator.transform(buffer.subarray(0, piece.length), sink);
    buffer.fill(0x58);
  }
  if (!translator.isOver) translator.flush(sink);
  return new TextDecoder().decode(joinBytes(out));
}

/** What a client that does not stream gets: a body, or the problem the answer ended with. */
export type Whole =
  | { readonly answer: JsonObject }
  | {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: JsonObject;
  };

/** The aggregated answer for upstream bytes that arrive in these pieces. */
export function aggregated(
  dialect: DialectName,
  context: AnswerContext,
  pieces: Iterable<Uint8Array>,
): Whole {
  const translator = createTranslator(context);
  const sink = { enqueue: () => {} };
  for (const piece of pieces) translator.transform(piece, sink);
  translator.flush(sink);
  return attempt(dialect, () => {
    const { response, problem } = translator.facts;
    if (response === undefined) throw problem ?? cutProblem();
    return DIALECTS[dialect].writeAnswer(response, context);
  });
}

/** Runs something that gives a body or throws a Problem, which is told in the dialect's shape. */
export function attempt(dialect: DialectName, run: () => JsonObject): Whole {
  try {
    return { answer: run() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, headers: error.headers, body: DIALECTS[dialect].writeProblem(error) };
  }
}

/** All pieces as one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The bytes cut at these offsets. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const cuts = [0, ...offsets, bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

/** The bytes in pieces of `size`. */
export function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return cutAt(bytes, Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, i) => (i + 1) * size));
}
