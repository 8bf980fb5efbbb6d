import { type AnswerRow, expectedOn } from "../faults/answer_row.ts";
import { ALL_LANES, type Lane, markOf, requestOf } from "../faults/lanes.ts";
import { IN_AN_ANSWER } from "../faults/in_an_answer.ts";
import { INSTEAD_OF_AN_ANSWER } from "../faults/instead_of_an_answer.ts";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import type { BackendRequest } from "../fake/backend.ts";
import type { Answer } from "../fake/script.ts";
import type { Random } from "../fuzz/random.ts";

/** Part of the requests that meet a fault of the table. */
const FAULTS = 0.2;
/** Part of the clients that leave in the middle of an answer. */
const LEAVERS = 0.05;
/** Part of the requests with a long text. */
const LONG = 0.02;
/** Turns of a session before a client begins another. */
const TURNS = 20;
/** What a client does between two requests, in milliseconds: the load is modest. */
const PAUSE_MS = 100;
/** A client that waits for so long was forgotten. */
const FORGOTTEN_MS = 60_000;

/** The faults that the program deals with today; those that take all memory or minutes are not for a mixed load. */
const ROWS = [...INSTEAD_OF_AN_ANSWER, ...IN_AN_ANSWER];

/** What happened to the requests so far. */
export interface Tally {
  complete: number;
  /** answered with an error, or an answer that failed */
  failed: number;
  left: number;
  /** lanes of clients that were forgotten: the one thing that must not happen */
  readonly forgotten: string[];
}

/** What the backend answers in a soak: mostly answers of many kinds, now and then a fault. */
export function createSoakAnswer(random: Random): Answer<BackendRequest> {
  return (request) => {
    const rows = random.chance(FAULTS) ? rowsFor(laneOf(request)) : [];
    if (rows.length > 0) {
      const answer = random.pick(rows).answer();
      if (typeof answer !== "function") return answer;
      const made = answer(request);
      return Symbol.asyncIterator in made ? { events: made } : made;
    }
    const words = Array.from({ length: 1 + random.below(300) }, (_, index) => ` word${index}`);
    switch (random.below(4)) {
      case 0:
        return { events: reasoningAnswer(["I think"], words) };
      case 1:
        return { events: toolCallAnswer([{ name: "f", arguments: ['{"a":', '"b"}'] }]) };
      default:
        return { events: textAnswer(words) };
    }
  };
}

/** The lane that a request came by: the last one that its conversation names. */
function laneOf({ bodyText }: BackendRequest): Lane | undefined {
  const places = ALL_LANES.map((lane) => ({ lane, at: bodyText.lastIndexOf(markOf(lane)) }));
  return places.toSorted((a, b) => b.at - a.at).find(({ at }) => at >= 0)?.lane;
}

/** The rows that say what the client of this lane sees. */
function rowsFor(lane: Lane | undefined): AnswerRow[] {
  return lane === undefined ? [] : ROWS.filter((row) => expectedOn(row, lane) !== undefined);
}

/** One client: request after request on lanes and sessions of its choice, until the signal. */
export async function runClient(
  url: string,
  name: string,
  random: Random,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    const lane = random.pick(ALL_LANES);
    const { path, headers, body } = requestOf(lane);
    // Every lane talks in the same session in turn: its conversation grows, then another begins.
    const session = `${name}-${Math.floor(number / TURNS)}`;
    const long = random.chance(LONG) ? { metadata: { long: "x".repeat(500_000) } } : {};
    const leaver = new AbortController();
    const forgotten = AbortSignal.timeout(FORGOTTEN_MS);
    try {
      const response = await fetch(url + path.replace(/^\/codex\/[^/]+\//, `/codex/${session}/`), {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ ...body, ...(lane.startsWith("responses") ? long : {}) }),
        signal: AbortSignal.any([leaver.signal, forgotten]),
      });
      if (random.chance(LEAVERS)) {
        leaver.abort();
        await response.body?.cancel().catch(() => {});
        tally.left++;
      } else {
        const text = await response.text();
        const failed = response.status >= 400 ||
          /"type":"(?:error|response\.failed)"|^data: \{"error"/m.test(text);
        if (failed) tally.failed++;
        else tally.complete++;
      }
    } catch {
      if (forgotten.aborted) tally.forgotten.push(lane);
      else tally.failed++;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
