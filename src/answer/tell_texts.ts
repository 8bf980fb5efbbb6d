import { type JsonObject, numberAt, textAt } from "../wire/json.ts";
import { createNumberIn, deltaLiteral } from "../wire/responses_events.ts";
import type { ClientCall } from "./client_call.ts";
import type { AnswerSteps, Place } from "./steps.ts";

/** Texts that arrive in pieces, of one part of an item. */
export type TextKind = "text" | "refusal" | "reasoning";

/** A part of an item, with how much of it was told. */
export interface Part extends Place {
  readonly kind: TextKind;
  /** characters */
  told: number;
  annotations: number;
}

/**
 * Tells each text once and whole: what an end brings that no delta brought is told with it, and nothing twice
 * (translation.md#t58, #t90).
 */
export interface TextTeller {
  /**
   * The frequent case, a delta of the text told last, without parsing: it goes on as the literal it arrived as.
   *
   * @returns undefined when the event has to be parsed
   */
  delta(data: string): string | undefined;
  /** The part that an event is about. */
  partOf(kind: TextKind, event: JsonObject): Part;
  partAt(kind: TextKind, outputIndex: number, partIndex: number): Part;
  piece(at: Part, text: string): string;
  /** What of the whole was not told yet. */
  rest(at: Part, whole: string | undefined): string;
  /** @param from index of the first of the list among those of its part */
  annotations(at: Part, from: number, list: readonly unknown[]): string;
  callPiece(kind: ClientCall["kind"], outputIndex: number, text: string): string;
  callRest(kind: ClientCall["kind"], outputIndex: number, whole: string | undefined): string;
}

/**
 * @param open what has to be sent before the first step; "" once that was
 * @param isOver true once nothing may follow
 */
export function createTextTeller(
  steps: AnswerSteps,
  open: () => string,
  isOver: () => boolean,
): TextTeller {
  const { token } = steps;
  const outputIndexIn = createNumberIn('"output_index":');
  const contentIndexIn = createNumberIn('"content_index":');
  const parts = new Map<string, Part>();
  /** the text part that was told last: most deltas come in a row */
  let last: Part | undefined;
  /** characters of each call that were told, by output index */
  const toldOfCalls = new Map<number, number>();

  function find(kind: TextKind, outputIndex: number, partIndex: number, itemId?: string): Part {
    const key = `${kind} ${outputIndex} ${partIndex}`;
    let part = parts.get(key);
    if (part === undefined) {
      part = { kind, outputIndex, partIndex, itemId, told: 0, annotations: 0 };
      parts.set(key, part);
    }
    return part;
  }

  function piece(at: Part, text: string): string {
    if (text === "") return "";
    at.told += text.length;
    if (at.kind === "text") last = at;
    return open() + steps[at.kind](at, JSON.stringify(text));
  }

  function callPiece(kind: ClientCall["kind"], outputIndex: number, text: string): string {
    if (text === "") return "";
    toldOfCalls.set(outputIndex, (toldOfCalls.get(outputIndex) ?? 0) + text.length);
    return steps.callPiece(outputIndex, kind, JSON.stringify(text));
  }

  return {
    delta(data) {
      const literal = last === undefined ? undefined : deltaLiteral(data);
      if (literal === undefined || last === undefined) return undefined;
      // The first delta of a part is parsed: it may name its item.
      if (last.outputIndex !== (outputIndexIn(data) ?? 0)) return undefined;
      if (last.partIndex !== (contentIndexIn(data) ?? 0)) return undefined;
      if (literal === '""') return "";
      const end = token === undefined ? "" : token();
      if (isOver()) return end;
      last.told += literal.length - 2;
      return end === "" ? steps.text(last, literal) : end + steps.text(last, literal);
    },
    partOf(kind, event) {
      const outputIndex = numberAt(event, "output_index") ?? 0;
      const partIndex = numberAt(event, "content_index") ?? numberAt(event, "summary_index") ?? 0;
      return find(kind, outputIndex, partIndex, textAt(event, "item_id"));
    },
    partAt: find,
    piece,
    rest: (at, whole) => whole === undefined ? "" : piece(at, whole.slice(at.told)),
    annotations(at, from, list) {
      const fresh = list.slice(Math.max(0, at.annotations - from));
      at.annotations = Math.max(at.annotations, from + list.length);
      return fresh.map((entry) => open() + steps.annotation(at, entry)).join("");
    },
    callPiece,
    callRest(kind, outputIndex, whole) {
      if (whole === undefined) return "";
      return callPiece(kind, outputIndex, whole.slice(toldOfCalls.get(outputIndex) ?? 0));
    },
  };
}
