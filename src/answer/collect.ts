import { isRecord, type JsonObject, listAt, parseJson, textAt } from "../wire/json.ts";
import type { OutputItem, ResponsesObject, ResponsesUsage } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { type ClientCall, readCallText, readClientCall } from "./client_call.ts";
import { createOutputCollector } from "./output_collector.ts";
import type { AnswerSteps, Place } from "./steps.ts";
import { readUsage } from "./usage.ts";

/** What is known of an answer, for the log and for memory. */
export interface AnswerFacts {
  usage: ResponsesUsage | undefined;
  /** the problem the answer ended with */
  problem: Problem | undefined;
  /** the whole answer in the backend's words, once it ended well; a failed, cut or cancelled one leaves it undefined */
  response?: ResponsesObject | undefined;
}

/** What an answer has to have, or the client would take it for something that it is not. */
export interface AnswerNeeds {
  /** the arguments of each call are a JSON object: a client would run its tool with something that nobody said */
  readonly objectArguments?: boolean;
  /** a compaction: a client would take anything else for a turn of the conversation */
  readonly compacts?: boolean;
}

/** Steps that keep what passes. */
export interface CollectingSteps extends AnswerSteps {
  readonly facts: AnswerFacts;
  /** True once the answer has ended: nothing follows. */
  readonly isOver: boolean;
}

/**
 * Puts the whole answer together from its steps, and hands each on: what a stream says and what a whole answer says
 * come from here, so they cannot differ. Items that had no end of their own get it before the answer's.
 *
 * The backend ends with `output: []` (observed since 2026-04, backend.md#empty-output), so the items come from their
 * steps.
 *
 * @param needs an answer that is complete and lacks one of them ends as a failed one
 */
export function collectSteps(
  next: AnswerSteps,
  needs: AnswerNeeds = {},
): CollectingSteps {
  const output = createOutputCollector();
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  /** output indexes of calls that have started: pieces that come before are kept until then */
  const started = new Set<number>();
  const finished = new Set<number>();
  let over = false;
  let last: Place | undefined;

  /** An item that is never announced has the id that its pieces name. */
  function identify(at: Place): void {
    if (at === last) return;
    last = at;
    if (at.itemId !== undefined) output.identify(at.outputIndex, at.itemId);
  }

  function itemDone(outputIndex: number, item: JsonObject): string {
    finished.add(outputIndex);
    return next.itemDone(outputIndex, output.finish(outputIndex, typed(item)));
  }

  /** The first fragment of a call has to carry its name: what came before the name follows it. */
  function callStarted(outputIndex: number, call: ClientCall): string {
    if (started.has(outputIndex)) return "";
    started.add(outputIndex);
    const before = output.text(outputIndex, fieldOf(call.kind));
    const start = next.callStarted(outputIndex, call);
    return before === "" ? start : start + next.callPiece(outputIndex, call.kind, JSON.stringify(before));
  }

  /** An item that had no end of its own; a call that was never named well enough to start does so now. */
  function endItem(outputIndex: number, item: OutputItem): string {
    const call = readClientCall(item);
    const start = call === undefined ? "" : callStarted(outputIndex, call);
    return start + itemDone(outputIndex, item);
  }

  return {
    facts,
    get isOver() {
      return over;
    },
    opened: next.opened,
    announced(outputIndex, item) {
      return next.announced(outputIndex, output.announce(outputIndex, typed(item)));
    },
    text(at, literal) {
      identify(at);
      output.append(at.outputIndex, "text", at.partIndex, literal);
      return next.text(at, literal);
    },
    refusal(at, literal) {
      identify(at);
      output.append(at.outputIndex, "refusal", at.partIndex, literal);
      return next.refusal(at, literal);
    },
    reasoning(at, literal) {
      identify(at);
      output.append(at.outputIndex, "summary", at.partIndex, literal);
      return next.reasoning(at, literal);
    },
    callStarted,
    callPiece(outputIndex, kind, literal) {
      output.append(outputIndex, fieldOf(kind), 0, literal);
      return started.has(outputIndex) ? next.callPiece(outputIndex, kind, literal) : "";
    },
    annotation(at, annotation) {
      identify(at);
      output.annotate(at.outputIndex, at.partIndex, annotation);
      return next.annotation(at, annotation);
    },
    itemDone,
    finished(response) {
      const { status } = response;
      const items = output.entries(listAt(response, "output"), status);
      const lack = status === "completed" ? lackOf(items.map(([, item]) => item), needs) : undefined;
      const ends = items.map(([index, item]) => finished.has(index) ? "" : endItem(index, item)).join("");
      over = true;
      facts.usage = readUsage(response);
      if (lack !== undefined) {
        facts.problem = lack;
        return ends + next.failed(lack);
      }
      facts.response = { ...response, output: items.map(([, item]) => item) };
      return ends + next.finished(facts.response);
    },
    failed(problem) {
      over = true;
      facts.problem = problem;
      return next.failed(problem);
    },
  };
}

function lackOf(items: readonly OutputItem[], needs: AnswerNeeds): Problem | undefined {
  const broken = needs.objectArguments === true ? items.find(hasBrokenArguments) : undefined;
  if (broken !== undefined) {
    const name = JSON.stringify(broken["name"]);
    return new Problem("answer_damaged", `the model called ${name} with arguments that are no JSON object`);
  }
  const isWhole = needs.compacts !== true || items.some(isCompactionItem);
  return isWhole ? undefined : new Problem("backend_error", "it answered without a compaction item");
}

/** True for what the backend puts in place of a conversation. */
export function isCompactionItem(item: JsonObject): boolean {
  return item["type"] === "compaction" || item["type"] === "compaction_summary";
}

/** A call without any arguments has none that could be broken. */
function hasBrokenArguments(item: OutputItem): boolean {
  if (readClientCall(item)?.kind !== "function") return false;
  const text = readCallText(item) ?? "";
  return text.trim() !== "" && !isRecord(parseJson(text));
}

function fieldOf(kind: ClientCall["kind"]): "arguments" | "input" {
  return kind === "custom" ? "input" : "arguments";
}

function typed(item: JsonObject): OutputItem {
  return { ...item, type: textAt(item, "type") ?? "" };
}
