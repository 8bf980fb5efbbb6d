import type { JsonObject } from "../../wire/json.ts";
import { encodeEvent } from "../../sse/encode.ts";

/** Numbers the events of a public stream: without gaps, counted from the backend's first number. */
export interface EventNumbers {
  /** An event of our own, or written again, under the next number. */
  write(type: string, event: JsonObject): string;
  /** The backend's number of an event that is about to be judged. */
  begin(number: number | undefined): void;
  /** The event that {@linkcode begin} was called for has been judged, and what is sent in its place is written. */
  end(number: number | undefined): void;
  /**
   * An event that goes on as it came, but perhaps for its number.
   *
   * @returns undefined when its number is right
   */
  pass(type: string, data: string, number: number): string | undefined;
  /**
   * Counts an event that goes on without being judged.
   *
   * @returns the number it has here; undefined when that cannot be told without judging it
   */
  keep(number: number): number | undefined;
}

/** The numbers of one stream. */
export function createEventNumbers(): EventNumbers {
  let sent = 0;
  let first: number | undefined;
  /** the backend's number of its next event, less the number it gets here; undefined while it gives none */
  let shift: number | undefined;
  const next = () => (first ?? 0) + sent;
  return {
    write(type, event) {
      const { type: _, sequence_number: __, ...rest } = event;
      const text = encodeEvent(type, JSON.stringify({ type, sequence_number: next(), ...rest }));
      sent++;
      return text;
    },
    begin(number) {
      first ??= number;
    },
    end(number) {
      shift = number === undefined ? undefined : number + 1 - next();
    },
    pass(type, data, number) {
      const right = next();
      sent++;
      if (number === right) return undefined;
      return encodeEvent(type, data.replace(/"sequence_number":\d+/, `"sequence_number":${right}`));
    },
    keep(number) {
      const right = next();
      if (shift === undefined || number !== right + shift) return undefined;
      sent++;
      return right;
    },
  };
}
